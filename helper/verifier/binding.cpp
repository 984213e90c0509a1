#include "verifier/binding.h"

#include "verifier/answers.h"
#include "verifier/out_of_band.h"
#include "verifier/prompts.h"
#include "verifier/qr.h"
#include "verifier/totp.h"

#include <algorithm>

namespace ssp {

namespace {

constexpr std::size_t longest_typed_number = 64;

AuditEntry bound_entry(const Attempt& attempt, AuthenticatorKind kind, Binding binding,
                       const std::string& what)
{
    auto entry = attempt.entry("authenticator-bound");
    entry.method = method_of(kind);
    entry.detail = binding == Binding::first ? "first sign-in, accepted" : "further way";
    entry.detail += what + ", reference " + attempt.reference;
    return entry;
}

/// Ends the attempt if this is to be the first authenticator and there is one already, or a further one and
/// the first is gone.
Task<void> check_still_stands(Attempt& attempt, Binding binding)
{
    if (binding == Binding::further) {
        co_await attempt.must_still_stand();
        co_return;
    }
    const auto person = co_await attempt.ports.store.find_subscriber(attempt.facts.person);
    attempt.epoch = person ? person->epoch : 0;
    if (person && !person->authenticators.empty())
        attempt.end(Verdict::rejected, "enrolled meanwhile", prompts::enrolled_meanwhile());
}

/// Asks until a usable number was typed; nothing when there is none.
Task<std::optional<SecretString>> ask_for_number(Attempt& attempt, AuthenticatorKind kind)
{
    const auto& policy = attempt.ports.policy;
    const auto channel = kind == AuthenticatorKind::voice_call ? Channel::voice_call : Channel::text_message;
    while (!attempt.over()) {
        const auto typed = co_await attempt.ask(prompts::ask_for_number(kind, policy.region));
        if (!typed || read_answer(*typed, 0).is_letter('c'))
            break;
        if (typed->size() > longest_typed_number) {
            attempt.puzzled_by_answer(prompts::number_refused(""));
            continue;
        }
        auto judged =
            co_await attempt.ports.delivery.judge_number(typed->clone(), channel, policy.region).outcome();
        if (!judged) {
            attempt.put_before_next(prompts::cannot_check_numbers());
            break;
        }
        if (judged->usable && is_ending_of(typed->reveal(), judged->e164.reveal()))
            co_return std::move(judged->e164);
        attempt.puzzled_by_answer(prompts::number_refused(judged->usable ? "" : judged->reason));
    }
    co_return std::nullopt;
}

/// How the app's key was shown last.
enum class Shown { qr, key, not_again };

struct AppCeremony {
    SubscriberId subscriber{};
    Binding binding = Binding::first;
    SecretString key;
    SecretString uri;
    Background background = Background::dark;
    Shown show = Shown::qr;
    bool qr_fits = true;
};

std::string question(const Attempt& attempt, const AppCeremony& ceremony)
{
    if (ceremony.show == Shown::not_again)
        return prompts::app_again(ceremony.qr_fits);
    const auto letters = totp::base32(ceremony.key, true);
    const auto qr = ceremony.qr_fits && ceremony.show == Shown::qr
                        ? qr_code(ceremony.uri, ceremony.background)
                        : std::nullopt;
    if (qr)
        return prompts::app_by_qr(*qr, letters);
    return prompts::app_by_key(letters, attempt.ports.policy.issuer, attempt.facts.person.name,
                               ceremony.qr_fits);
}

/// The key as apps read it. When names are long the issuer stands before the name only, where apps look too.
SecretString uri_that_fits(const SecretString& key, std::string_view issuer, std::string_view name)
{
    auto uri = totp::otpauth_uri(key, issuer, name);
    if (qr_code(uri, Background::dark))
        return uri;
    return SecretString(uri.reveal().substr(0, uri.reveal().find("&issuer=")));
}

Task<bool> judge_app_code(Attempt& attempt, AppCeremony& ceremony, SecretString code)
{
    TryCost cost;
    cost.points = totp::guess_points;
    const auto answer = co_await attempt.reserve_try(ceremony.subscriber, cost);
    if (answer == TryAnswer::budget_spent || answer == TryAnswer::everybody_spent)
        attempt.puzzled_by_answer(prompts::code_is_off(AuthenticatorKind::authenticator_app, answer));
    if (answer != TryAnswer::granted)
        co_return false;
    const auto step = totp::matched_step(ceremony.key, code.reveal(), attempt.ports.clock.now());
    if (!step) {
        ceremony.show = Shown::not_again;
        RefusedCode refused;
        co_await attempt.miss(ceremony.subscriber, "app", std::move(refused),
                              "That code is not valid (is the clock of the phone right?),");
        co_return false;
    }
    co_await check_still_stands(attempt, ceremony.binding);
    if (attempt.over())
        co_return false;
    NewAuthenticator bound;
    bound.kind = AuthenticatorKind::authenticator_app;
    bound.secret = ceremony.key.clone();
    bound.last_step = *step;
    bound.only_as_first = ceremony.binding == Binding::first;
    bound.epoch = attempt.epoch;
    auto entry = bound_entry(attempt, bound.kind, ceremony.binding, "");
    co_return co_await attempt.ports.store.bind(ceremony.subscriber, std::move(bound), attempt.points_spent(),
                                                std::move(entry));
}

} // namespace

bool is_ending_of(std::string_view typed, std::string_view e164) noexcept
{
    static constexpr std::size_t fewest_digits = 6;
    static constexpr std::size_t longest_country_code = 3;
    const bool international = typed.starts_with('+');
    const auto first = typed.find_first_of("123456789");
    if (first == std::string_view::npos || !e164.starts_with('+'))
        return false;
    typed.remove_prefix(first);
    e164.remove_prefix(1);

    std::size_t count = 0;
    for (std::size_t i = typed.size(); i > 0; --i) {
        const char c = typed[i - 1];
        if (c < '0' || c > '9')
            continue;
        if (count == e164.size() || e164[e164.size() - 1 - count] != c)
            return false;
        ++count;
    }
    const auto missing = e164.size() - count;
    return count >= fewest_digits && missing <= (international ? 0 : longest_country_code);
}

Task<bool> bind_phone(Attempt& attempt, SubscriberId subscriber, AuthenticatorKind kind, Binding binding)
{
    auto number = co_await ask_for_number(attempt, kind);
    if (!number)
        co_return false;
    auto proof = co_await prove_out_of_band(attempt, subscriber, kind, number->clone(), attempt.help());
    if (!proof.trouble.empty()) {
        attempt.put_before_next(proof.trouble);
        attempt.put_before_next(attempt.help());
    }
    if (!proof.proven)
        co_return false;
    co_await check_still_stands(attempt, binding);
    if (attempt.over())
        co_return false;

    NewAuthenticator bound;
    bound.kind = kind;
    bound.proven_by = proof.proven->id();
    bound.only_as_first = binding == Binding::first;
    bound.epoch = attempt.epoch;
    auto entry = bound_entry(attempt, kind, binding, ", number ending " + prompts::ending(*number));
    bound.secret = std::move(*number);
    const bool done = co_await attempt.ports.store.bind(subscriber, std::move(bound), attempt.points_spent(),
                                                        std::move(entry));
    if (done)
        proof.proven->let_go();
    else
        attempt.put_before_next(prompts::code_is_over());
    co_return done;
}

Task<bool> bind_app(Attempt& attempt, SubscriberId subscriber, Binding binding)
{
    auto key = totp::new_key(attempt.ports.random);
    if (!key)
        co_return key.error();
    AppCeremony ceremony;
    ceremony.subscriber = subscriber;
    ceremony.binding = binding;
    ceremony.key = std::move(*key);
    ceremony.uri = uri_that_fits(ceremony.key, attempt.ports.policy.issuer, attempt.facts.person.name);
    ceremony.qr_fits = qr_code(ceremony.uri, Background::dark).has_value();

    while (!attempt.over()) {
        const auto typed = co_await attempt.ask(question(attempt, ceremony));
        if (!typed)
            break;
        auto answer = read_answer(*typed, 0);
        if (answer.is_letter('c'))
            break;
        if (answer.is_letter('i') && ceremony.qr_fits) {
            ceremony.background =
                ceremony.background == Background::dark ? Background::light : Background::dark;
            ceremony.show = Shown::qr;
        } else if (answer.is_letter('k')) {
            ceremony.show = Shown::key;
        } else if (answer.is_code_of(totp::digits)) {
            const bool bound = co_await judge_app_code(attempt, ceremony, std::move(answer.code));
            if (bound)
                co_return true;
        } else if (answer.kind == AnswerKind::digits) {
            ceremony.show = Shown::not_again;
            attempt.puzzled_by_answer(prompts::has_other_digits(totp::digits));
        } else {
            ceremony.show = Shown::not_again;
            attempt.puzzled_by_answer(prompts::not_a_code());
        }
    }
    co_return false;
}

} // namespace ssp
