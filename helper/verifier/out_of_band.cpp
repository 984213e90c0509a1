#include "verifier/out_of_band.h"

#include "verifier/answers.h"
#include "verifier/call_progress.h"
#include "verifier/prompts.h"
#include "verifier/sending.h"

#include <utility>

namespace ssp {

namespace {

/// What one ceremony works with.
struct Ceremony {
    Ceremony(Destination destination, std::string still_works)
        : to(std::move(destination)), progress(to.shown(), std::move(still_works))
    {
    }
    Destination to;
    CallProgress progress; ///< of a voice call
    std::optional<AuthenticatorId> authenticator;
    int tries_of_this_code = 0;
    std::string off; ///< why no code is judged any more
};

enum class Judged { wrong, right, off };

/// Judges a code of the right shape.
Task<Judged> judge(Attempt& attempt, Ceremony& ceremony, ChallengeId challenge, SecretString code)
{
    TryCost cost;
    cost.points = guess_points(ceremony.to.digits);
    cost.challenge = challenge;
    cost.phone = true;
    cost.authenticator = ceremony.authenticator;
    const auto answer = co_await attempt.reserve_try(ceremony.to.subscriber, cost);
    if (answer == TryAnswer::challenge_over)
        attempt.puzzled_by_answer(prompts::code_is_over());
    else if (answer != TryAnswer::granted && !attempt.over())
        ceremony.off = prompts::code_is_off(ceremony.to.kind, answer);
    if (answer != TryAnswer::granted)
        co_return ceremony.off.empty() ? Judged::wrong : Judged::off;

    const bool right = co_await attempt.ports.store.matches(ceremony.to.subscriber, challenge, code.clone());
    if (right)
        co_return Judged::right;
    RefusedCode refused{ceremony.to.kind, std::move(code)};
    co_await attempt.miss(ceremony.to.subscriber, method_of(ceremony.to.kind), std::move(refused),
                          "That code is not valid,");
    if (attempt.is_last_of_authenticator()) {
        ceremony.off = prompts::is_disabled(ceremony.to.kind);
        co_return Judged::off;
    }
    ceremony.tries_of_this_code += 1;
    if (ceremony.tries_of_this_code == ceremony.to.tries_per_challenge)
        attempt.put_before_next(prompts::code_is_used_up());
    co_return Judged::wrong;
}

bool has_time_for(const Attempt& attempt, AuthenticatorKind kind)
{
    return kind != AuthenticatorKind::voice_call || call_can_finish(attempt);
}

/// True: a new code is on its way, or the old one is still good; false: `trouble` says why this way is over.
Task<bool> send_again(Attempt& attempt, Ceremony& ceremony, LiveChallenge& live, std::string& trouble)
{
    if (!has_time_for(attempt, ceremony.to.kind)) {
        attempt.put_before_next(prompts::no_time_for_a_call());
        co_return true;
    }
    auto sent = co_await send_code(attempt, ceremony.to, ceremony.progress.call());
    if (!sent.challenge && !sent.old_is_good) {
        trouble = std::move(sent.shown);
        co_return false;
    }
    attempt.put_before_next(sent.shown);
    if (sent.challenge) {
        live.let_go();
        live = std::move(*sent.challenge);
        ceremony.progress.follow(std::move(sent.call));
        ceremony.tries_of_this_code = 0;
    }
    co_return true;
}

Destination destination(const Policy& policy, SubscriberId subscriber, AuthenticatorKind kind,
                        SecretString number)
{
    const bool voice = kind == AuthenticatorKind::voice_call;
    Destination to;
    to.subscriber = subscriber;
    to.kind = kind;
    to.number = std::move(number);
    to.digits = digits_of(policy, kind);
    to.tries_per_challenge = voice ? policy.tries_per_voice_challenge : policy.tries_per_sign_in;
    return to;
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
                                       SecretString number, std::string still_works,
                                       std::optional<AuthenticatorId> authenticator)
{
    OutOfBandProof proof;
    if (!has_time_for(attempt, kind)) {
        proof.trouble = prompts::no_time_for_a_call();
        co_return proof;
    }
    Ceremony ceremony(destination(attempt.ports.policy, subscriber, kind, std::move(number)),
                      std::move(still_works));
    ceremony.authenticator = authenticator;
    auto first = co_await send_code(attempt, ceremony.to, ceremony.progress.call());
    if (!first.challenge) {
        proof.trouble = std::move(first.shown);
        co_return proof;
    }
    attempt.put_before_next(first.shown);
    LiveChallenge live = std::move(*first.challenge);
    ceremony.progress.follow(std::move(first.call));

    auto judged = Judged::wrong;
    const auto question = prompts::ask_for_code(kind);
    while (!attempt.over() && judged == Judged::wrong) {
        ceremony.progress.tell(attempt);
        const auto typed = co_await attempt.ask_once(question);
        if (!typed)
            break;
        auto answer = read_answer(*typed, 0);
        if (answer.is_letter('c'))
            break;
        if (typed->empty()) {
            if (!ceremony.progress.is_look(attempt))
                attempt.count_empty_answer();
        } else if (answer.is_letter('r')) {
            const bool goes_on = co_await send_again(attempt, ceremony, live, proof.trouble);
            if (!goes_on)
                break;
        } else if (answer.is_code_of(ceremony.to.digits)) {
            judged = co_await judge(attempt, ceremony, live.id(), std::move(answer.code));
        } else {
            attempt.puzzled_by_answer(explain(answer, ceremony.to.digits));
        }
    }
    proof.is_off = judged == Judged::off;
    if (proof.is_off)
        proof.trouble = ceremony.off;
    if (judged == Judged::right)
        proof.proven.emplace(std::move(live));
    co_return proof;
}

} // namespace ssp
