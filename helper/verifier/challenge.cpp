#include "verifier/challenge.h"

#include "verifier/answers.h"
#include "verifier/call_progress.h"
#include "verifier/out_of_band.h"
#include "verifier/prompts.h"
#include "verifier/sending.h"
#include "verifier/totp.h"

#include <algorithm>

namespace ssp {

namespace {

/// What one person can use now.
struct Ways {
    std::vector<const Authenticator*> phones; ///< in the order of their options
    const Authenticator* app = nullptr;
    bool recovery_code = false;
    bool no_time_to_call = false; ///< there is one to call, but login(1) would end before it is done
    std::vector<std::string> off; ///< why others cannot be used, a sentence each

    bool none() const { return phones.empty() && app == nullptr && !recovery_code; }
    std::vector<prompts::PhoneOption> options() const
    {
        std::vector<prompts::PhoneOption> options;
        for (const auto* phone : phones)
            options.push_back({phone->kind, prompts::ending(phone->secret)});
        return options;
    }
};

/// The live authenticator of `kind`, if the person has one and policy permits its use.
const Authenticator* find(const Subscriber& subscriber, AuthenticatorKind kind, bool permitted)
{
    const auto found = std::ranges::find(subscriber.authenticators, kind, &Authenticator::kind);
    return permitted && found != subscriber.authenticators.end() ? &*found : nullptr;
}

/// False for none, and for one that was disabled, which is noted.
bool is_usable(const Authenticator* authenticator, Ways& ways)
{
    if (authenticator == nullptr)
        return false;
    if (authenticator->disabled)
        ways.off.push_back(prompts::is_disabled(authenticator->kind));
    return !authenticator->disabled;
}

Ways ways_of(const Attempt& attempt, const Subscriber& subscriber)
{
    const auto& policy = attempt.ports.policy;
    const auto& limits = policy.guessing;
    Ways ways;
    const auto* text = find(subscriber, AuthenticatorKind::text_message, policy.text_message);
    const auto* voice = find(subscriber, AuthenticatorKind::voice_call, policy.voice_call);
    if (voice != nullptr && attempt.is_console_login() && !call_can_finish(attempt)) {
        ways.no_time_to_call = true;
        voice = nullptr;
    }
    for (const auto* phone : {text, voice})
        if (is_usable(phone, ways))
            ways.phones.push_back(phone);
    const auto costs_too_much = [&](const Authenticator* phone) {
        return subscriber.guess_points + guess_points(digits_of(policy, phone->kind)) >
               std::min(limits.phone_off_points, limits.yearly_points);
    };
    if (std::erase_if(ways.phones, costs_too_much) > 0)
        ways.off.push_back(ways.phones.empty() ? prompts::sending_is_off() : prompts::calling_is_off());
    const auto* app = find(subscriber, AuthenticatorKind::authenticator_app, policy.authenticator_app);
    if (subscriber.guess_points + totp::guess_points <= limits.yearly_points && is_usable(app, ways))
        ways.app = app;
    if (subscriber.codes_held_back && (ways.app != nullptr || !ways.phones.empty())) {
        ways.off = {prompts::codes_are_held_back()};
        ways.app = nullptr;
        ways.phones.clear();
    }
    ways.recovery_code = subscriber.look_up_secrets_left > 0;
    return ways;
}

/// In words, without the phone that just failed.
std::string still_works(const Attempt& attempt, const Ways& ways, const Authenticator* failed)
{
    std::vector<std::string> words;
    for (const auto* phone : ways.phones)
        if (phone != failed)
            words.push_back(prompts::name(phone->kind));
    if (ways.app != nullptr)
        words.emplace_back("app code");
    if (ways.recovery_code)
        words.emplace_back("recovery code");
    return prompts::still_works(words, attempt.ports.policy.support_contact, attempt.reference);
}

Task<bool> by_phone(Attempt& attempt, const Subscriber& subscriber, Ways& ways, const Authenticator& phone,
                    AuditEntry entry)
{
    auto proof = co_await prove_out_of_band(attempt, subscriber.id, phone.kind, phone.secret.clone(),
                                            still_works(attempt, ways, &phone), phone.id);
    if (proof.is_off)
        std::erase(ways.phones, &phone);
    if (!proof.trouble.empty()) {
        attempt.put_before_next(proof.trouble);
        attempt.put_before_next(still_works(attempt, ways, &phone));
    }
    if (!proof.proven)
        co_return false;
    entry.method = method_of(phone.kind);
    const Proof spent = ChallengeProof{proof.proven->id()};
    const bool accepted =
        co_await attempt.ports.store.accept(subscriber.id, spent, attempt.points_spent(), entry);
    if (accepted)
        proof.proven->let_go();
    else
        attempt.put_before_next(prompts::code_is_over());
    co_return accepted;
}

/// For the rest of the attempt; `why`: one sentence.
void turn_app_off(Attempt& attempt, Ways& ways, const std::string& why)
{
    ways.app = nullptr;
    attempt.put_before_next(why);
    attempt.put_before_next(still_works(attempt, ways, nullptr));
}

Task<bool> by_app(Attempt& attempt, const Subscriber& subscriber, Ways& ways, SecretString code,
                  AuditEntry entry)
{
    TryCost cost;
    cost.points = totp::guess_points;
    cost.authenticator = ways.app->id;
    const auto kind = AuthenticatorKind::authenticator_app;
    const auto answer = co_await attempt.reserve_try(subscriber.id, cost);
    if (answer != TryAnswer::granted) {
        if (!attempt.over())
            turn_app_off(attempt, ways, prompts::code_is_off(kind, answer));
        co_return false;
    }

    entry.method = method_of(kind);
    const auto step = totp::matched_step(ways.app->secret, code.reveal(), attempt.ports.clock.now());
    if (step) {
        const Proof proof = StepProof{ways.app->id, *step};
        const bool accepted =
            co_await attempt.ports.store.accept(subscriber.id, proof, attempt.points_spent(), entry);
        if (accepted)
            co_return true;
    }
    RefusedCode refused;
    refused.guessed_at = AuthenticatorKind::authenticator_app;
    if (step)
        refused.was = StepProof{ways.app->id, *step};
    co_await attempt.miss(subscriber.id, entry.method, std::move(refused),
                          "That code is not valid, or was used before:");
    if (attempt.is_last_of_authenticator())
        turn_app_off(attempt, ways, prompts::is_disabled(kind));
    co_return false;
}

Task<bool> by_recovery_code(Attempt& attempt, const Subscriber& subscriber, SecretString secret,
                            AuditEntry entry)
{
    const TryCost free_of_points;
    const auto answer = co_await attempt.reserve_try(subscriber.id, free_of_points);
    if (answer != TryAnswer::granted)
        co_return false;
    entry.method = "recovery-code";
    const LookUpSecretProof typed{attempt.ports.store.digest_of(subscriber.id, secret)};
    const Proof proof = typed;
    const bool accepted =
        co_await attempt.ports.store.accept(subscriber.id, proof, attempt.points_spent(), entry);
    if (accepted) {
        attempt.claimant.tell(prompts::recovery_codes_left(subscriber.look_up_secrets_left - 1));
        co_return true;
    }
    RefusedCode refused{std::nullopt, typed};
    co_await attempt.miss(subscriber.id, entry.method, std::move(refused),
                          "That recovery code is not valid, or was used before:");
    co_return false;
}

std::string why_none(const Ways& ways)
{
    return ways.no_time_to_call ? prompts::no_calls_here() : prompts::no_way_left();
}

/// An answer that nothing can be done with.
std::string explain(const Answer& answer, const Ways& ways)
{
    if (answer.kind == AnswerKind::look_up_secret)
        return prompts::no_recovery_code_left();
    if (answer.kind != AnswerKind::digits)
        return prompts::not_a_code();
    return ways.app != nullptr ? prompts::has_other_digits(totp::digits) : prompts::no_app_bound();
}

} // namespace

Task<Verdict> challenge(Attempt& attempt, const Subscriber& subscriber, AuditEntry on_acceptance)
{
    auto ways = ways_of(attempt, subscriber);
    for (const auto& why : ways.off)
        attempt.put_before_next(why);
    if (ways.off.empty() && ways.no_time_to_call)
        attempt.put_before_next(prompts::no_calls_here());
    while (!attempt.over()) {
        if (ways.none())
            co_return co_await attempt.turn_away(Verdict::locked, "no way left", why_none(ways));
        const auto options = ways.options();
        const auto typed =
            co_await attempt.ask(prompts::choose_factor(options, ways.app != nullptr, ways.recovery_code));
        if (!typed)
            break;

        auto answer = read_answer(*typed, static_cast<int>(options.size()));
        bool accepted = false;
        if (answer.kind == AnswerKind::option) {
            const auto& phone = *ways.phones[static_cast<std::size_t>(answer.option) - 1];
            accepted = co_await by_phone(attempt, subscriber, ways, phone, on_acceptance);
        } else if (answer.is_code_of(totp::digits) && ways.app != nullptr) {
            accepted = co_await by_app(attempt, subscriber, ways, std::move(answer.code), on_acceptance);
        } else if (answer.kind == AnswerKind::look_up_secret && ways.recovery_code) {
            accepted = co_await by_recovery_code(attempt, subscriber, std::move(answer.code), on_acceptance);
        } else {
            attempt.puzzled_by_answer(explain(answer, ways));
        }
        if (accepted)
            co_return Verdict::accepted;
    }
    co_return attempt.verdict();
}

} // namespace ssp
