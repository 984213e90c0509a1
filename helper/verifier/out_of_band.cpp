#include "verifier/out_of_band.h"

#include "verifier/answers.h"
#include "verifier/prompts.h"

#include <algorithm>
#include <utility>

namespace ssp {

namespace {

constexpr int text_digits = 6;
/// What a wrong guess costs, in millionths of a chance (docs/explanation/guessing.md).
constexpr int points_of_six_digits = 1;
constexpr int points_of_five_digits = 10;

/// What one ceremony works with.
struct Ceremony {
    SubscriberId subscriber{};
    AuthenticatorKind kind = AuthenticatorKind::text_message;
    SecretString number;
    int digits = text_digits;
    int tries_per_challenge = 0;
    int tries_of_this_code = 0;

    Channel channel() const
    {
        return kind == AuthenticatorKind::voice_call ? Channel::voice_call : Channel::text_message;
    }
    prompts::PhoneOption to() const { return {kind, prompts::ending(number)}; }
    int points() const { return digits == 5 ? points_of_five_digits : points_of_six_digits; }
};

/// What came of wanting to send a code.
struct Sent {
    std::optional<LiveChallenge> challenge;
    std::string shown;        ///< on its way, or why not
    bool old_is_good = false; ///< not sent, and a code sent earlier can still be typed
};

struct Drawn {
    NewChallenge challenge;
    OutboundMessage message;
};

Result<std::string> random_hex(Random& random, std::size_t digits)
{
    auto text = random.text(digits, "0123456789abcdef");
    if (!text)
        return text.error();
    return std::string(text->reveal());
}

/// A letter and a digit that no one confuses: "K7".
Result<std::string> new_tag(Random& random)
{
    auto letter = random.text(1, "ABCDEFGHJKMNPQRTUVWXYZ");
    if (!letter)
        return letter.error();
    auto digit = random.text(1, "23456789");
    if (!digit)
        return digit.error();
    return std::string(letter->reveal()) + std::string(digit->reveal());
}

Result<Drawn> draw(const Attempt& attempt, const Ceremony& ceremony)
{
    const auto& [store, delivery, clock, random, policy] = attempt.ports;
    Drawn drawn;
    if (auto filled = random.fill(drawn.challenge.id); !filled)
        return filled.error();
    auto code = random.decimal_code(ceremony.digits);
    if (!code)
        return code.error();
    auto tag = new_tag(random);
    if (!tag)
        return tag.error();
    auto reference = random_hex(random, 32);
    if (!reference)
        return reference.error();

    drawn.message.channel = ceremony.channel();
    drawn.message.to = ceremony.number.clone();
    drawn.message.tag = std::move(*tag);
    drawn.message.reference = std::move(*reference);
    if (ceremony.kind == AuthenticatorKind::voice_call)
        drawn.message.digits = code->clone();
    else
        drawn.message.text =
            prompts::text_message(drawn.message.tag, *code, policy.organisation, policy.code_life);

    drawn.challenge.kind = ceremony.kind;
    drawn.challenge.service = attempt.facts.service;
    drawn.challenge.code = std::move(*code);
    drawn.challenge.max_tries = ceremony.tries_per_challenge;
    drawn.challenge.expires_at = clock.now() + policy.code_life;
    drawn.challenge.expires_at_boot = clock.boot_time() + policy.code_life;
    return drawn;
}

std::string why_not_sent(const Attempt& attempt, const SendReservation& reservation)
{
    const auto now = attempt.ports.clock.now();
    switch (reservation.answer) {
    case SendAnswer::too_soon:
        return prompts::wait_before_next(reservation.wait_until ? *reservation.wait_until - now : Seconds(1));
    case SendAnswer::exhausted: return prompts::sent_too_often();
    case SendAnswer::granted:
    case SendAnswer::locked: break;
    }
    return prompts::sending_is_off();
}

/// Empty when a code may arrive.
std::string trouble_of(const Result<DeliveryOutcome>& outcome, const Ceremony& ceremony)
{
    if (!outcome)
        return prompts::could_not_send(ceremony.to());
    switch (*outcome) {
    case DeliveryOutcome::accepted:
    case DeliveryOutcome::queued: return {};
    case DeliveryOutcome::bad_number: return prompts::number_does_not_take(ceremony.to());
    case DeliveryOutcome::unknown: return prompts::unclear_whether_sent(ceremony.kind);
    case DeliveryOutcome::retry:
    case DeliveryOutcome::credentials:
    case DeliveryOutcome::configuration: break;
    }
    return prompts::could_not_send(ceremony.to());
}

Task<Sent> send_code(Attempt& attempt, const Ceremony& ceremony)
{
    auto& store = attempt.ports.store;
    Sent sent;
    const auto reservation = co_await store.reserve_send(ceremony.subscriber, ceremony.channel());
    if (reservation.answer != SendAnswer::granted) {
        sent.shown = why_not_sent(attempt, reservation);
        sent.old_is_good = true;
        co_return sent;
    }
    auto drawn = draw(attempt, ceremony);
    if (!drawn)
        co_return drawn.error();

    LiveChallenge live(store, ceremony.subscriber, drawn->challenge.id);
    co_await store.open_challenge(ceremony.subscriber, std::move(drawn->challenge));
    const auto tag = drawn->message.tag;
    const auto outcome = co_await attempt.ports.delivery.deliver(std::move(drawn->message)).outcome();
    sent.shown = trouble_of(outcome, ceremony);
    if (!sent.shown.empty())
        co_return sent;
    sent.shown =
        prompts::code_is_on_its_way(ceremony.to(), tag, ceremony.digits, attempt.ports.policy.code_life);
    sent.challenge.emplace(std::move(live));
    co_return sent;
}

enum class Judged { wrong, right, way_is_off };

/// Judges a code of the right shape.
Task<Judged> judge(Attempt& attempt, Ceremony& ceremony, ChallengeId challenge, SecretString code)
{
    TryCost cost;
    cost.points = ceremony.points();
    cost.challenge = challenge;
    cost.phone = true;
    const auto answer = co_await attempt.reserve_try(ceremony.subscriber, cost);
    if (answer == TryAnswer::budget_spent)
        co_return Judged::way_is_off;
    if (answer == TryAnswer::challenge_over)
        attempt.puzzled_by_answer(prompts::code_is_over());
    if (answer != TryAnswer::granted)
        co_return Judged::wrong;

    const bool right = co_await attempt.ports.store.matches(ceremony.subscriber, challenge, std::move(code));
    if (right)
        co_return Judged::right;
    co_await attempt.miss(ceremony.subscriber, method_of(ceremony.kind), "wrong code",
                          "That code is not valid,");
    ceremony.tries_of_this_code += 1;
    if (ceremony.tries_of_this_code == ceremony.tries_per_challenge)
        attempt.put_before_next(prompts::code_is_used_up());
    co_return Judged::wrong;
}

/// True: a new code is on its way, or the old one is still good; false: `trouble` says why this way is over.
Task<bool> send_again(Attempt& attempt, Ceremony& ceremony, LiveChallenge& live, std::string& trouble)
{
    auto sent = co_await send_code(attempt, ceremony);
    if (!sent.challenge && !sent.old_is_good) {
        trouble = std::move(sent.shown);
        co_return false;
    }
    attempt.put_before_next(sent.shown);
    if (sent.challenge) {
        live.let_go();
        live = std::move(*sent.challenge);
        ceremony.tries_of_this_code = 0;
    }
    co_return true;
}

/// An answer that cannot be the code.
std::string explain(const Answer& answer, int digits)
{
    if (answer.kind == AnswerKind::digits)
        return prompts::has_other_digits(digits);
    return answer.kind == AnswerKind::look_up_secret ? prompts::other_way_first() : prompts::not_a_code();
}

} // namespace

LiveChallenge::LiveChallenge(LiveChallenge&& other) noexcept
    : store_(std::exchange(other.store_, nullptr)), subscriber_(other.subscriber_), id_(other.id_)
{
}

LiveChallenge& LiveChallenge::operator=(LiveChallenge&& other) noexcept
{
    if (this != &other) {
        void_now();
        store_ = std::exchange(other.store_, nullptr);
        subscriber_ = other.subscriber_;
        id_ = other.id_;
    }
    return *this;
}

void LiveChallenge::void_now() noexcept
{
    if (store_ == nullptr)
        return;
    const auto task = std::exchange(store_, nullptr)->void_challenge(subscriber_, id_);
    task.handle().resume();
}

std::string method_of(AuthenticatorKind kind)
{
    switch (kind) {
    case AuthenticatorKind::text_message: return "text";
    case AuthenticatorKind::voice_call: return "voice";
    case AuthenticatorKind::authenticator_app: break;
    }
    return "app";
}

Task<OutOfBandProof> prove_out_of_band(Attempt& attempt, SubscriberId subscriber, AuthenticatorKind kind,
                                       SecretString number)
{
    const bool voice = kind == AuthenticatorKind::voice_call;
    const auto& policy = attempt.ports.policy;
    Ceremony ceremony;
    ceremony.subscriber = subscriber;
    ceremony.kind = kind;
    ceremony.number = std::move(number);
    ceremony.digits = voice ? policy.voice_digits : text_digits;
    ceremony.tries_per_challenge = voice ? policy.tries_per_voice_challenge : policy.tries_per_sign_in;

    OutOfBandProof proof;
    auto first = co_await send_code(attempt, ceremony);
    if (!first.challenge) {
        proof.trouble = std::move(first.shown);
        co_return proof;
    }
    attempt.put_before_next(first.shown);
    LiveChallenge live = std::move(*first.challenge);

    auto judged = Judged::wrong;
    while (!attempt.over() && judged == Judged::wrong) {
        const auto typed = co_await attempt.ask(prompts::ask_for_code(kind));
        if (!typed)
            break;
        auto answer = read_answer(*typed, 0);
        if (answer.is_letter('c'))
            break;
        if (answer.is_letter('r')) {
            const bool goes_on = co_await send_again(attempt, ceremony, live, proof.trouble);
            if (!goes_on)
                break;
        } else if (answer.is_code_of(ceremony.digits)) {
            judged = co_await judge(attempt, ceremony, live.id(), std::move(answer.code));
        } else {
            attempt.puzzled_by_answer(explain(answer, ceremony.digits));
        }
    }
    if (judged == Judged::way_is_off)
        proof.trouble = prompts::sending_is_off();
    if (judged == Judged::right)
        proof.proven.emplace(std::move(live));
    co_return proof;
}

} // namespace ssp
