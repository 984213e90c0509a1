#pragma once
// A code that went to a phone is asked for until it is typed.
#include "verifier/sending.h"

namespace ssp {

/// How a ceremony with a phone ended. Neither: the person chose another way, or the attempt is over.
struct OutOfBandProof {
    std::optional<LiveChallenge> proven; ///< its code was typed; spend it with accept() or bind()
    std::string trouble;                 ///< one sentence: this way does not work now
    bool is_off = false;                 ///< with trouble: no code of this authenticator is judged any more
};

/// Sends a code to `number` (E.164) and asks for it until it is typed. `kind`: text message or voice call.
///
/// Send and try are reserved and the challenge recorded before anything leaves the house. "r" sends a new
/// code, which voids the old one and adds no tries; "c" gives up. `subscriber` exists in the store.
///
/// Each prompt says how a voice call stands, the first one after its end how it ended; `still_works` is put
/// under an end without the code. An empty answer while a call goes on is a look at it (call_progress.h).
/// The call is hung up when the code was typed, another one replaces it, or nobody waits any more. None is
/// begun that could not finish within the sign-in.
/// `authenticator`: whose number it is, for its own count of failures; none while it is being bound.
/// Errors: as Store and Claimant; delivery's own failures are `trouble`.
Task<OutOfBandProof> prove_out_of_band(Attempt& attempt, SubscriberId subscriber, AuthenticatorKind kind,
                                       SecretString number, std::string still_works,
                                       std::optional<AuthenticatorId> authenticator = std::nullopt);

/// "text" or "voice", as the audit trail says.
std::string method_of(AuthenticatorKind kind);

} // namespace ssp
