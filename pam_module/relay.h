#pragma once
// The dialogue: the helper says what to ask, the person answers, the helper decides. The module knows nothing
// about codes, telephones or devices.
#include "pam_module/conversation.h"
#include "pam_module/helper_client.h"
#include "pam_module/outcome.h"

namespace ssp::pam {

/// Says `begin` and passes questions and answers on until the verdict. `person` nullptr: nobody can be asked
/// or told (session and password phases); a helper that asks all the same is refused.
///
/// `accepted` only for a verdict that came in its order, for this conversation, after every answer was
/// delivered. Anything that protocol/message.h does not allow ends as `distrusted`, a helper that is gone or
/// silent as `unreachable` before the first question and as `unavailable` after it.
Outcome relay(HelperClient& helper, const protocol::Begin& begin, Conversation* person) noexcept;

} // namespace ssp::pam
