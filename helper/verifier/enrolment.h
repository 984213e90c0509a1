#pragma once
// Enrolment at the first sign-in: choose a way, prove it, and it is bound (NIST SP 800-63B 6.1).
//
// Nothing is kept before a way is proven: an enrolment that ends anywhere earlier leaves nothing behind. A
// way is proven by a code sent to the number, or made by the app from the new key.
#include "verifier/attempt.h"

namespace ssp {

/// Binds a first authenticator to somebody who has none, which accepts this sign-in; then offers a second way
/// and recovery codes. Only after the first factor was accepted, which the module sees to, and only when
/// Policy::enrolment permits.
///
/// Returns the person; nothing when the attempt was refused (attempt.verdict()). Whatever happens to the
/// offers that follow the first way, it stays bound and the sign-in accepted.
/// Errors: as Store and Claimant.
Task<std::optional<SubscriberId>> enrol(Attempt& attempt);

} // namespace ssp
