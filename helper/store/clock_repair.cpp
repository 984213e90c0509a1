#include "store/clock_repair.h"

#include "verifier/request_words.h"
#include "verifier/totp.h"

namespace ssp {

namespace {

/// People with anything that lies in the future.
std::vector<SubscriberId> people_ahead(Tables& rows, WallTime now)
{
    std::vector<SubscriberId> people;
    auto found = rows.connection->query("SELECT id FROM subscriber WHERE throttled_until > $1"
                                        " UNION SELECT subscriber_id FROM guess_points WHERE day > $2"
                                        " UNION SELECT subscriber_id FROM sending WHERE sent_at > $1"
                                        " UNION SELECT subscriber_id FROM authenticator WHERE last_step > $3",
                                        now, ledger_day(now), totp::step_at(now) + 1);
    while (found.next())
        people.push_back(SubscriberId{found.number(0)});
    return people;
}

Result<void> set_person_right(Tables& rows, SubscriberId id, const transactions::Terms& terms,
                              std::int64_t ahead_from)
{
    const auto now = terms.now.wall;
    auto row = rows.subscribers.load(id);
    if (!row)
        return row.error();
    set_right(row->standing, now, terms.guessing);
    if (row->standing != row->stored)
        if (auto saved = rows.subscribers.save(*row); !saved)
            return saved;
    const auto steps = rows.authenticators.change_steps(*row, [now, ahead_from](SpentSteps& spent) {
        return spent.set_right(totp::step_at(now), ahead_from);
    });
    return steps ? Result<void>() : steps.error();
}

} // namespace

Result<void> check_clock(WallTime newest, WallTime now)
{
    if (now >= newest - most_set_back)
        return {};
    return Error{ErrorKind::clock_set_back,
                 "the clock says " + time_text(now) + ", and the audit trail was written until " +
                     time_text(newest) +
                     ": nobody signs in until the clock is right. If it is right, and was ahead before: "
                     "ssp-mfa repair clock --reason=TEXT"};
}

Result<ClockRepair> transactions::repair_clock(Tables& rows, const Terms& terms, AuditEntry entry)
{
    const auto now = terms.now.wall;
    ClockRepair repair;
    repair.was_at = rows.audit.newest();
    repair.needed = !check_clock(repair.was_at, now);
    if (!repair.needed)
        return repair;

    const auto ahead_from = totp::step_at(rows.audit.first_after(now).value_or(repair.was_at)) - 1;
    rows.connection->run("DELETE FROM challenge");
    rows.connection->run("DELETE FROM trust");
    for (const auto person : people_ahead(rows, now)) {
        const auto done = set_person_right(rows, person, terms, ahead_from);
        if (!done && done.error().kind != ErrorKind::store_tampered)
            return done.error();
        ++(done ? repair.people : repair.damaged); // one damaged row must not keep everybody out
    }
    const auto everybody = rows.everybody.load();
    if (!everybody)
        return everybody.error();
    auto right = *everybody;
    set_right(right.points_by_day, now);
    rows.everybody.save(*everybody, right);
    if (auto counts = rows.send_counts.set_right(now); !counts)
        return counts.error();
    entry.detail += "; the clock had been at " + time_text(repair.was_at);
    rows.audit.note_newest(now);
    if (auto written = rows.audit.append(entry, now); !written)
        return written.error();
    return repair;
}

} // namespace ssp
