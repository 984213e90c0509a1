#pragma once
// A message without a code, for an administrator who wants to see whether one arrives.
#include "base/random.h"
#include "verifier/ports.h"

#include <string>
#include <string_view>

namespace ssp {

struct TrialRequest {
    Channel channel = Channel::text_message;
    SecretString typed;   ///< a number as a person types it
    std::string region;   ///< where it is read
    std::string language; ///< of a call
    std::string provider; ///< "": by the routes
};

/// The message: a fixed sentence, or the digits 00000. `to`: E.164.
/// Errors: as Random: a reference of the message must be new.
Result<OutboundMessage> trial_message(const TrialRequest& request, std::string_view to,
                                      std::string_view organisation, Random& random);

} // namespace ssp
