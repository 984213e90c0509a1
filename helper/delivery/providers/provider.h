#pragma once
// One way to carry a code to a telephone.
#include "base/task.h"
#include "verifier/ports.h"

namespace ssp {

/// Implementations: OutboxProvider, CommandProvider. Made by open_provider(), one for each file of
/// providers.d; shared by all messages in flight.
class Provider {
public:
    virtual ~Provider() = default;
    /// Hands over one message, whose number was judged, and says what became of it, by message.deadline at
    /// the latest. `message` and this object outlive the task; destroying the task ends the attempt.
    virtual Task<DeliveryOutcome> send(const OutboundMessage& message) = 0;
};

} // namespace ssp
