#include "store/lost_key.h"

#include "store/copy.h"
#include "store/database_file.h"
#include "store/history_mark.h"
#include "store/initialise.h"
#include "store/installation.h"
#include "store/schema.h"
#include "store/transactions.h"

#include <SQLiteCpp/Exception.h>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace ssp {

namespace {

constexpr std::int64_t nobodys_uid = 0xffffffff; ///< until it is taken away again
constexpr std::size_t longest_name = 256;
constexpr std::size_t longest_reason = 200;

Error refusal(const std::string& path, const std::string& why)
{
    return Error{ErrorKind::configuration, path + ": " + why};
}

Result<void> check_that_nobody_has_it(const std::string& database)
{
    const auto user = user_of(database);
    if (!user)
        return user.error();
    if (!user->empty())
        return refusal(database, *user + " has it open, and so has the master key in memory. Do not stop it: "
                                         "ssp-mfa key rotate --reason=TEXT gives the database a new key, and "
                                         "nothing is lost");
    return {};
}

/// As they stand: who cannot be verified is locked rather than not.
std::vector<UnreadableDatabase::Locked> locked_in(Connection& connection)
{
    std::vector<UnreadableDatabase::Locked> locked;
    auto rows = connection.query("SELECT uid, name, lock_reason FROM subscriber WHERE locked_by_desk <> 0");
    while (rows.next()) {
        UnreadableDatabase::Locked one{std::nullopt, rows.bytes(1), rows.bytes(2)};
        if (!rows.is_null(0))
            one.uid = rows.number(0);
        if (!one.name.empty() && one.name.size() <= longest_name)
            locked.push_back(std::move(one));
    }
    return locked;
}

UnreadableDatabase facts_of_unreadable(Connection& connection)
{
    UnreadableDatabase facts;
    auto node = connection.query("SELECT node_id FROM installation WHERE id = 1");
    if (node.next())
        facts.head.node_id = node.bytes(0);
    auto head =
        connection.query("SELECT sequence, mac FROM audit_head WHERE node_id = $1", facts.head.node_id);
    if (head.next()) {
        facts.head.sequence = head.number(0);
        facts.head.mac = head.array<std::tuple_size_v<Digest>>(1);
    }
    auto people = connection.query("SELECT count(*) FROM subscriber");
    if (people.next())
        facts.people = people.number(0);
    facts.locked = locked_in(connection);
    return facts;
}

Result<UnreadableDatabase> look(const std::string& file, const MasterKey* key, const MasterKey* next)
{
    auto connection = Connection::open(file);
    if (!connection)
        return connection.error();
    if ((*connection)->pragma("PRAGMA application_id") != application_id)
        return refusal(file, "belongs to another program");
    if (key == nullptr)
        key = next;
    if (key != nullptr) {
        const auto readable = read_installation(**connection, *key, next);
        if (readable)
            return Error{ErrorKind::not_permitted, "The master key opens " + file + ", so it is not lost"};
    }
    auto facts = facts_of_unreadable(**connection);
    (*connection)->execute("PRAGMA wal_checkpoint(TRUNCATE)");
    return facts;
}

/// The locks that were there, each with a row of its own in the audit trail.
Result<void> lock_again(Tables& rows, const UnreadableDatabase& before, WallTime now)
{
    const transactions::Terms terms{{now, {}, {}}, {}, {}};
    for (const auto& locked : before.locked) {
        const Identity person{static_cast<std::uint32_t>(locked.uid.value_or(nobodys_uid)), locked.name};
        auto row = rows.subscribers.add(person);
        if (!row)
            return row.error();
        if (!locked.uid) {
            row->uid.reset();
            if (auto saved = rows.subscribers.save(*row); !saved)
                return saved;
        }
        AuditEntry entry;
        entry.event = "user-locked";
        entry.person = person;
        entry.actor = "root";
        entry.detail = "was locked when the master key was lost";
        const auto reason = locked.reason.size() <= longest_reason ? locked.reason : std::string();
        if (auto done = transactions::act(rows, terms, row->id, DeskAct::lock, reason, entry); !done)
            return done.error();
    }
    return {};
}

/// Fills `file`; gives the mark that belongs to it.
Result<Mark> fill(const std::string& file, const NewBeginning& beginning, const MasterKey& key,
                  Random& random, WallTime now)
{
    if (auto filled = fill_new_store(file, key, random); !filled)
        return filled.error();
    auto rows = open_copy(file, key);
    if (!rows)
        return rows.error();
    const auto& before = beginning.before.head;
    AuditEntry entry;
    entry.event = "master-key-lost";
    entry.actor = "root";
    entry.detail =
        fmt::format("{}; begins anew after node {}, whose last audit row was {} with MAC {:02x}; kept as {}",
                    beginning.reason, before.node_id, before.sequence, fmt::join(before.mac, ""),
                    beginning.kept_as.substr(beginning.kept_as.rfind('/') + 1));
    (*rows)->connection->run("BEGIN IMMEDIATE");
    if (auto written = (*rows)->audit.append(entry, now); !written)
        return written.error();
    if (auto locked = lock_again(**rows, beginning.before, now); !locked)
        return locked.error();
    const auto head = (*rows)->audit.head();
    if (!head)
        return head.error();
    (*rows)->connection->run("COMMIT");
    close_copy(std::move(*rows));
    return Mark{*head, 0, now, false};
}

void remove(const std::string& file)
{
    for (const char* suffix : {"", "-wal", "-shm", "-journal"})
        ::unlink((file + suffix).c_str());
}

/// The mark first, so that what an interruption leaves is refused. An Error: the old database is in its
/// place.
Result<void> exchange(const NewBeginning& beginning, const Mark& mark, const MasterKey& key)
{
    const auto& database = beginning.database;
    if (auto put = HistoryMark::put_beside(database, mark, Seals(key), ::geteuid(), ::getegid()); !put)
        return put;
    if (::rename(mark_path(database).c_str(), mark_path(beginning.kept_as).c_str()) != 0 && errno != ENOENT)
        return refusal(mark_path(database), std::strerror(errno));
    auto done = HistoryMark::publish(database);
    if (done &&
        ::renameat2(AT_FDCWD, beginning.kept_as.c_str(), AT_FDCWD, database.c_str(), RENAME_EXCHANGE) != 0)
        done = refusal(database, std::strerror(errno));
    if (done)
        (void)sync_folder_of(database); // a power cut may undo it: that is refused, and can be done again
    else
        ::rename(mark_path(beginning.kept_as).c_str(), mark_path(database).c_str());
    return done;
}

} // namespace

