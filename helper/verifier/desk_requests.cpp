#include "verifier/desk_requests.h"

#include "verifier/request_words.h"
#include "verifier/subscriber_row.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace ssp {

namespace {

constexpr std::string_view allowed_verbs = "user show NAME, user unlock|lock|reset|forget NAME --reason=TEXT";

/// What each word does, and what the desk is told when it is done.
struct Act {
    std::string_view word;
    DeskAct act;
    std::string_view event;
    std::string_view done;
    std::string_view notice; ///< shown to the person at the next sign-in; empty: they will notice anyway
};
constexpr auto acts = std::to_array<Act>({
    {"unlock", DeskAct::unlock, "user-unlocked", "can sign in again.", "lifted a lock on your account"},
    {"lock", DeskAct::lock, "user-locked", "is refused until unlock; no device is remembered any more.", ""},
    {"reset", DeskAct::reset, "user-reset", "sets up a second factor anew at the next sign-in.", ""},
    {"forget", DeskAct::forget_devices, "devices-forgotten", "has no remembered device any more.",
     "made this host forget your devices"},
});

std::string actor_of(Requester requester)
{
    if (requester.role == Role::administrator && requester.uid == 0)
        return "root";
    return "uid " + std::to_string(requester.uid) +
           (requester.role == Role::administrator ? " (administrator)" : " (support)");
}

AuditEntry entry_for(const Subscriber& subscriber, Requester requester, std::string_view event)
{
    AuditEntry entry;
    entry.event = event;
    entry.person = subscriber.identity;
    entry.actor = actor_of(requester);
    return entry;
}

/// A sentence about the words when they are no request of the desk; empty when they are.
std::string complaint_about(const RequestWords& words)
{
    const auto& plain = words.plain;
    if (plain.empty() || plain[0] != "user")
        return unknown_word(plain.empty() ? "" : plain[0], allowed_verbs);
    const bool shows = plain.size() > 1 && plain[1] == "show";
    const bool acts_on = plain.size() > 1 && std::ranges::find(acts, plain[1], &Act::word) != acts.end();
    if (!shows && !acts_on)
        return unknown_word(plain.size() > 1 ? plain[1] : "", allowed_verbs);
    if (plain.size() != 3 || plain[2].empty())
        return "user " + plain[1] + " needs the name of one person.";
    if (shows && words.reason)
        return "user show takes no reason.";
    if (acts_on && !words.reason)
        return "user " + plain[1] + " needs --reason=TEXT: it goes into the audit trail.";
    return {};
}

Task<Verdict> show(Ports ports, Rows& rows, Requester requester, Subscriber subscriber)
{
    const auto entry = entry_for(subscriber, requester, "user-shown");
    co_await ports.store.record(entry);
    const auto trusts = co_await ports.store.list_trust(subscriber.id);
    auto row = subscriber_row(subscriber, trusts, ports.clock.now());
    row.emplace_back("lock_reason", subscriber.lock_reason);
    row.emplace_back("guess_points", std::to_string(subscriber.guess_points));
    row.emplace_back("guess_points_allowed", std::to_string(ports.policy.guessing.yearly_points));
    row.emplace_back("failures_in_a_row", std::to_string(subscriber.consecutive_failures));
    rows.add(std::move(row));
    co_return Verdict::accepted;
}

/// Whether `person` is what the act makes of somebody.
bool is_done(DeskAct act, const Subscriber& person, const std::vector<Trust>& trusts, WallTime now)
{
    switch (act) {
    case DeskAct::lock: return person.locked_by_desk;
    case DeskAct::unlock:
        return !person.locked_by_desk && (!person.throttled_until || *person.throttled_until <= now);
    case DeskAct::reset: return person.authenticators.empty() && person.look_up_secrets_left == 0;
    case DeskAct::forget_devices: return std::ranges::none_of(trusts, &Trust::live);
    }
    return false;
}

/// An act that ended with an error may have been done: nothing is said before it was looked at. True: it was
/// done. False: the claimant was told what is known.
Task<bool> was_done_nevertheless(Ports ports, Claimant& claimant, DeskAct act, Subscriber before,
                                 std::vector<Trust> trusts_before)
{
    const auto now = ports.clock.now();
    const auto name = before.identity.name;
    auto after = co_await ports.store.find_subscriber_by_name(name).outcome();
    auto trusts = co_await ports.store.list_trust(before.id).outcome();
    if (!after || !*after || !trusts) {
        claimant.tell("It is not known whether this was done: the database failed meanwhile. Look with\n"
                      "ssp-mfa user show " +
                      name + " before you try again; journalctl -u ssp-mfad says what happened.");
        co_return false;
    }
    if (!is_done(act, before, trusts_before, now) && is_done(act, **after, *trusts, now))
        co_return true;
    claimant.tell("Nothing was changed: the database takes no changes now.\n"
                  "journalctl -u ssp-mfad says why.");
    co_return false;
}

/// The rows of somebody do not verify: every sign-in of theirs is refused. A reset believes nothing of them.
Task<Verdict> deal_with_damage(Ports ports, Claimant& claimant, Requester requester, RequestWords words)
{
    const auto name = words.plain[2];
    if (words.plain[1] != "reset" || requester.role != Role::administrator) {
        claimant.tell(
            "What is stored about " + quoted(name) +
            " does not verify: it was damaged, or changed by another hand. They are refused until root says\n"
            "ssp-mfa user reset " +
            name + " --reason=TEXT, or restores a backup.");
        co_return Verdict::rejected;
    }
    AuditEntry entry;
    entry.event = "user-reset";
    entry.person.name = name;
    entry.actor = actor_of(requester);
    entry.detail = "rows that did not verify: " + *words.reason;
    const bool done = co_await ports.store.reset_damaged(name, *words.reason, entry);
    if (!done) {
        claimant.tell(
            "Nothing was changed: somebody else changed it meanwhile. Look with ssp-mfa user show " + name +
            ".");
        co_return Verdict::rejected;
    }
    claimant.tell("What was stored about " + quoted(name) +
                  " did not verify: it is gone, with what was counted, and the account is locked.\n"
                  "Find out why it did not, then: ssp-mfa user unlock " +
                  name + " --reason=TEXT. They then set up a second factor anew.");
    co_return Verdict::accepted;
}

} // namespace

