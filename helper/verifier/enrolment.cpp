#include "verifier/enrolment.h"

#include "verifier/answers.h"
#include "verifier/binding.h"
#include "verifier/call_progress.h"
#include "verifier/look_up_secret.h"
#include "verifier/prompts.h"

namespace ssp {

namespace {

using Ways = std::vector<AuthenticatorKind>;

/// Accounts that belong to no person: Debian's system accounts, nobody, and those that systemd makes up for
/// services (UIDS-GIDS of systemd). root is a person's.
bool is_nobodys(std::uint32_t uid) noexcept
{
    return (uid >= 1 && uid <= 999) || (uid >= 61184 && uid <= 65519) || uid == 65534 || uid == 65535 ||
           uid == 0xffffffffU;
}

struct Offer {
    Ways ways;
    Ways need_time; ///< permitted, but login(1) ends a sign-in before they are set up
};

Offer permitted_ways(const Attempt& attempt)
{
    const auto& policy = attempt.ports.policy;
    const bool console = attempt.is_console_login();
    Offer offer;
    if (policy.text_message)
        offer.ways.push_back(AuthenticatorKind::text_message);
    if (policy.voice_call)
        (console && !call_can_finish(attempt) ? offer.need_time : offer.ways)
            .push_back(AuthenticatorKind::voice_call);
    // Too short for finding, opening and filling an app.
    if (policy.authenticator_app)
        (console ? offer.need_time : offer.ways).push_back(AuthenticatorKind::authenticator_app);
    return offer;
}

Task<bool> set_up(Attempt& attempt, SubscriberId subscriber, AuthenticatorKind kind, Binding binding)
{
    if (kind == AuthenticatorKind::authenticator_app)
        co_return co_await bind_app(attempt, subscriber, binding);
    co_return co_await bind_phone(attempt, subscriber, kind, binding);
}

/// The person and what was bound; nothing when the attempt is over.
struct FirstWay {
    SubscriberId subscriber{};
    AuthenticatorKind kind{};
};

Task<std::optional<FirstWay>> bind_first_way(Attempt& attempt, Offer offer)
{
    const auto& ways = offer.ways;
    while (!attempt.over()) {
        const auto typed = co_await attempt.ask(prompts::choose_first_way(
            ways, attempt.ports.policy.voice_digits, offer.need_time, attempt.help()));
        if (!typed)
            break;
        const auto answer = read_answer(*typed, static_cast<int>(ways.size()));
        if (answer.kind != AnswerKind::option) {
            attempt.puzzled_by_answer(prompts::not_a_code());
            continue;
        }
        FirstWay first;
        first.kind = ways[static_cast<std::size_t>(answer.option) - 1];
        first.subscriber = co_await attempt.ports.store.add_subscriber(attempt.facts.person);
        const bool bound = co_await set_up(attempt, first.subscriber, first.kind, Binding::first);
        if (bound)
            co_return first;
    }
    co_return std::nullopt;
}

Task<void> offer_second_way(Attempt& attempt, FirstWay first, Ways ways)
{
    if (ways.size() < 2) {
        attempt.put_before_next(prompts::is_set_up(first.kind));
        co_return;
    }
    while (!attempt.over()) {
        const auto typed = co_await attempt.ask(prompts::offer_second_way(ways, first.kind));
        if (!typed)
            break;
        const auto answer = read_answer(*typed, static_cast<int>(ways.size()));
        if (answer.is_letter('n'))
            break;
        const auto kind = answer.kind == AnswerKind::option
                              ? ways[static_cast<std::size_t>(answer.option) - 1]
                              : first.kind;
        if (kind == first.kind) {
            attempt.puzzled_by_answer(prompts::not_a_code());
            continue;
        }
        const bool bound = co_await set_up(attempt, first.subscriber, kind, Binding::further);
        if (bound) {
            attempt.put_before_next(prompts::is_set_up(kind));
            break;
        }
    }
}

/// Recovery codes count from the moment at which the person says that they are kept.
Task<void> offer_recovery_codes(Attempt& attempt, SubscriberId subscriber, std::vector<SecretString> secrets)
{
    std::vector<SecretString> shown;
    shown.reserve(secrets.size());
    for (const auto& secret : secrets)
        shown.push_back(grouped_look_up_secret(secret));

    while (!attempt.over()) {
        const auto typed = co_await attempt.ask(prompts::show_recovery_codes(shown));
        if (!typed || is_word(*typed, "later"))
            break;
        if (is_word(*typed, "saved")) {
            auto entry = attempt.entry("recovery-codes-issued");
            entry.detail = std::to_string(secrets.size()) + " codes, reference " + attempt.reference;
            NewLookUpSecrets anew{std::move(secrets), attempt.epoch};
            co_await attempt.ports.store.replace_look_up_secrets(subscriber, std::move(anew), entry);
            break;
        }
        attempt.puzzled_by_answer(prompts::saved_or_later());
    }
}

} // namespace

Task<std::optional<SubscriberId>> enrol(Attempt& attempt)
{
    const auto& policy = attempt.ports.policy;
    if (policy.enrolment == EnrolmentMode::closed) {
        co_await attempt.turn_away(Verdict::not_enrolled, "enrolment is closed", prompts::enrolment_closed());
        co_return std::nullopt;
    }
    if (is_nobodys(attempt.facts.person.uid)) {
        co_await attempt.turn_away(Verdict::not_enrolled, "the account of no person",
                                   prompts::enrolment_closed());
        co_return std::nullopt;
    }
    const auto offer = permitted_ways(attempt);
    if (offer.ways.empty()) {
        co_await attempt.turn_away(Verdict::not_enrolled, "no way to enrol here", prompts::no_way_here());
        co_return std::nullopt;
    }
    const auto first = co_await bind_first_way(attempt, offer);
    if (!first)
        co_return std::nullopt;

    attempt.note_acceptance();
    co_await offer_second_way(attempt, *first, offer.ways);
    auto secrets = new_look_up_secrets(attempt.ports.random);
    if (!secrets)
        co_return secrets.error();
    co_await offer_recovery_codes(attempt, first->subscriber, std::move(*secrets));
    co_return first->subscriber;
}

} // namespace ssp
