#include "store/restore.h"

#include "store/database_file.h"
#include "store/history_mark.h"
#include "store/installation.h"

#include <SQLiteCpp/Exception.h>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace ssp {

namespace {

Error refusal(const std::string& path, const std::string& why)
{
    return Error{ErrorKind::configuration, path + ": " + why};
}

/// The database that is there: whatever of it can be read.
struct Present {
    std::unique_ptr<Tables> rows;
    std::string objection;
    std::optional<Mark> mark;
};

Result<void> check_that_nobody_has_it(const std::string& database)
{
    const auto user = user_of(database);
    if (!user)
        return user.error();
    if (!user->empty())
        return refusal(database, fmt::format("{} has it open. Stop ssp-mfad first: systemctl stop "
                                             "ssp-mfad.socket ssp-mfad.service",
                                             *user));
    return {};
}

/// Nothing in its place, or a file of ours alone.
Result<bool> is_there(const std::string& path)
{
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0)
        return errno == ENOENT ? Result<bool>(false) : refusal(path, std::strerror(errno));
    if (const auto why = objection_to(status); !why.empty())
        return refusal(path, why);
    return true;
}

Present read_present(const std::string& database, const MasterKey& key)
{
    Present present;
    try {
        auto rows = open_copy(database, key);
        if (rows)
            present.rows = std::move(*rows);
        else
            present.objection = rows.error().detail;
    } catch (const SQLite::Exception& e) {
        present.objection = e.what();
    }
    return present;
}

/// The steps and the time that surely lie behind whatever was accepted before.
Floor floor_above(Tables& backup, const Present& present, WallTime now)
{
    Floor floor{std::max(now, backup.audit.last_written()), 0};
    if (present.rows)
        floor.newest = std::max(floor.newest, present.rows->audit.last_written());
    if (present.mark) {
        floor.newest = std::max(floor.newest, present.mark->newest);
        floor.step = present.mark->highest_step;
    }
    return floor;
}

Result<Mark> make_new(Tables& rows, const Present& present, const RestoreOrder& order, WallTime now,
                      Restored& done, const Progress& progress)
{
    if (present.mark && present.mark->head.node_id != done.backup.node_id)
        return Error{ErrorKind::configuration,
                     fmt::format("the backup is of node {}, and this host is node {}", done.backup.node_id,
                                 present.mark->head.node_id)};
    const auto floor = floor_above(rows, present, now);
    rows.connection->run("BEGIN IMMEDIATE");
    auto voided = void_the_past(rows, present.rows.get(), floor, now, progress);
    if (!voided)
        return voided.error();
    done.people = *voided;
    AuditEntry entry;
    entry.event = audit_event::restored;
    entry.actor = "root";
    entry.detail = fmt::format("{}; from a backup whose last row is {} of {:%Y-%m-%dT%H:%M:%SZ}",
                               order.reason, done.backup.audit_rows, done.backup.newest);
    if (auto written = rows.audit.append(entry, now); !written)
        return written.error();
    mark_clean(*rows.connection, true);
    const auto head = rows.audit.head();
    if (!head)
        return head.error();
    rows.connection->run("COMMIT");
    return Mark{*head, std::max(floor.step, step_above(floor)), std::max(floor.newest, now), false};
}

/// The new file in its place, the old one beside it. The WAL of the old one must never meet the new one.
Result<void> exchange(const std::string& made, const std::string& database, const std::string& kept,
                      bool replaces)
{
    if (::rename((database + "-wal").c_str(), (kept + "-wal").c_str()) != 0 && errno != ENOENT)
        return refusal(database + "-wal", std::strerror(errno));
    ::unlink((database + "-shm").c_str());
    const unsigned how = replaces ? RENAME_EXCHANGE : RENAME_NOREPLACE;
    if (::renameat2(AT_FDCWD, made.c_str(), AT_FDCWD, database.c_str(), how) != 0)
        return refusal(database, std::strerror(errno));
    if (replaces && ::rename(made.c_str(), kept.c_str()) != 0)
        return refusal(kept, std::strerror(errno));
    return sync_folder_of(database);
}

void remove(const std::string& file)
{
    for (const char* suffix : {"", "-wal", "-shm", "-journal"})
        ::unlink((file + suffix).c_str());
}

/// The rows of the backup in the file `made`, safe to be served, with the mark that belongs to them beside.
Result<void> fill(const RestoreOrder& order, int file, const std::string& made, bool replaces, Restored& done,
                  const Progress& progress)
{
    if (auto copied = copy_bytes(order.backup, file, made, progress); !copied)
        return copied;
    auto rows = open_copy(made, order.key);
    if (!rows)
        return Error{rows.error().kind, "the backup: " + rows.error().detail};
    done.backup = facts_of(**rows);
    auto present = replaces ? read_present(order.database, order.key) : Present{};
    done.present_objection = present.objection;
    if (const auto mark = HistoryMark::open(order.database, *(*rows)->keys))
        present.mark = mark->last();
    const auto mark = make_new(**rows, present, order, done.at, done, progress);
    if (!mark)
        return mark.error();
    const auto& seals = (*rows)->keys->newest();
    if (auto put = HistoryMark::put_beside(order.database, *mark, seals, ::geteuid(), ::getegid()); !put)
        return put.error();
    close_copy(std::move(*rows));
    return {};
}

/// fill(), durably, and nobody opened the database meanwhile; else nothing is left of it.
Result<void> make_whole(const RestoreOrder& order, int file, const std::string& made, bool replaces,
                        Restored& done, const Progress& progress)
{
    Result<void> ended = Error{};
    try {
        ended = fill(order, file, made, replaces, done, progress);
    } catch (const SQLite::Exception& e) {
        ended = Error{ErrorKind::store_unavailable, std::string("the backup: ") + e.what()};
    }
    if (ended)
        ended = check_that_nobody_has_it(order.database);
    if (ended && ::fsync(file) != 0)
        ended = refusal(made, std::strerror(errno));
    if (!ended)
        remove(made);
    return ended;
}

/// Whether there is a database to be replaced, which nobody has open.
Result<bool> look_at_place(const std::string& database)
{
    auto replaces = is_there(database);
    if (!replaces)
        return replaces;
    for (const char* suffix : {"-wal", "-shm", ".mark"})
        if (auto fine = is_there(database + suffix); !fine)
            return fine;
    if (auto free = check_that_nobody_has_it(database); !free)
        return free.error();
    return replaces;
}

} // namespace

Result<Restored> restore_store(const RestoreOrder& order, const Clock& clock, const Progress& progress)
{
    const auto& database = order.database;
    const auto locked = lock_folder_of(database);
    if (!locked)
        return locked.error();
    const auto replaces = look_at_place(database);
    if (!replaces)
        return replaces.error();

    Restored done;
    done.at = clock.now();
    const auto kept = fmt::format("{}.before-{:%Y%m%dT%H%M%SZ}", database, done.at);
    const auto made = database + ".restoring";
    if (::access(made.c_str(), F_OK) == 0 && ::rename(made.c_str(), (kept + ".left").c_str()) != 0)
        return refusal(made, std::strerror(errno));
    auto file = create_file(made);
    if (!file)
        return file.error();
    if (auto whole = make_whole(order, file->get(), made, *replaces, done, progress); !whole)
        return whole.error();
    if (auto exchanged = exchange(made, database, kept, *replaces); !exchanged)
        return exchanged.error();
    if (auto put = HistoryMark::publish(database); !put)
        return put.error();
    done.kept_as = *replaces ? kept : std::string();
    return done;
}

} // namespace ssp
