#include "store/copy.h"

#include "store/database_file.h"
#include "store/history_mark.h"
#include "store/installation.h"
#include "store/schema.h"

#include <SQLiteCpp/Backup.h>
#include <SQLiteCpp/Exception.h>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace ssp {

namespace {

constexpr std::size_t buffer_bytes = 1 << 16;
constexpr int pages_at_a_time = 512;

Error refusal(const std::string& path, const std::string& why)
{
    return Error{ErrorKind::configuration, path + ": " + why};
}
Error refusal(const std::string& path, int error) { return refusal(path, std::string(std::strerror(error))); }

std::string folder_of(const std::string& path)
{
    const auto slash = path.rfind('/');
    return slash == std::string::npos ? "." : path.substr(0, slash + 1);
}

/// Up to a whole buffer; fewer bytes at the end of the file; -1: it failed.
ssize_t read_at(int fd, std::array<char, buffer_bytes>& buffer, off_t at)
{
    std::size_t got = 0;
    while (got < buffer.size()) {
        const auto n = ::pread(fd, buffer.data() + got, buffer.size() - got, at + static_cast<off_t>(got));
        if (n < 0)
            return -1;
        if (n == 0)
            break;
        got += static_cast<std::size_t>(n);
    }
    return static_cast<ssize_t>(got);
}

} // namespace

Result<UniqueFd> lock_folder_of(const std::string& database)
{
    const auto folder = folder_of(database);
    UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd)
        return refusal(folder, errno);
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0)
        return refusal(folder, errno == EWOULDBLOCK ? "a backup or restore of it is under way"
                                                    : std::string(std::strerror(errno)));
    return fd;
}

/// As long as SQLite has a database open in WAL mode it holds a lock on the bytes of its shared lock. A
/// daemon that looked at its own file since has lost that one (fcntl(2)), and still has the one on the mark.
Result<std::string> user_of(const std::string& database)
{
    constexpr off_t shared_first = 0x40000002;
    constexpr off_t shared_size = 510;
    const UniqueFd mark(::open(mark_path(database).c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    const bool locked = mark && ::flock(mark.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    const UniqueFd fd(::open(database.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!fd && errno != ENOENT)
        return errno == ELOOP ? refusal(database, "is a symbolic link") : refusal(database, errno);
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    lock.l_start = shared_first;
    lock.l_len = shared_size;
    if (fd && ::fcntl(fd.get(), F_GETLK, &lock) != 0)
        return refusal(database, errno);
    if (fd && lock.l_type != F_UNLCK && lock.l_pid > 0)
        return "process " + std::to_string(lock.l_pid);
    return std::string(locked || (fd && lock.l_type != F_UNLCK) ? "ssp-mfad" : "");
}

Result<UniqueFd> create_file(const std::string& path)
{
    UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!fd)
        return errno == EEXIST ? refusal(path, "exists already") : refusal(path, errno);
    if (::fchmod(fd.get(), 0600) != 0)
        return refusal(path, errno);
    return fd;
}

Result<void> copy_bytes(int from, int to, const std::string& path, const Progress& progress)
{
    std::array<char, buffer_bytes> buffer{};
    struct stat status {};
    if (::fstat(from, &status) != 0)
        return refusal(path, errno);
    for (off_t at = 0;;) {
        const auto got = read_at(from, buffer, at);
        if (got < 0)
            return refusal(path, errno);
        if (got == 0)
            break;
        const auto wrote = ::pwrite(to, buffer.data(), static_cast<std::size_t>(got), at);
        if (wrote != got)
            return refusal(path, wrote < 0 ? errno : ENOSPC);
        at += got;
        progress(at, status.st_size);
    }
    if (::fsync(to) != 0)
        return refusal(path, errno);
    return {};
}

bool same_bytes(int one, int other)
{
    std::array<char, buffer_bytes> first{};
    std::array<char, buffer_bytes> second{};
    for (off_t at = 0;;) {
        const auto got = read_at(one, first, at);
        if (got < 0 || read_at(other, second, at) != got ||
            std::memcmp(first.data(), second.data(), static_cast<std::size_t>(got)) != 0)
            return false;
        if (got == 0)
            return true;
        at += got;
    }
}

Result<void> copy_database(const std::string& path, const std::string& copy, const Progress& progress)
{
    const auto file = check_database_file(path);
    if (!file)
        return file.error();
    try {
        auto source = Connection::open(*file);
        if (!source)
            return source.error();
        // One snapshot: otherwise each change of the daemon would begin the copy anew.
        (*source)->execute("PRAGMA query_only=ON; BEGIN; SELECT count(*) FROM sqlite_schema");
        SQLite::Database target(copy, SQLite::OPEN_READWRITE | SQLite::OPEN_NOFOLLOW);
        {
            SQLite::Backup backup(target, (*source)->raw());
            while (backup.executeStep(pages_at_a_time) != SQLITE_DONE) {
                const auto all = backup.getTotalPageCount();
                progress(all - backup.getRemainingPageCount(), all);
            }
        }
        (*source)->execute("COMMIT");
        target.exec("PRAGMA journal_mode=DELETE");
        return {};
    } catch (const SQLite::Exception& e) {
        return Error{ErrorKind::store_unavailable, "database " + path + ": " + e.what()};
    }
}

Result<std::unique_ptr<Tables>> open_copy(const std::string& file, const MasterKey& key)
{
    if (auto ours = check_database_file(file); !ours)
        return ours.error();
    auto connection = Connection::open(file);
    if (!connection)
        return connection.error();
    const auto sign_what_is_new = [&](std::size_t had) -> Result<void> {
        const auto ours = read_installation(**connection, key);
        if (!ours)
            return ours.error();
        if (had < EverybodyRow::since_schema)
            EverybodyRow::begin(**connection, ours->keys->newest());
        return {};
    };
    if (auto current = bring_up_to_date(**connection, migrations(), sign_what_is_new); !current)
        return current.error();
    {
        auto found = (*connection)->query("PRAGMA quick_check(1)");
        const auto finding = found.next() ? found.bytes(0) : std::string("nothing was checked");
        if (finding != "ok")
            return Error{ErrorKind::store_tampered, finding};
    }
    auto installation = read_installation(**connection, key);
    if (!installation)
        return installation.error();
    auto rows = std::make_unique<Tables>(std::move(*connection), std::move(installation->keys),
                                         installation->node_id);
    if (auto whole = rows->audit.check_end(); !whole)
        return whole.error();
    return rows;
}

CopyFacts facts_of(Tables& rows)
{
    CopyFacts facts;
    if (const auto head = rows.audit.head()) {
        facts.node_id = head->node_id;
        facts.audit_rows = head->sequence;
    }
    facts.newest = rows.audit.last_written();
    auto people = rows.connection->query("SELECT count(*) FROM subscriber");
    if (people.next())
        facts.people = people.number(0);
    return facts;
}

void close_copy(std::unique_ptr<Tables> rows)
{
    rows->connection->execute("PRAGMA wal_checkpoint(TRUNCATE)");
    rows->connection->execute("PRAGMA journal_mode=DELETE");
}

Result<CopyFacts> check_copy(const std::string& file, const MasterKey& key)
{
    try {
        auto rows = open_copy(file, key);
        if (!rows)
            return rows.error();
        const auto facts = facts_of(**rows);
        close_copy(std::move(*rows));
        return facts;
    } catch (const SQLite::Exception& e) {
        return Error{ErrorKind::store_unavailable, file + ": " + e.what()};
    }
}

} // namespace ssp
