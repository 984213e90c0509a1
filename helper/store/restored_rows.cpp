#include "store/restored_rows.h"

#include "store/transactions.h"
#include "verifier/request_words.h"
#include "verifier/totp.h"

namespace ssp {

namespace {

std::vector<SubscriberId> everybody(Tables& rows)
{
    std::vector<SubscriberId> people;
    auto found = rows.connection->query("SELECT id FROM subscriber ORDER BY id");
    while (found.next())
        people.push_back(SubscriberId{found.number(0)});
    return people;
}

std::string notice(WallTime backup, bool had_codes)
{
    return "This computer was restored from a backup of " + time_text(backup).substr(0, 10) +
           ". No device is remembered any more" +
           (had_codes
                ? ", and your recovery codes no longer work: make new ones with ssp-mfa recovery-codes. "
                : ". ") +
           "Look with ssp-mfa status whether your telephone numbers are still right.";
}

/// Failures in a row at each authenticator.
Result<void> take_higher_failures(Tables& rows, const SubscriberRow& person, Tables& present,
                                  const SubscriberRow& theirs)
{
    const auto here = rows.authenticators.all(person);
    if (!here)
        return here.error();
    const auto there = present.authenticators.all(theirs);
    if (!there)
        return {}; // what does not verify there says nothing
    for (const auto& ours : *here)
        for (const auto& other : *there)
            if (other.kind == ours.kind && other.failures > ours.failures)
                if (auto set = rows.authenticators.set_failures(person, ours.id, other.failures); !set)
                    return set;
    return {};
}

Result<void> raise(Tables& rows, Tables* present, SubscriberId id, const Floor& floor, WallTime backup)
{
    auto person = rows.subscribers.load(id);
    if (!person)
        return person.error();
    std::optional<SubscriberRow> theirs;
    if (present != nullptr) // a row that does not verify there says nothing; the others count
        if (auto known = present->subscribers.find_by_name(person->name))
            theirs = std::move(*known);
    if (theirs)
        take_higher(person->standing, theirs->standing);
    end_all_trust(person->standing);
    if (auto saved = rows.subscribers.save(*person); !saved)
        return saved.error();
    if (theirs)
        if (auto failures = take_higher_failures(rows, *person, *present, *theirs); !failures)
            return failures;
    const auto lifted = rows.authenticators.change_steps(*person, [&floor](SpentSteps& steps) {
        const bool higher = steps.last < step_above(floor);
        steps.last = std::max(steps.last, step_above(floor));
        return higher;
    });
    if (!lifted)
        return lifted.error();
    if (person->authenticators > 0)
        if (auto told = transactions::add_notice(
                rows, id, notice(backup, rows.authenticators.look_up_secrets_left(id) > 0));
            !told)
            return told.error();
    return {};
}

/// Whoever is known to the other database alone: what they used up is not forgotten.
Result<std::int64_t> add_those_of(Tables& present, Tables& rows)
{
    std::int64_t added = 0;
    for (const auto id : everybody(present)) {
        const auto theirs = present.subscribers.load(id);
        if (!theirs || !theirs->uid)
            continue;
        const Identity identity{static_cast<std::uint32_t>(*theirs->uid), theirs->name};
        const auto known = rows.subscribers.find(identity);
        if (!known || *known)
            continue;
        auto person = rows.subscribers.add(identity);
        if (!person)
            return person.error();
        take_higher(person->standing, theirs->standing);
        if (auto saved = rows.subscribers.save(*person); !saved)
            return saved.error();
        ++added;
    }
    return added;
}

} // namespace

std::int64_t step_above(const Floor& floor) noexcept
{
    return std::max(floor.step, totp::step_at(floor.newest) + 1);
}

Result<Voided> void_the_past(Tables& rows, Tables* present, const Floor& floor, WallTime now,
                             const Progress& progress)
{
    const auto backup = rows.audit.last_written();
    rows.connection->run("DELETE FROM challenge");
    rows.connection->run("DELETE FROM trust");
    const auto people = everybody(rows);
    std::int64_t done = 0;
    Voided voided;
    for (const auto id : people) {
        if (auto raised = raise(rows, present, id, floor, backup); !raised) {
            if (raised.error().kind != ErrorKind::store_tampered)
                return raised.error();
            ++voided.damaged; // what does not verify opens nothing, and keeps nobody else out
        }
        progress(++done, static_cast<std::int64_t>(people.size()));
    }
    rows.connection->run("DELETE FROM look_up_secret");
    if (present == nullptr)
        return voided;
    const auto everybody = rows.everybody.load();
    if (!everybody)
        return everybody.error();
    if (const auto theirs = present->everybody.load()) {
        auto higher = *everybody;
        take_higher(higher.points_by_day, theirs->points_by_day);
        rows.everybody.save(*everybody, higher);
    }
    if (auto counts = rows.send_counts.take_higher(present->send_counts, now); !counts)
        return counts.error();
    auto added = add_those_of(*present, rows);
    if (!added)
        return added.error();
    voided.only_there = *added;
    return voided;
}

} // namespace ssp
