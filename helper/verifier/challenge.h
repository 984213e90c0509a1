#pragma once
// The question to somebody who is enrolled: one of their factors.
//
// An app or recovery code is judged at once; a number starts a text message or a call to a number that was
// proven before. A code is compared with exactly one authenticator. Nothing is sent that nobody asked for.
#include "verifier/attempt.h"

namespace ssp {

/// Asks for an existing factor until one is accepted or the attempt is over, and tells the person why when
/// it is. `subscriber` outlives the task.
///
/// `on_acceptance`: the audit entry written in the transaction that spends the factor; its method is filled
/// in here. Called by the sign-in and by requests of the person themselves (service "ssp-mfa" in the facts).
/// Returns accepted only when Store::accept() said so; otherwise attempt.verdict(), and attempt.detail() says
/// why. Errors: as Store and Claimant.
Task<Verdict> challenge(Attempt& attempt, const Subscriber& subscriber, AuditEntry on_acceptance);

} // namespace ssp