Result<UnreadableDatabase> look_at_unreadable(const std::string& database, const MasterKey* key,
                                              const MasterKey* next)
{
    const auto locked = lock_folder_of(database);
    if (!locked)
        return locked.error();
    const auto file = check_database_file(database);
    if (!file)
        return file.error();
    if (auto free = check_that_nobody_has_it(*file); !free)
        return free.error();
    try {
        return look(*file, key, next);
    } catch (const SQLite::Exception& e) {
        return refusal(*file, e.what());
    }
}

Result<void> begin_anew(const NewBeginning& beginning, const MasterKey& key, Random& random,
                        const Clock& clock)
{
    const auto locked = lock_folder_of(beginning.database);
    if (!locked)
        return locked.error();
    const auto file = create_file(beginning.kept_as);
    if (!file)
        return file.error();
    Result<Mark> mark = Error{};
    try {
        mark = fill(beginning.kept_as, beginning, key, random, clock.now());
    } catch (const SQLite::Exception& e) {
        mark = Error{ErrorKind::store_unavailable, beginning.kept_as + ": " + e.what()};
    }
    auto done = mark ? Result<void>() : Result<void>(mark.error());
    ::unlink((beginning.database + "-shm").c_str());
    if (done && ::fsync(file->get()) != 0)
        done = refusal(beginning.kept_as, std::strerror(errno));
    if (done)
        done = exchange(beginning, *mark, key);
    if (!done)
        remove(beginning.kept_as);
    return done;
}

} // namespace ssp
