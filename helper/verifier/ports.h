#pragma once
// The three doors of the verifier: what it keeps (Store), whom it asks (Claimant), who carries a code
// (Delivery). Time and chance come through base/clock.h and base/random.h.
//
// Every Store operation that changes something is durable when its task ends, together with its audit
// entry, or it did not happen; if that is unknown it ends with store_unavailable and the caller refuses.
// A task that is destroyed while it waits: its job still runs to its end, nobody is told.
#include "base/clock.h"
#include "base/random.h"
#include "base/task.h"
#include "verifier/owner_news.h"
#include "verifier/policy.h"
#include "verifier/subscriber.h"

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace ssp {

/// A prompt. Text is printable ASCII and newlines (UTF-8 only for a QR code), at most 8192 bytes, and
/// ends with what the person is asked, e.g. "Verification code: ".
struct Prompt {
    std::string text;
    bool echo = true;
};

/// The person at the other end of one conversation.
class Claimant {
public:
    virtual ~Claimant() = default;

    /// Asks and waits. The answer has 0..512 bytes, any but NUL, and may be a password.
    /// Errors: claimant_left; deadline_passed.
    virtual Task<SecretString> ask(Prompt prompt) = 0;

    /// Says something without a question. Not everybody sees it before the next prompt (sshd).
    virtual void tell(std::string text) = 0;
};

/// The channel of an out-of-band authenticator.
enum class Channel : std::uint8_t { text_message = 1, voice_call = 2 };

/// What a provider answered. Only `accepted` and `queued` mean that a code may arrive; `unknown` means
/// that it may or may not, and is never sent again blindly.
enum class DeliveryOutcome : std::uint8_t {
    accepted = 1,
    queued,
    bad_number,
    retry,
    credentials,
    configuration,
    unknown,
};

/// One code on its way to a person. The texts are composed by the verifier.
struct OutboundMessage {
    Channel channel = Channel::text_message;
    SecretString to;             ///< E.164
    SecretString text;           ///< text message: the whole text; one GSM-7 segment, 160 characters at most
    SecretString digits;         ///< voice call: the digits to speak
    std::string tag;             ///< two characters that the prompt shows too
    std::string language = "en"; ///< ISO 639-1: the words around the digits of a voice call
    std::string reference;       ///< idempotency key, 32 hex digits
    Seconds deadline{20};        ///< the provider must have answered by then
};

/// What the number judge thinks of a typed number.
struct NumberJudgement {
    bool usable = false;
    SecretString e164;  ///< set when usable
    std::string region; ///< ISO 3166, of the number; set when usable
    std::string reason; ///< plain words for the person when not, e.g. "This is not a mobile number."
};

/// How a voice call goes on after its provider accepted it. The numbers travel (protocol/delivery_message.h).
enum class CallState : std::uint8_t {
    unknown = 0, ///< the provider does not tell, or the call is long over
    calling = 1,
    ringing,
    answered, ///< somebody took it, and has not pressed the key yet
    speaking,
    played,  ///< this and what follows are ends: the code was spoken
    no_key,  ///< nobody pressed the key: the code was not spoken
    hung_up, ///< before the code was spoken to its end
    busy,
    no_answer,
    refused,
    failed,
};

constexpr bool is_end(CallState state) noexcept { return state >= CallState::played; }

/// Who carries codes. Implementations: the client of ssp-mfa-deliveryd; a recorder for tests.
class Delivery {
public:
    virtual ~Delivery() = default;
    /// Judges a number as typed (1..64 bytes, anything) for `channel`, read in `region`.
    /// Errors: delivery_unavailable.
    virtual Task<NumberJudgement> judge_number(SecretString typed, Channel channel, std::string region) = 0;
    /// Hands over one message; ends when a provider answered or the deadline passed.
    /// Errors: delivery_unavailable (nothing was sent).
    virtual Task<DeliveryOutcome> deliver(OutboundMessage message) = 0;
    /// How the call that deliver() handed over under this reference stands; known until release().
    virtual CallState call_state(const std::string& reference) const = 0;
    /// Nobody waits for this message any more: a call that goes on is hung up. Unknown references are
    /// nothing.
    virtual void release(const std::string& reference) noexcept = 0;
};

/// What stands behind a try: which challenge or authenticator is guessed at and what a miss costs.
struct TryCost {
    int points = 0;                       ///< 0 for look-up secrets (64 bits need no budget)
    std::optional<ChallengeId> challenge; ///< its own tries are counted too
    bool phone = false;                   ///< text or voice: off from GuessLimits::phone_off_points on
    std::optional<AuthenticatorId> authenticator; ///< the one guessed at; its own failures are counted
    /// Refuse what would bring the points since the last success above this (requests.h, self verbs).
    std::optional<int> most_since_success;
};

enum class TryAnswer {
    granted,
    throttled,              ///< until throttled_until
    locked,                 ///< by the desk
    budget_spent,           ///< the year's points are gone (or the phone's share of them)
    everybody_spent,        ///< those of all people are, and this one had no success for a day
    authenticator_disabled, ///< GuessLimits::disable_after failures in a row
    challenge_over,         ///< spent, void, expired, or no tries left: a new code is needed
};

struct TryReservation {
    TryAnswer answer = TryAnswer::locked;
    std::optional<WallTime> throttled_until = std::nullopt;
    bool last_of_authenticator = false; ///< granted, and TryCost::authenticator is disabled if it misses
};

/// One message or call that somebody wants sent.
struct SendRequest {
    Channel channel = Channel::text_message;
    int points = 1;      ///< what one try of its code costs
    SecretString number; ///< E.164; the store keeps a keyed digest of it
    std::string source;  ///< where the person signs in from: a numeric address; empty: not counted
    std::string region;  ///< ISO 3166, of the number
    bool foreign = true; ///< the region is not Policy::region
};

enum class SendAnswer {
    granted,
    too_soon,  ///< wait_until says when
    exhausted, ///< the person's messages of today are used up
    locked,    ///< throttled, locked or out of points: nothing is sent
    held_back, ///< a limit that the person shares with others: number, source, region or all together
};

/// Too few of the codes that went to a region came back (docs/explanation/sending-limits.md).
struct FewTypedBack {
    int sent = 0;
    int typed_back = 0;
};

/// What was counted for one message, so that a code that is typed back is counted for the same one.
struct SendReceipt {
    Digest number{};
    std::string source;
    std::string region;
    WallTime at{};
};

struct SendReservation {
    SendAnswer answer = SendAnswer::exhausted;
    std::optional<WallTime> wait_until; ///< only when the person's own limits refused
    std::string_view limit;             ///< key of [sending] that refused; static storage
    std::optional<FewTypedBack> alarm;  ///< at most once for each region and day, whatever the answer
    std::optional<SendReceipt> receipt; ///< when granted; for NewChallenge
};

/// A code that was sent out. Only its HMAC is kept.
struct NewChallenge {
    ChallengeId id{};
    AuthenticatorKind kind = AuthenticatorKind::text_message;
    std::string service; ///< a new challenge voids the person's live one for the same service
    SecretString code;   ///< the store keeps an HMAC of (id, code) and forgets it
    int max_tries = 3;
    WallTime expires_at{};
    BootTime expires_at_boot{};
    std::optional<SendReceipt> send; ///< what was counted for its message
};

struct NewAuthenticator {
    AuthenticatorKind kind = AuthenticatorKind::text_message;
    SecretString secret;        ///< as in Authenticator::secret
    std::int64_t last_step = 0; ///< app: the step of the proving code, so that it does not work again
    std::optional<ChallengeId> proven_by; ///< text, voice: consumed in the same transaction
    bool only_as_first = false; ///< enrolment: refused when the person has any authenticator already
    /// Subscriber::epoch as the sign-in read it at its beginning: refused when all trust ended since (a
    /// reset, a lock, a new password). Nothing: whatever it is.
    std::optional<std::int64_t> epoch;
};

struct NewLookUpSecrets {
    std::vector<SecretString> secrets;
    std::optional<std::int64_t> epoch; ///< as NewAuthenticator::epoch
};

struct NewTrust {
    Digest device{};
    std::string label;
    std::string scope;
    WallTime expires_at{};
    int max_devices = 5;               ///< per person and scope; the oldest grants beyond it end
    std::optional<std::int64_t> epoch; ///< as NewAuthenticator::epoch
};

using Proof = std::variant<StepProof, ChallengeProof, LookUpSecretProof, TrustProof>;

/// A code that was typed and is not accepted, so that one that was accepted before is told from a wrong one.
struct RefusedCode {
    std::optional<AuthenticatorKind> guessed_at; ///< nothing: a look-up secret
    /// The app's step that the code is right for; the code of a message; the digest of a look-up secret.
    std::variant<std::monostate, StepProof, SecretString, LookUpSecretProof> was;
};

/// A support desk's or administrator's act on a person.
enum class DeskAct {
    lock,   ///< sign-ins are refused until unlock; ends all trust
    unlock, ///< lifts lock and throttle, enables authenticators, gives back at most desk_refund_points
    reset,  ///< forgets authenticators, recovery codes, trust and the uid-name tie; the person enrols again
    forget_devices, ///< ends all trust
};

/// How the master key stands, and the change to a new one (ssp-mfa key).
struct KeyRotation {
    std::string key;         ///< names the master key in use: 8 hex digits; empty: this store has none
    std::string next;        ///< names its successor; empty: no rotation is under way
    std::int64_t rows = 0;   ///< that the rotation has to move
    std::int64_t left = 0;   ///< that are still under the old key
    std::string first_bad;   ///< what does not verify and keeps the rotation waiting; empty: nothing
    bool credential = false; ///< the master key came from systemd, not from a file
};

/// What Store::repair_clock() did.
struct ClockRepair {
    bool needed = false; ///< false: the clock was not behind, and nothing was changed
    WallTime was_at{};   ///< where the clock had been
    int people = 0;      ///< how many had a wait, points or an app code of the time that was not there yet
    int damaged = 0;     ///< whose rows do not verify: they stay refused until a reset
};

/// Everything that must outlive the process. Implementations: SqliteStore, MemoryStore.
///
/// What the owner must hear of (owner_news.h) is told in the transaction of the act itself: bind(), act(),
/// replace_look_up_secrets(), refuse_code() and grant_trust() leave a sentence for the next sign-in, and all
/// but the last count and record a message; the store then hands out a Telling, whoever may have left
/// meanwhile. So nobody is told twice, and after a crash the sentence is still there.
class Store {
public:
    virtual ~Store() = default;

    /// The person, or nothing when nobody of that uid and name ever enrolled or was charged.
    /// Errors: clock_set_back, as accept() and bind(): the wall clock lies more than two minutes before the
    /// newest audit row. Nobody signs in until it is right, or repair_clock() says that it is.
    /// Errors: identity_changed when one of uid and name is known with another partner;
    /// store_tampered; store_unavailable.
    virtual Task<std::optional<Subscriber>> find_subscriber(Identity identity) = 0;

    /// By name alone, for the desk.
    virtual Task<std::optional<Subscriber>> find_subscriber_by_name(std::string name) = 0;
    /// By uid alone, for the person at self.sock, whose uid the kernel vouches for.
    virtual Task<std::optional<Subscriber>> find_subscriber_by_uid(std::uint32_t uid) = 0;

    /// Adds the person without any authenticator; returns the known id if they exist already.
    virtual Task<SubscriberId> add_subscriber(Identity identity) = 0;

    /// Counts one try before it is judged: points, everybody's too, consecutive failures, those of the
    /// authenticator, throttle and the challenge's tries, all or nothing. When not granted nothing is charged
    /// and the answer must not be judged. Writes the alarms many-wrong-codes and codes-held-back when they
    /// are due.
    virtual Task<TryReservation> reserve_try(SubscriberId subscriber, TryCost cost) = 0;

    /// True if `code` is the live, unexpired code of `challenge`. Spends nothing: reserve_try() came
    /// before, accept() or bind() comes after. Constant time in the code.
    virtual Task<bool> matches(SubscriberId subscriber, ChallengeId challenge, SecretString code) = 0;

    /// The one place that accepts: spends `proof` if it is still good, gives `refund_points` back, to
    /// everybody as well, clears failures (its authenticator's too) and throttle, refunds the send of a
    /// challenge and counts its code as typed back, writes `entry`. True for exactly one caller per step,
    /// challenge or look-up secret; a trust must be live for `device` and `scope` semantics checked by
    /// find_trust(), and its last use is recorded. A TrustProof shows no code: it gives nothing back and
    /// clears nothing. False: it was spent, expired, void or revoked, or the desk locked the person; callers
    /// must not tell these apart.
    virtual Task<bool> accept(SubscriberId subscriber, Proof proof, int refund_points, AuditEntry entry) = 0;

    /// Counts one message or call before it is sent: for the person, the number, the source, the region
    /// and all together, or for none of them. `entry`: who asks, from where, for what; its event is set
    /// and its detail begun here, when a limit refuses (send-refused; not for `between`, which only tells
    /// the impatient) and when few codes to a region come back (few-typed-back).
    virtual Task<SendReservation> reserve_send(SubscriberId subscriber, SendRequest request,
                                               AuditEntry entry) = 0;

    /// A code was judged and is not accepted: writes `entry`, whose detail is begun here ("wrong code", "code
    /// used again"). Tells the owner when it was accepted before, and from the moment on at which the codes
    /// since the last success are an attack (telling.h). Called before the person hears of it; they must not
    /// learn which it was.
    virtual Task<void> refuse_code(SubscriberId subscriber, RefusedCode refused, AuditEntry entry) = 0;

    /// Counts one message to the administrator. False: there were too many today.
    virtual Task<bool> reserve_administrators_notice() = 0;

    /// Records a code before it leaves the house.
    virtual Task<void> open_challenge(SubscriberId subscriber, NewChallenge challenge) = 0;

    /// A code that cannot be typed any more: the person left, or delivery failed. `never_sent`: its message
    /// surely did not leave; it then counts for the person alone, who need not wait before another way.
    virtual Task<void> void_challenge(SubscriberId subscriber, ChallengeId challenge, bool never_sent) = 0;

    /// Binds an authenticator that was just proven; replaces a live one of the same kind. Ends all trust
    /// when it replaces one. Gives `refund_points` back and clears failures. False: the challenge in
    /// proven_by was spent or void, it was not the first, or the epoch is over; nothing was bound.
    virtual Task<bool> bind(SubscriberId subscriber, NewAuthenticator authenticator, int refund_points,
                            AuditEntry entry) = 0;

    /// Replaces all look-up secrets by these; only digests are kept (digest_of()). Errors: not_permitted: the
    /// epoch is over.
    virtual Task<void> replace_look_up_secrets(SubscriberId subscriber, NewLookUpSecrets anew,
                                               AuditEntry entry) = 0;

    /// The digest of a normalised look-up secret, as accept() wants it.
    virtual Digest digest_of(SubscriberId subscriber, const SecretString& look_up_secret) const = 0;

    /// The live trust of this device in this scope, if any.
    virtual Task<std::optional<Trust>> find_trust(SubscriberId subscriber, Digest device,
                                                  std::string scope) = 0;
    /// Errors: not_permitted: locked by the desk, or the epoch is over.
    virtual Task<void> grant_trust(SubscriberId subscriber, NewTrust trust, AuditEntry entry) = 0;
    /// All trust, live ones first, newest first; at most 100.
    virtual Task<std::vector<Trust>> list_trust(SubscriberId subscriber) = 0;
    /// Ends one. False: no such live trust of this person.
    virtual Task<bool> revoke_trust(SubscriberId subscriber, TrustId trust, AuditEntry entry) = 0;
    /// Ends all (password change, desk).
    virtual Task<void> end_all_trust(SubscriberId subscriber, AuditEntry entry) = 0;

    /// Begins to move everything to the new master key that lies beside the one in use; durable when the task
    /// ends, together with `entry`. The rest goes on by itself, in this run of the program or the next.
    /// Returns how it stands. Errors: not_permitted, with a sentence for the administrator, when it cannot
    /// begin.
    virtual Task<KeyRotation> rotate_key(AuditEntry entry) = 0;
    virtual KeyRotation key_rotation() const = 0;

    virtual Task<void> act(SubscriberId subscriber, DeskAct act, std::string reason, AuditEntry entry) = 0;

    /// The reset of a person whose rows do not verify (find_subscriber_by_name(): store_tampered), and of
    /// nobody else: nothing of them is believed, a lock and the ledger neither. Everything but the name goes,
    /// and the desk's lock holds with `reason` until an unlock. False: nobody is called so, or their rows
    /// verify. Errors: store_unavailable.
    virtual Task<bool> reset_damaged(std::string name, std::string reason, AuditEntry entry) = 0;

    /// The wall clock is right now and was ahead: sign-ins go on. Nothing that was spent is good again: all
    /// trust and all challenges are void, and steps of an app that were accepted ahead of time stay spent.
    /// Waits, points and sendings of the time that is not there yet count from now on.
    virtual Task<ClockRepair> repair_clock(AuditEntry entry) = 0;

    /// An audit row of its own: refusals; that the daemon started, stopped or read its configuration again.
    virtual Task<void> record(AuditEntry entry) = 0;
    /// Leaves a sentence for the person's next sign-in; clear_notices() when it was shown, with its row.
    virtual Task<void> add_notice(SubscriberId subscriber, std::string sentence) = 0;
    virtual Task<void> clear_notices(SubscriberId subscriber, AuditEntry entry) = 0;
};

/// What one sign-in works with; all of it outlives the sign-in.
struct Ports {
    Store& store;
    Delivery& delivery;
    Clock& clock;
    Random& random;
    const Policy& policy;
};

} // namespace ssp
