#pragma once
// One way to carry a code to a telephone.
#include "base/task.h"
#include "verifier/ports.h"

#include <memory>
#include <string>

namespace ssp {

/// A call that goes on after its provider accepted it. Destroying it hangs up.
class OngoingCall {
public:
    virtual ~OngoingCall() = default;
    /// How it stands, as far as that is known; it may have ended already. Never suspends.
    virtual CallState state() const noexcept { return CallState::unknown; }
    /// Waits until the call stands otherwise than it did. Not called again once is_end(). An Error reads as
    /// CallState::failed. This object outlives the task.
    virtual Task<CallState> next() = 0;
};

/// What a provider made of one message.
struct Handover {
    DeliveryOutcome outcome = DeliveryOutcome::unknown;
    /// For the administrator, e.g. "HTTP 401, code 20003": printable ASCII, at most 200; never a body, a
    /// number, a code or an address with its query.
    std::string said;
    bool surely_not_sent = false; ///< the request did not leave: trying again cannot send twice
    /// Nobody was asked, because we have as many under way as we may: says nothing about the provider.
    bool is_full = false;
    std::unique_ptr<OngoingCall> call; ///< null: a text, or the provider does not tell how a call goes on
};

/// Implementations: OutboxProvider, CommandProvider. Made by open_provider(), one for each file of
/// providers.d; shared by all messages in flight.
class Provider {
public:
    virtual ~Provider() = default;
    /// Hands over one message, whose number was judged, and says what became of it, by message.deadline at
    /// the latest. `message` and this object outlive the task; destroying the task ends the attempt.
    virtual Task<Handover> send(const OutboundMessage& message) = 0;
};

} // namespace ssp
