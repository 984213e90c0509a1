#pragma once
// Codes that go to a phone: sent when asked for, typed back within their life, each good once.
#include "verifier/attempt.h"

namespace ssp {

/// A challenge that is open in the store. Whoever drops it without having spent it voids it, also when a
/// person hangs up and the coroutine that holds it is destroyed.
class LiveChallenge {
public:
    LiveChallenge(Store& store, SubscriberId subscriber, ChallengeId id) noexcept
        : store_(&store), subscriber_(subscriber), id_(id)
    {
    }
    LiveChallenge(LiveChallenge&& other) noexcept;
    LiveChallenge& operator=(LiveChallenge&& other) noexcept;
    LiveChallenge(const LiveChallenge&) = delete;
    LiveChallenge& operator=(const LiveChallenge&) = delete;
    ~LiveChallenge() { void_now(); }

    const ChallengeId& id() const noexcept { return id_; }
    /// It was spent, or replaced by a newer one: nothing is left to void.
    void let_go() noexcept { store_ = nullptr; }

private:
    /// Queues the store's job and does not wait for it (ports.h: a queued job runs to its end).
    void void_now() noexcept;

    Store* store_;
    SubscriberId subscriber_;
    ChallengeId id_;
};

/// How a ceremony with a phone ended. Neither: the person chose another way, or the attempt is over.
struct OutOfBandProof {
    std::optional<LiveChallenge> proven; ///< its code was typed; spend it with accept() or bind()
    std::string trouble;                 ///< one sentence: this way does not work now
};

/// Sends a code to `number` (E.164) and asks for it until it is typed. `kind`: text message or voice call.
///
/// Send and try are reserved and the challenge recorded before anything leaves the house. "r" sends a new
/// code, which voids the old one and adds no tries; "c" gives up. `subscriber` exists in the store.
/// Errors: as Store and Claimant; delivery's own failures are `trouble`.
Task<OutOfBandProof> prove_out_of_band(Attempt& attempt, SubscriberId subscriber, AuthenticatorKind kind,
                                       SecretString number);

/// "text" or "voice", as the audit trail says.
std::string method_of(AuthenticatorKind kind);

} // namespace ssp
