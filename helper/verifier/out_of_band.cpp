#include "verifier/out_of_band.h"

#include "verifier/answers.h"
#include "verifier/prompts.h"
#include "verifier/sending.h"

#include <utility>

namespace ssp {

namespace {

/// What a wrong guess costs, in millionths of a chance (docs/explanation/guessing.md).
constexpr int points_of_six_digits = 1;
constexpr int points_of_five_digits = 10;

/// What one ceremony works with.
struct Ceremony {
    Destination to;
    int tries_of_this_code = 0;

    int points() const { return to.digits == 5 ? points_of_five_digits : points_of_six_digits; }
};

enum class Judged { wrong, right, way_is_off };

/// Judges a code of the right shape.
Task<Judged> judge(Attempt& attempt, Ceremony& ceremony, ChallengeId challenge, SecretString code)
{
    TryCost cost;
    cost.points = ceremony.points();
    cost.challenge = challenge;
    cost.phone = true;
    const auto answer = co_await attempt.reserve_try(ceremony.to.subscriber, cost);
    if (answer == TryAnswer::budget_spent)
        co_return Judged::way_is_off;
    if (answer == TryAnswer::challenge_over)
        attempt.puzzled_by_answer(prompts::code_is_over());
    if (answer != TryAnswer::granted)
        co_return Judged::wrong;

    const bool right =
        co_await attempt.ports.store.matches(ceremony.to.subscriber, challenge, std::move(code));
    if (right)
        co_return Judged::right;
    co_await attempt.miss(ceremony.to.subscriber, method_of(ceremony.to.kind), "wrong code",
                          "That code is not valid,");
    ceremony.tries_of_this_code += 1;
    if (ceremony.tries_of_this_code == ceremony.to.tries_per_challenge)
        attempt.put_before_next(prompts::code_is_used_up());
    co_return Judged::wrong;
}

/// True: a new code is on its way, or the old one is still good; false: `trouble` says why this way is over.
Task<bool> send_again(Attempt& attempt, Ceremony& ceremony, LiveChallenge& live, std::string& trouble)
{
    auto sent = co_await send_code(attempt, ceremony.to);
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
    ceremony.to.subscriber = subscriber;
    ceremony.to.kind = kind;
    ceremony.to.number = std::move(number);
    ceremony.to.language = policy.language;
    ceremony.to.digits = voice ? policy.voice_digits : text_digits;
    ceremony.to.tries_per_challenge = voice ? policy.tries_per_voice_challenge : policy.tries_per_sign_in;

    OutOfBandProof proof;
    auto first = co_await send_code(attempt, ceremony.to);
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
        } else if (answer.is_code_of(ceremony.to.digits)) {
            judged = co_await judge(attempt, ceremony, live.id(), std::move(answer.code));
        } else {
            attempt.puzzled_by_answer(explain(answer, ceremony.to.digits));
        }
    }
    if (judged == Judged::way_is_off)
        proof.trouble = prompts::sending_is_off();
    if (judged == Judged::right)
        proof.proven.emplace(std::move(live));
    co_return proof;
}

} // namespace ssp
