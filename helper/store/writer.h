#pragma once
// The one thread that writes. It takes whatever has queued up, runs each job in a savepoint of its own,
// commits once for all of them (group commit), and only then tells the loop.
#include "base/result.h"
#include "base/unique_fd.h"
#include "store/ballast.h"
#include "store/history_mark.h"
#include "store/tables.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <coroutine>
#include <ctime>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace ssp {

/// What a job may use while the disk is full: the room that the ballast gave away, or none.
enum class Room : std::uint8_t {
    none,   ///< sign-ins: refused
    record, ///< audit rows of refusals: half of it
    desk,   ///< what the support desk, an administrator or a person takes away or gives back: all of it
    no_need ///< writes nothing and is never too much for the queue: is the writer alive?
};

/// One transaction that waits to be written. It owns everything it needs: whoever waits may leave.
class Job {
public:
    explicit Job(Room room) : room(room) {}
    virtual ~Job() = default;
    const Room room;
    /// On the writer thread. False: undo, the job holds an Error.
    virtual bool run(Tables& rows) = 0;
    /// Puts an Error in the place of whatever run() said. On the writer thread, or before it was queued.
    virtual void refuse(Error error) = 0;
    /// What run() did is durable. On the writer thread, for every job of the batch.
    virtual void committed(Tables&) {}

    /// Whoever waits; touched on the loop thread only.
    std::coroutine_handle<> waiter;
};

/// After this result of SQLite a handle is not to be trusted any more: what was written is not known, or what
/// is read is damaged.
bool needs_restart(int sqlite_code) noexcept;

/// Work that nobody waits for, in small steps between the jobs, each in a transaction of its own.
class Chore : public Job {
public:
    using Job::Job;
    using Time = std::chrono::steady_clock::time_point;
    /// When to run the next step; nothing: not before another job ran.
    virtual std::optional<Time> due(const Tables& rows) const = 0;
    /// After the step, whether it was committed or refused. Returns an alarm, or nothing.
    virtual std::string settle(Tables& rows) = 0;
};

class Writer {
public:
    /// What the loop hears of besides the results, from run_completions().
    struct Hooks {
        std::function<void(const AuditHead&)> on_audit_head;   ///< the newest head that is durable
        std::function<void(const AuditEntry&)> on_audit_entry; ///< durable, and of Tables::for_journal
        std::function<void(Telling)> on_telling;               ///< durable, counted and recorded
        std::function<void(const std::string&)> on_trouble;    ///< the store began to fail, and why
        std::function<void(const std::string&)> on_alarm;      ///< what an administrator has to look at
        std::function<void()> on_recovery;                     ///< it takes changes again
    };

    /// Starts the thread. `rows`, `mark` and `ballast` are the thread's until this object is gone. The
    /// database `file`, its WAL, that one's index and its mark must stay the inodes they are now, and nobody
    /// else may write into `file`.
    Writer(Tables& rows, const std::string& file, HistoryMark mark, Ballast ballast,
           std::shared_ptr<Chore> chore, Hooks hooks);
    ~Writer();
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    /// Runs what is queued to its end, then ends the thread. Nobody is told any more. True: whatever was
    /// acknowledged is where the next start will look for it. Called once more by the destructor.
    bool end();

    const std::string& file() const noexcept { return file_; }

    /// Queues a job; when the queue is full it ends as refused, later, like any other.
    void submit(std::shared_ptr<Job> job);

    /// Readable when run_completions() has something to do.
    int completions_fd() const noexcept { return completions_.get(); }
    /// Resumes the waiters of finished jobs and calls the hooks.
    void run_completions();

    /// The latest time that a durable audit row was written at.
    WallTime newest() const noexcept { return WallTime(Seconds(newest_.load())); }

    /// True after an error that only a restart can clear (I/O error, corruption, file replaced).
    bool broken() const noexcept { return broken_; }
    /// Somebody else met such an error, reading: nothing more is written. From the loop.
    void give_up(const std::string& why);

private:
    struct Inode {
        std::string file;
        std::uint64_t device = 0;
        std::uint64_t number = 0;
    };

    using Batch = std::vector<std::shared_ptr<Job>>;
    using Committed = Result<std::optional<AuditHead>>;

    void serve();
    void do_chore();
    void run_batch(const Batch& batch);
    Committed commit_or_use_ballast(const Batch& batch);
    Committed commit_in_ballast(const Batch& batch);
    Committed commit(const Batch& batch);
    void run_in_savepoint(Job& job);
    Error failure_of_current_exception();
    Result<void> check_files();
    bool was_written_by_others() const;
    void note_own_writing();
    void note_history(const AuditHead& head);
    void tell(std::string trouble);
    void wake() noexcept;

    Tables& rows_;
    const std::string file_;
    HistoryMark mark_;
    const std::shared_ptr<Chore> chore_;
    const Hooks hooks_;
    std::vector<Inode> inodes_;
    timespec written_at_{}; ///< of the database file, when this thread last wrote to it
    UniqueFd completions_;
    std::atomic<bool> broken_ = false;
    std::atomic<std::int64_t> newest_ = 0;
    Ballast ballast_;            ///< writer thread, like what follows
    bool full_ = false;          ///< the disk is full: the ballast's room is used
    bool met_full_disk_ = false; ///< why the last commit failed
    bool failing_ = false;
    bool mark_fails_ = false;

    std::mutex mutex_; ///< guards what follows
    std::condition_variable queued_;
    std::vector<std::shared_ptr<Job>> queue_;
    std::vector<std::shared_ptr<Job>> finished_;
    std::optional<AuditHead> head_;
    std::vector<std::string> troubles_;
    std::vector<std::string> alarms_; ///< an empty one: it takes changes again
    std::vector<AuditEntry> for_journal_;
    std::vector<Telling> tellings_;
    bool stopping_ = false;

    std::thread thread_; ///< last: it uses all of the above
};

} // namespace ssp
