#include "store/key_rotation.h"

#include "store/installation.h"

#include <SQLiteCpp/Exception.h>
#include <algorithm>
#include <fmt/format.h>

namespace ssp {

namespace {

using namespace std::chrono_literals;

constexpr int people_at_a_time = 16;
constexpr int counts_at_a_time = 64;
constexpr auto longest_code = 1h; // no challenge lives longer

Chore::Time now() { return std::chrono::steady_clock::now(); }

/// Rows that are not under this key. The trail and its kept keys stay under theirs.
std::int64_t rows_left(Tables& rows, std::int64_t newest)
{
    auto count = rows.connection->query("SELECT (SELECT count(*) FROM subscriber WHERE key_id <> $1)"
                                        " + (SELECT count(*) FROM authenticator WHERE key_id <> $1)"
                                        " + (SELECT count(*) FROM look_up_secret WHERE key_id <> $1)"
                                        " + (SELECT count(*) FROM challenge WHERE key_id <> $1)"
                                        " + (SELECT count(*) FROM trust WHERE key_id <> $1)"
                                        " + (SELECT count(*) FROM send_count WHERE key_id <> $1)"
                                        " + (SELECT count(*) FROM everybody WHERE key_id <> $1)"
                                        " + (SELECT count(*) FROM kept_key WHERE key_id <> $1)",
                                        newest);
    return count.next() ? count.number(0) : 0;
}

/// When the last code that can still be typed is over.
Chore::Time end_of_codes(Tables& rows, WallTime wall)
{
    auto last = rows.connection->query("SELECT max(expires_at) FROM challenge WHERE expires_at > $1", wall);
    if (!last.next() || last.is_null(0))
        return now();
    return now() + std::min<Seconds>(last.wall_time(0) - wall, longest_code);
}

Error refusal(const char* sentence) { return Error{ErrorKind::not_permitted, sentence}; }

} // namespace

bool KeyRotationJob::run(Tables& rows)
{
    note(false); // a batch that found no room is run again
    if (rows.keys->is_rotating() == (part_ == Part::end))
        rows_ = &rows;
    result_ = work_(rows);
    if (!result_)
        note(false);
    return result_.has_value();
}

void KeyRotationJob::refuse(Error error)
{
    result_ = std::move(error);
    note(false);
}

void KeyRotationJob::note(bool durable)
{
    if (auto* rows = std::exchange(rows_, nullptr))
        rotating_.note(*rows, part_, durable);
}

KeyRotating::KeyRotating(Tables& rows) : Chore(Room::none)
{
    auto stored = rows.connection->query("SELECT rows FROM key_rotation WHERE id = 1");
    if (stored.next())
        progress_.rows = stored.number(0);
    progress_.left = rows_left(rows, rows.keys->newest().key_id);
    describe(rows);
}

Result<void> KeyRotating::begin(Tables& rows, const MasterKey& next, AuditEntry entry, WallTime now)
{
    auto& keys = *rows.keys;
    if (keys.is_rotating())
        return refusal("A rotation of the master key is under way.");
    const auto id = Seals(next).key_id;
    if (keys.audit_under(id) != nullptr)
        return refusal("That key is or was the master key of this database. Make another one.");

    const auto old = keys.current().key_id;
    codes_over_ = end_of_codes(rows, now);
    keys.begin_rotation(next);
    entry.detail = fmt::format("{} to {}: {}", key_name(old), key_name(id), entry.detail);
    auto done = write_kept_keys(*rows.connection, keys, random_);
    if (done)
        done = rows.audit.append(entry, now);
    if (!done)
        return done;
    const auto left = rows_left(rows, id);
    rows.connection->run("INSERT INTO key_rotation (id, key_id, key_check, began_at, rows)"
                         " VALUES (1, $1, $2, $3, $4)",
                         id, key_check(keys.newest(), rows.audit.node_id()), now, left);
    begin_pass();
    due_ = {};
    const std::lock_guard lock(mutex_);
    progress_.rows = progress_.left = left;
    return {};
}

Result<void> KeyRotating::end(Tables& rows, WallTime now)
{
    const auto& keys = *rows.keys;
    if (!keys.is_rotating() || rows_left(rows, keys.newest().key_id) != 0)
        return refusal("Not every row is under the new key yet.");
    AuditEntry entry;
    entry.event = audit_event::key_rotated;
    entry.actor = "ssp-mfad";
    entry.detail = fmt::format("{} to {}", key_name(keys.current().key_id), key_name(keys.newest().key_id));
    rows.connection->run("UPDATE installation SET key_id = $1, key_check = $2 WHERE id = 1",
                         keys.newest().key_id, key_check(keys.newest(), rows.audit.node_id()));
    rows.connection->run("DELETE FROM key_rotation");
    if (auto written = rows.audit.append(entry, now); !written)
        return written.error();
    rows.for_journal.push_back(std::move(entry));
    return {};
}

bool KeyRotating::is_ready() const
{
    const std::lock_guard lock(mutex_);
    return ready_;
}

KeyRotation KeyRotating::progress() const
{
    const std::lock_guard lock(mutex_);
    return progress_;
}

std::shared_ptr<KeyRotationJob> KeyRotating::beginning(MasterKey next, AuditEntry entry, WallTime now)
{
    const auto key = std::make_shared<MasterKey>(std::move(next)); // a std::function is copied
    return std::make_shared<KeyRotationJob>(
        *this, KeyRotationJob::Part::begin,
        [this, key, entry = std::move(entry), now](Tables& rows) { return begin(rows, *key, entry, now); });
}

std::shared_ptr<KeyRotationJob> KeyRotating::ending(WallTime now)
{
    return std::make_shared<KeyRotationJob>(*this, KeyRotationJob::Part::end,
                                            [now](Tables& rows) { return end(rows, now); });
}

void KeyRotating::note(Tables& rows, KeyRotationJob::Part part, bool durable)
{
    if (part == KeyRotationJob::Part::begin && !durable)
        rows.keys->drop_successor();
    if (part == KeyRotationJob::Part::end && durable)
        rows.keys->end_rotation();
    describe(rows);
    const std::lock_guard lock(mutex_);
    ready_ = false;
}

std::optional<Chore::Time> KeyRotating::due(const Tables& rows) const
{
    if (!rows.keys->is_rotating() || is_ready())
        return std::nullopt;
    return due_;
}

bool KeyRotating::run(Tables& rows)
{
    failed_ = false;
    due_ = {};
    moved_all_ = false;
    const bool only_counts_left = people_done_;
    const int moved = only_counts_left ? move_send_counts(rows) : move_people(rows);
    {
        const std::lock_guard lock(mutex_);
        progress_.left = std::max<std::int64_t>(0, progress_.left - moved);
    }
    if (only_counts_left && moved < counts_at_a_time)
        end_pass(rows);
    return true;
}

void KeyRotating::refuse(Error) { failed_ = true; } // the writer has told why

int KeyRotating::move_people(Tables& rows)
{
    std::vector<std::int64_t> people;
    {
        auto found = rows.connection->query(
            "SELECT id FROM subscriber AS person WHERE id > $1 AND (key_id <> $2"
            " OR EXISTS (SELECT 1 FROM authenticator WHERE subscriber_id = person.id AND key_id <> $2)"
            " OR EXISTS (SELECT 1 FROM look_up_secret WHERE subscriber_id = person.id AND key_id <> $2)"
            " OR EXISTS (SELECT 1 FROM trust WHERE subscriber_id = person.id AND key_id <> $2))"
            " ORDER BY id LIMIT $3",
            last_person_, rows.keys->newest().key_id, std::int64_t{people_at_a_time});
        while (found.next())
            people.push_back(found.number(0));
    }
    people_done_ = people.size() < people_at_a_time;
    int moved = 0;
    for (const auto id : people) {
        last_person_ = id;
        auto count = move_person(rows, SubscriberId{id});
        if (count)
            moved += *count;
        else
            note_bad(count.error());
    }
    return moved;
}

/// All rows of one person, or those in front of the first that does not verify: it is not signed again.
Result<int> KeyRotating::move_person(Tables& rows, SubscriberId id)
{
    auto person = rows.subscribers.load(id);
    if (!person)
        return person.error();
    const auto authenticators = rows.authenticators.renew(*person, random_);
    if (!authenticators)
        return authenticators.error();
    const auto trusts = rows.trust.renew(*person);
    if (!trusts)
        return trusts.error();
    int moved = *authenticators + *trusts;
    if (person->key_id != rows.keys->newest().key_id) {
        if (auto saved = rows.subscribers.save(*person); !saved)
            return saved.error();
        moved += 1;
    }
    return moved;
}

int KeyRotating::move_send_counts(Tables& rows)
{
    const auto count = rows.send_counts.renew(last_count_, counts_at_a_time);
    if (!count) {
        note_bad(count.error());
        return 0;
    }
    return *count;
}

/// Everybody was looked at. What is left: codes that were sent before, and rows that do not verify.
void KeyRotating::end_pass(Tables& rows)
{
    rows.challenges.forget_old(now() >= codes_over_);
    if (auto moved = rows.everybody.renew(); !moved)
        note_bad(moved.error());
    const auto left = rows_left(rows, rows.keys->newest().key_id);
    moved_all_ = left == 0;
    due_ = now() + (first_bad_.empty() ? 1s : 3s);
    describe(rows);
    const std::lock_guard lock(mutex_);
    progress_.left = left;
    progress_.first_bad = first_bad_;
}

void KeyRotating::begin_pass()
{
    last_person_ = 0;
    last_count_ = {};
    people_done_ = false;
    first_bad_.clear();
}

void KeyRotating::note_bad(const Error& error)
{
    if (first_bad_.empty())
        first_bad_ = error.detail;
}

/// Sealed rows of before may still lie in the WAL: it is emptied before the old key goes.
std::string KeyRotating::settle(Tables& rows)
{
    const bool pass_ended = due_ != Time{};
    if (failed_) {
        begin_pass();
        due_ = now() + 1s;
        return {};
    }
    if (!pass_ended)
        return {};
    std::string alarm;
    if (!first_bad_.empty() && first_bad_ != told_)
        alarm = fmt::format("the rotation of the master key waits: {} does not verify, and is not signed "
                            "again. See: ssp-mfa key status",
                            first_bad_);
    told_ = first_bad_;
    begin_pass();
    if (moved_all_ && empties_the_wal(*rows.connection)) {
        const std::lock_guard lock(mutex_);
        ready_ = true;
    }
    return alarm;
}

bool KeyRotating::empties_the_wal(Connection& connection)
{
    bool emptied = false;
    connection.raw().setBusyTimeout(0); // people wait behind this
    try {
        auto checkpoint = connection.query("PRAGMA wal_checkpoint(TRUNCATE)");
        emptied = checkpoint.next() && checkpoint.number(0) == 0;
    } catch (const SQLite::Exception&) {
        emptied = false; // tried again in the next pass
    }
    connection.raw().setBusyTimeout(lock_wait_ms);
    return emptied;
}

void KeyRotating::describe(const Tables& rows)
{
    const auto& keys = *rows.keys;
    const std::lock_guard lock(mutex_);
    progress_.key = key_name(keys.current().key_id);
    progress_.next = keys.is_rotating() ? key_name(keys.newest().key_id) : "";
}

} // namespace ssp
