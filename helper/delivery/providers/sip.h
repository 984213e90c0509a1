#pragma once
#include "config/sip_provider.h"
#include "delivery/programs.h"
#include "delivery/providers/json_line.h"
#include "delivery/providers/provider.h"

#include <memory>
#include <string>

namespace ssp {

/// Makes each call with a process of its own, ssp-mfa-call: the account, the number and the digits go to its
/// standard input as one JSON line, and it says on its standard output how the call goes on, a word a line.
class SipProvider final : public Provider {
public:
    /// `name`: of the file in providers.d, for the journal. `programs` outlives this object.
    SipProvider(std::string name, const SipProviderConfig& config, Programs& programs);

    /// accepted: the phone rings, or the call ended as calls do (busy, refused): `call` tells. What else may
    /// come is the table in sip.cpp. With max_calls under way nothing is begun.
    Task<Handover> send(const OutboundMessage& message) override;

    /// From the first ring to the last word: pressing the key, and five digits spoken twice.
    static constexpr Seconds after_ringing{45};

private:
    Result<std::unique_ptr<RunningProgram>> dial(const OutboundMessage& message) const;

    std::string name_;
    std::string program_;
    JsonLine account_; ///< the part of the line that is the same in each call
    Seconds longest_call_;
    int max_calls_;
    Programs& programs_;
    std::shared_ptr<int> under_way_ =
        std::make_shared<int>(0); ///< shared with the calls, which may be longer there
};

} // namespace ssp
