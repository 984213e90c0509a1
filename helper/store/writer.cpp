#include "store/writer.h"

#include "store/database_file.h"

#include <SQLiteCpp/Exception.h>
#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <sqlite3.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

namespace ssp {

namespace {

constexpr std::size_t most_queued = 4096;
constexpr const char* disk_is_full = "the disk is full; it goes on by itself once there is room";

} // namespace

bool needs_restart(int sqlite_code) noexcept
{
    const int primary = sqlite_code & 0xff;
    return primary == SQLITE_IOERR || primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB;
}

Writer::Writer(Tables& rows, const std::string& file, HistoryMark mark, Ballast ballast,
               std::shared_ptr<Chore> chore, Hooks hooks)
    : rows_(rows), file_(file), mark_(std::move(mark)), chore_(std::move(chore)), hooks_(std::move(hooks)),
      completions_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      newest_(rows.audit.newest().time_since_epoch().count()), ballast_(std::move(ballast))
{
    if (!completions_)
        std::abort(); // no descriptor left at start
    note_own_writing();
    for (const auto& watched : {file_, file_ + "-wal", file_ + "-shm", mark_.path()}) {
        struct stat status {};
        if (lstat(watched.c_str(), &status) == 0)
            inodes_.push_back({watched, status.st_dev, status.st_ino});
        else
            broken_ = true;
    }
    if (auto held = ballast_.hold(); !held) {
        full_ = failing_ = true;
        tell(held.error().detail);
        wake();
    }
    thread_ = std::thread([this] { serve(); });
}

Writer::~Writer() { end(); }

bool Writer::end()
{
    if (!thread_.joinable())
        return !broken_;
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    queued_.notify_one();
    thread_.join();
    if (!broken_ && !check_files())
        broken_ = true;
    (void)mark_.sync(); // a mark that lags is well
    return !broken_;
}

void Writer::submit(std::shared_ptr<Job> job)
{
    {
        const std::lock_guard lock(mutex_);
        if (queue_.size() < most_queued || job->room == Room::no_need) {
            queue_.push_back(std::move(job));
        } else {
            job->refuse({ErrorKind::store_unavailable, "too many jobs wait"});
            finished_.push_back(std::move(job));
            wake();
            return;
        }
    }
    queued_.notify_one();
}

void Writer::run_completions()
{
    std::uint64_t count = 0;
    [[maybe_unused]] const auto ignored = read(completions_.get(), &count, sizeof count); // only the edge
    std::vector<std::shared_ptr<Job>> finished;
    std::optional<AuditHead> head;
    std::vector<std::string> troubles;
    std::vector<std::string> alarms;
    std::vector<AuditEntry> for_journal;
    std::vector<Telling> tellings;
    {
        const std::lock_guard lock(mutex_);
        for_journal.swap(for_journal_);
        tellings.swap(tellings_);
        finished.swap(finished_);
        head.swap(head_);
        troubles.swap(troubles_);
        alarms.swap(alarms_);
    }
    for (const auto& trouble : troubles) {
        if (!trouble.empty() && hooks_.on_trouble)
            hooks_.on_trouble(trouble);
        if (trouble.empty() && hooks_.on_recovery)
            hooks_.on_recovery();
    }
    if (hooks_.on_alarm)
        for (const auto& alarm : alarms)
            hooks_.on_alarm(alarm);
    if (head && hooks_.on_audit_head)
        hooks_.on_audit_head(*head);
    if (hooks_.on_audit_entry)
        for (const auto& entry : for_journal)
            hooks_.on_audit_entry(entry);
    if (hooks_.on_telling)
        for (auto& telling : tellings)
            hooks_.on_telling(std::move(telling));
    for (const auto& job : finished)
        if (auto waiter = std::exchange(job->waiter, {}))
            waiter.resume(); // may destroy other waiters: they clear job->waiter
}

void Writer::serve()
{
    for (;;) {
        std::vector<std::shared_ptr<Job>> batch;
        {
            std::unique_lock lock(mutex_);
            const auto called = [this] { return stopping_ || !queue_.empty(); };
            if (const auto due = chore_->due(rows_))
                queued_.wait_until(lock, *due, called);
            else
                queued_.wait(lock, called);
            if (queue_.empty() && stopping_)
                return;
            batch.swap(queue_);
        }
        if (!batch.empty()) {
            run_batch(batch);
            const std::lock_guard lock(mutex_);
            std::move(batch.begin(), batch.end(), std::back_inserter(finished_));
            wake();
        }
        do_chore();
    }
}

void Writer::give_up(const std::string& why)
{
    if (broken_.exchange(true))
        return;
    tell(why);
    wake();
}

/// One step, if it is time: between two batches, so that neither waits for all of the other.
void Writer::do_chore()
{
    const auto due = chore_->due(rows_);
    if (!due || *due > std::chrono::steady_clock::now())
        return;
    run_batch({chore_});
    auto alarm = chore_->settle(rows_);
    note_own_writing();
    if (!alarm.empty()) {
        const std::lock_guard lock(mutex_);
        alarms_.push_back(std::move(alarm));
    }
    wake();
}

void Writer::run_batch(const Batch& batch)
{
    rows_.for_journal.clear();
    rows_.tellings.clear();
    auto head = commit_or_use_ballast(batch);
    if (!head)
        for (const auto& job : batch)
            job->refuse({ErrorKind::store_unavailable, head.error().detail});
    if (head && !full_ && std::exchange(failing_, false))
        tell({});
    if ((!head || full_) && !std::exchange(failing_, true))
        tell(head ? disk_is_full : head.error().detail);
    if (!head)
        return;
    const std::lock_guard lock(mutex_);
    if (*head)
        head_ = std::move(*head);
    std::ranges::move(rows_.for_journal, std::back_inserter(for_journal_));
    std::ranges::move(rows_.tellings, std::back_inserter(tellings_));
}

/// Until there is room for the ballast again only those write who may use what it gave away.
Writer::Committed Writer::commit_or_use_ballast(const Batch& batch)
{
    if (full_ && ballast_.hold())
        full_ = false;
    if (full_)
        return commit_in_ballast(batch);
    auto head = commit(batch);
    if (head || !met_full_disk_)
        return head;
    full_ = true;
    ballast_.release();
    return commit_in_ballast(batch);
}

Writer::Committed Writer::commit_in_ballast(const Batch& batch)
{
    const bool half_is_left = ballast_.half_is_left();
    Batch permitted;
    for (const auto& job : batch)
        if (job->room == Room::none || (job->room == Room::record && !half_is_left))
            job->refuse({ErrorKind::store_unavailable, disk_is_full});
        else
            permitted.push_back(job);
    rows_.for_journal.clear();
    rows_.tellings.clear();
    auto head = commit(permitted);
    if (head && !permitted.empty()) { // else the WAL takes four times the ballast before it begins anew
        rows_.connection->raw().tryExec("PRAGMA wal_checkpoint(TRUNCATE)");
        note_own_writing();
    }
    return head;
}

/// Runs and commits all jobs, or none. Gives the audit trail's head if it moved.
Writer::Committed Writer::commit(const Batch& batch)
{
    auto& connection = *rows_.connection;
    met_full_disk_ = false;
    if (broken_)
        return Error{ErrorKind::store_unavailable, "the database needs a restart of the daemon"};
    if (auto same = check_files(); !same) {
        broken_ = true;
        return same.error();
    }
    // Trying a page there would be an I/O error, which needs a restart.
    if (is_on_read_only_file_system(file_))
        return Error{ErrorKind::store_unavailable, "the file system of the database is read-only"};
    const auto newest = rows_.audit.newest();
    try {
        connection.run("BEGIN IMMEDIATE");
        const auto before = rows_.audit.head();
        for (const auto& job : batch)
            run_in_savepoint(*job);
        const auto after = rows_.audit.head();
        connection.run("COMMIT");
        note_own_writing();
        for (const auto& job : batch)
            job->committed(rows_);
        if (!before || !after || *before == *after)
            return std::optional<AuditHead>();
        note_history(*after);
        return std::optional(*after);
    } catch (...) {
        auto failure = failure_of_current_exception();
        rows_.audit.note_newest(newest);
        if (sqlite3_get_autocommit(connection.raw().getHandle()) == 0 &&
            connection.raw().tryExec("ROLLBACK") != 0)
            broken_ = true;
        return failure;
    }
}

void Writer::run_in_savepoint(Job& job)
{
    auto& connection = *rows_.connection;
    connection.run("SAVEPOINT job");
    const auto kept_for_journal = rows_.for_journal.size();
    const auto kept_tellings = rows_.tellings.size();
    const auto newest = rows_.audit.newest();
    bool keep = false;
    try {
        keep = job.run(rows_);
    } catch (const SQLite::Exception& e) {
        // Whatever ended more than its own statement ends the whole batch.
        const int primary = e.getErrorCode() & 0xff;
        if (primary != SQLITE_CONSTRAINT || sqlite3_get_autocommit(connection.raw().getHandle()) != 0)
            throw;
        job.refuse({ErrorKind::store_unavailable, e.what()});
    }
    if (!keep) {
        connection.run("ROLLBACK TO job");
        rows_.for_journal.resize(kept_for_journal);
        rows_.tellings.resize(kept_tellings);
        rows_.audit.note_newest(newest);
    }
    connection.run("RELEASE job");
}

Error Writer::failure_of_current_exception()
{
    try {
        throw;
    } catch (const SQLite::Exception& e) {
        if (needs_restart(e.getErrorCode()))
            broken_ = true;
        met_full_disk_ = (e.getErrorCode() & 0xff) == SQLITE_FULL;
        return {ErrorKind::store_unavailable, "database " + file_ + ": " + words_for(e)};
    } catch (const std::exception& e) {
        return {ErrorKind::store_unavailable, e.what()};
    }
}

/// A database that was deleted or replaced goes on taking commits that nobody will ever find again.
Result<void> Writer::check_files()
{
    for (const auto& inode : inodes_) {
        struct stat status {};
        if (lstat(inode.file.c_str(), &status) != 0 || status.st_dev != inode.device ||
            status.st_ino != inode.number)
            return Error{ErrorKind::store_unavailable,
                         inode.file +
                             " was removed or replaced while ssp-mfad had it open. Put back the file "
                             "that was there. If it is lost: " +
                             std::string(way_out)};
    }
    if (was_written_by_others()) {
        auto mark = mark_.last();
        mark.disturbed = true;
        if (mark_.write(mark, rows_.keys->newest()))
            (void)mark_.sync();
        return Error{ErrorKind::store_unavailable,
                     file_ +
                         " was written by another program while ssp-mfad had it open; it was perhaps copied "
                         "back. " +
                         std::string(way_out)};
    }
    return {};
}

/// In WAL mode the file itself is written by checkpoints only, and they are of this thread.
bool Writer::was_written_by_others() const
{
    struct stat status {};
    return stat(file_.c_str(), &status) == 0 &&
           (status.st_mtim.tv_sec != written_at_.tv_sec || status.st_mtim.tv_nsec != written_at_.tv_nsec);
}

void Writer::note_own_writing()
{
    struct stat status {};
    if (stat(file_.c_str(), &status) == 0)
        written_at_ = status.st_mtim;
}

/// After a COMMIT, never before it: the mark may lag, and must not lead.
void Writer::note_history(const AuditHead& head)
{
    newest_ = rows_.audit.newest().time_since_epoch().count();
    const auto written =
        mark_.write({head, rows_.highest_step, rows_.audit.newest(), false}, rows_.keys->newest());
    if (!written && !std::exchange(mark_fails_, true))
        tell(written.error().detail +
             "; until it can be written an older copy of the database is not noticed");
    if (written)
        mark_fails_ = false;
}

void Writer::tell(std::string trouble)
{
    const std::lock_guard lock(mutex_);
    troubles_.push_back(std::move(trouble));
}

void Writer::wake() noexcept
{
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto ignored =
        write(completions_.get(), &one, sizeof one); // a full counter is awake
}

} // namespace ssp