Task<Verdict> answer_desk_request(Ports ports, Claimant& claimant, Rows& rows, Requester requester,
                                  std::vector<std::string> words)
{
    const auto read = read_words(words);
    const auto complaint = read.complaint.empty() ? complaint_about(read.words) : read.complaint;
    if (!complaint.empty()) {
        claimant.tell(complaint);
        co_return Verdict::rejected;
    }
    const auto verb = read.words.plain[1];
    const auto name = read.words.plain[2];
    auto found = co_await ports.store.find_subscriber_by_name(name).outcome();
    if (!found && found.error().kind == ErrorKind::store_tampered)
        co_return co_await deal_with_damage(ports, claimant, requester, read.words);
    if (!found)
        co_return found.error();
    auto subscriber = std::move(*found);
    if (!subscriber) {
        claimant.tell("Nobody called " + quoted(name) + " has used a second factor here.");
        co_return Verdict::rejected;
    }
    if (verb == "show")
        co_return co_await show(ports, rows, requester, std::move(*subscriber));

    const auto* act = std::ranges::find(acts, std::string_view(verb), &Act::word);
    auto entry = entry_for(*subscriber, requester, act->event);
    entry.detail = *read.words.reason;
    auto trusts = co_await ports.store.list_trust(subscriber->id).outcome();
    if (!trusts && act->act != DeskAct::reset) // which deletes what does not verify
        co_return trusts.error();
    auto acted = co_await ports.store.act(subscriber->id, act->act, *read.words.reason, entry).outcome();
    if (!acted) {
        auto before = trusts ? std::move(*trusts) : std::vector<Trust>();
        const bool done = co_await was_done_nevertheless(ports, claimant, act->act, std::move(*subscriber),
                                                         std::move(before));
        if (!done)
            co_return acted.error();
    } else if (!act->notice.empty()) {
        const auto notice = "The support desk " + std::string(act->notice) + " on " +
                            time_text(ports.clock.now()).substr(0, 10) + ".";
        (void)co_await ports.store.add_notice(subscriber->id, notice).outcome(); // it was done without it
    }
    claimant.tell(quoted(name) + " " + std::string(act->done));
    co_return Verdict::accepted;
}

} // namespace ssp
