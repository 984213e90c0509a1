#include "verifier/sign_in.h"

#include "verifier/challenge.h"
#include "verifier/enrolment.h"
#include "verifier/prompts.h"
#include "verifier/reference.h"
#include "verifier/remembering.h"

#include <algorithm>

namespace ssp {

namespace {

constexpr Seconds remembered_for = std::chrono::minutes(15);

/// Why nobody is asked anything; nothing when somebody may be.
Task<std::optional<Verdict>> turn_away_limited(Attempt& attempt, const std::optional<Subscriber>& person,
                                               bool connection_used_up)
{
    const auto now = attempt.ports.clock.now();
    if (person && person->locked_by_desk)
        co_return co_await attempt.turn_away(Verdict::locked, "locked by the desk", prompts::locked());
    if (person && person->throttled_until && now < *person->throttled_until)
        co_return co_await attempt.turn_away(Verdict::locked, "throttled",
                                             prompts::throttled(*person->throttled_until - now));
    if (connection_used_up)
        co_return co_await attempt.turn_away(Verdict::locked, "connection used up",
                                             prompts::connection_used_up());
    co_return std::nullopt;
}

Task<void> show_notices(Attempt& attempt, const Subscriber& person)
{
    if (person.notices.empty())
        co_return;
    // Read anew: what came meanwhile would be cleared without having been shown.
    const auto known = co_await attempt.ports.store.find_subscriber(attempt.facts.person);
    const auto& notices = known ? known->notices : person.notices;
    attempt.claimant.tell(prompts::since_last_sign_in(notices, attempt.ports.policy.support_contact));
    auto entry = attempt.entry("notices-shown");
    entry.detail = std::to_string(notices.size()) + " of them, reference " + attempt.reference;
    co_await attempt.ports.store.clear_notices(person.id, std::move(entry));
}

Task<Verdict> challenge_person(Attempt& attempt, const Subscriber& person)
{
    auto entry = attempt.entry("sign-in-accepted");
    entry.detail = "reference " + attempt.reference;
    const auto verdict = co_await challenge(attempt, person, std::move(entry));
    if (verdict != Verdict::accepted)
        co_return verdict;
    attempt.note_acceptance();
    co_await show_notices(attempt, person);
    co_await ask_to_remember(attempt, person.id);
    co_return Verdict::accepted;
}

/// Notices from before stay for the next sign-in: it has one to show anyway.
Task<Verdict> enrol_person(Attempt& attempt)
{
    const auto enrolled = co_await enrol(attempt);
    if (!enrolled)
        co_return attempt.verdict();
    co_await ask_to_remember(attempt, *enrolled);
    co_return Verdict::accepted;
}

/// Inside a prompt: sshd shows nothing else before it ends. The answer means nothing.
Task<void> tell_of_the_clock(Attempt& attempt)
{
    Prompt prompt;
    prompt.text = prompts::closing(prompts::clock_is_wrong(), attempt.help());
    co_await attempt.claimant.ask(std::move(prompt));
}

Task<Verdict> decide(Attempt& attempt, Connections& connections, bool connection_used_up)
{
    auto found = co_await attempt.ports.store.find_subscriber(attempt.facts.person).outcome();
    if (!found && found.error().kind == ErrorKind::identity_changed)
        co_return co_await attempt.turn_away(Verdict::locked, "identity changed",
                                             prompts::identity_changed());
    if (!found && found.error().kind == ErrorKind::clock_set_back)
        co_await tell_of_the_clock(attempt);
    if (!found)
        co_return found.error();
    const std::optional<Subscriber> person = std::move(*found);

    if (person) {
        attempt.epoch = person->epoch;
        const bool trusted = co_await let_trusted_device_in(attempt, person->id);
        if (trusted)
            co_return Verdict::accepted;
    }
    const auto turned_away = co_await turn_away_limited(attempt, person, connection_used_up);
    if (turned_away)
        co_return *turned_away;
    const auto& clock = attempt.ports.clock;
    attempt.began_at = connections.first_sign_in(attempt.facts.connection, attempt.began_at, clock.now());
    if (person && !person->authenticators.empty())
        co_return co_await challenge_person(attempt, *person);
    co_return co_await enrol_person(attempt);
}

/// In the audit trail, of a sign-in that ended without anybody's decision.
std::string why_ended(const Error& error)
{
    switch (error.kind) {
    case ErrorKind::claimant_left: return "left";
    case ErrorKind::deadline_passed: return "no answer in time";
    default: return std::string("could not be decided: ") + word(error.kind);
    }
}

} // namespace

Connections::Entry& Connections::entry_of(const std::string& connection, WallTime now)
{
    static constexpr std::size_t most = 10000;
    const auto found = entries_.find(connection);
    if (found != entries_.end() && found->second.until > now)
        return found->second;
    if (entries_.size() >= most)
        std::erase_if(entries_, [now](const auto& entry) { return entry.second.until <= now; });
    if (entries_.size() >= most)
        entries_.erase(
            std::ranges::min_element(entries_, {}, [](const auto& entry) { return entry.second.until; }));
    Entry fresh;
    fresh.until = now + remembered_for;
    return entries_.insert_or_assign(connection, std::move(fresh)).first->second;
}

BootTime Connections::first_sign_in(const std::string& connection, BootTime boot_now, WallTime now)
{
    if (connection.empty())
        return boot_now;
    auto& entry = entry_of(connection, now);
    if (!entry.began)
        entry.began = boot_now;
    return *entry.began;
}

void Connections::remember_used_up(const std::string& connection, std::string reference, WallTime now)
{
    if (connection.empty())
        return;
    auto& entry = entry_of(connection, now);
    entry.used_up = std::move(reference);
    entry.until = now + remembered_for;
}

std::optional<std::string> Connections::used_up_as(const std::string& connection, WallTime now) const
{
    const auto found = entries_.find(connection);
    if (found == entries_.end() || found->second.until <= now)
        return std::nullopt;
    return found->second.used_up;
}

Task<Verdict> sign_in(Ports ports, Connections& connections, Claimant& claimant, SignInFacts facts)
{
    const auto used_up_as = connections.used_up_as(facts.connection, ports.clock.now());
    auto reference = new_reference(ports.random);
    if (!reference)
        co_return reference.error();
    Attempt attempt(ports, claimant, std::move(facts), used_up_as.value_or(*reference));

    auto ended = co_await decide(attempt, connections, used_up_as.has_value()).outcome();
    if (!ended) {
        if (ended.error().kind == ErrorKind::deadline_passed)
            claimant.tell(prompts::no_answer_in_time() + '\n' + attempt.help());
        else if (ended.error().kind == ErrorKind::clock_set_back)
            claimant.tell(prompts::clock_is_wrong() + '\n' + attempt.help());
        else if (ended.error().kind != ErrorKind::claimant_left)
            claimant.tell(prompts::helper_cannot_decide() + '\n' + attempt.help());
        const auto why = why_ended(ended.error());
        if (ended.error().kind != ErrorKind::store_unavailable)
            (void)co_await attempt.record_refusal(why).outcome(); // refused, whether it can be written or not
        co_return Error{ended.error().kind, ended.error().detail + ", reference " + attempt.reference};
    }
    if (*ended == Verdict::accepted)
        co_return Verdict::accepted;
    if (attempt.tries_used_up())
        connections.remember_used_up(attempt.facts.connection, attempt.reference, ports.clock.now());
    co_await attempt.record_refusal();
    co_return *ended;
}

} // namespace ssp
