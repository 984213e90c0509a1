#pragma once
// "Do not challenge me on this device for the next 30 days": asked last, honoured first.
#include "verifier/attempt.h"

namespace ssp {

/// Accepts the sign-in without a question when it comes from a device that is trusted for this service.
/// True: accepted, with its audit row. False: somebody has to be asked.
Task<bool> let_trusted_device_in(Attempt& attempt, SubscriberId subscriber);

/// Asks, after the code was accepted, whether to remember this device, and records the grant. Where a device
/// cannot be bound one line says why; when Policy::trust_days is 0 nothing is said.
Task<void> ask_to_remember(Attempt& attempt, SubscriberId subscriber);

/// False for trust that was given longer, or left unused for longer, than policy now permits. The store has
/// judged its own end already.
bool is_within_policy(const Trust& trust, const Policy& policy, WallTime now) noexcept;

} // namespace ssp
