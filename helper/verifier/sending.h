#pragma once
// A code on its way to a phone: drawn, counted, recorded and handed over, in this order.
#include "verifier/attempt.h"
#include "verifier/live_call.h"
#include "verifier/prompts.h"

namespace ssp {

inline constexpr int text_digits = 6;

/// What a try of a code of `digits` digits costs, five or six, in millionths of a chance
/// (docs/explanation/guessing.md).
constexpr int guess_points(int digits) noexcept { return digits == 5 ? 10 : 1; }

/// How many digits the codes have that go to a phone.
int digits_of(const Policy& policy, AuthenticatorKind phone) noexcept;

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
    /// Its message surely did not leave the house: whoever drops it takes it from the counts as well.
    void note_never_sent() noexcept { never_sent_ = true; }

private:
    /// Queues the store's job and does not wait for it (ports.h: a queued job runs to its end).
    void void_now() noexcept;

    Store* store_;
    SubscriberId subscriber_;
    ChallengeId id_;
    bool never_sent_ = false;
};

/// Where the codes of one ceremony go.
struct Destination {
    SubscriberId subscriber{};
    AuthenticatorKind kind = AuthenticatorKind::text_message;
    SecretString number; ///< E.164
    int digits = text_digits;
    int tries_per_challenge = 0;

    Channel channel() const
    {
        return kind == AuthenticatorKind::voice_call ? Channel::voice_call : Channel::text_message;
    }
    prompts::PhoneOption shown() const { return {kind, prompts::ending(number)}; }
};

/// What came of wanting to send a code.
struct Sent {
    std::optional<LiveChallenge> challenge;
    LiveCall call;            ///< a voice call that was taken
    std::string shown;        ///< on its way, or why not
    bool old_is_good = false; ///< not sent, and a code sent earlier can still be typed
};

/// A new idempotency key for one message: 32 hex digits. Errors: as Random.
Result<std::string> new_message_reference(Random& random);

/// The language of messages to a number of `region` (ISO 3166).
const std::string& language_for(const Policy& policy, const std::string& region);

/// Has the number judged again, reserves a send, draws a new code and records it before it leaves the house;
/// called by prove_out_of_band(). A number that the rules permit no more is counted nowhere. What delivery
/// makes of it is in Sent::shown. `before`: the call that a new one replaces; it is hung up once the send is
/// granted, so that the phone is free. Errors: as Store.
Task<Sent> send_code(Attempt& attempt, const Destination& to, LiveCall& before);

} // namespace ssp
