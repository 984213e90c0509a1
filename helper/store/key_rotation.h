#pragma once
// The change to a new master key while people sign in (docs/decisions/0011-key-rotation.md): every row is
// read under the key it names, checked, and written under the new one, a few people at a time between other
// jobs. How far it came is in the rows themselves, so it goes on wherever it was stopped.
#include "store/writer.h"
#include "verifier/ports.h"

#include <chrono>
#include <mutex>
#include <optional>
#include <string>

namespace ssp {

class KeyRotating;

/// The first or the last transaction of a rotation.
class KeyRotationJob final : public Job {
public:
    enum class Part { begin, end };
    /// `work`: what is done in the transaction.
    KeyRotationJob(KeyRotating& rotating, Part part, std::function<Result<void>(Tables&)> work)
        : Job(Room::desk), rotating_(rotating), part_(part), work_(std::move(work))
    {
    }
    bool run(Tables& rows) override;
    void refuse(Error error) override;
    void committed(Tables&) override { note(result_.has_value()); }
    const Result<void>& result() const noexcept { return result_; }

private:
    void note(bool durable);

    KeyRotating& rotating_;
    Part part_;
    std::function<Result<void>(Tables&)> work_;
    Result<void> result_;
    Tables* rows_ = nullptr; ///< whose rotation this one began or ended; not while another is in the way
};

/// What a rotation does on the writer thread: a job at each end, and the chore between them.
class KeyRotating final : public Chore {
public:
    /// `rows`: as they were opened; a rotation that was stopped goes on.
    explicit KeyRotating(Tables& rows);

    /// From now on everything is written under `next`, as the kept keys are at once.
    /// Its errors: not_permitted, with a sentence, when a rotation is under way or `next` was in use before;
    /// of the trail and the random source.
    std::shared_ptr<KeyRotationJob> beginning(MasterKey next, AuditEntry entry, WallTime now);
    /// The database belongs to the new key, and the old one is wiped.
    /// Its errors: not_permitted while a row is still under the old key; of the trail.
    std::shared_ptr<KeyRotationJob> ending(WallTime now);
    /// Whether such a job is durable, on the writer thread.
    void note(Tables& rows, KeyRotationJob::Part part, bool durable);

    /// Nothing is left under the old key, nor in the WAL: time for ending(). On any thread.
    bool is_ready() const;
    /// On any thread.
    KeyRotation progress() const;

    std::optional<Time> due(const Tables& rows) const override;
    bool run(Tables& rows) override;
    void refuse(Error error) override;
    std::string settle(Tables& rows) override;

private:
    Result<void> begin(Tables& rows, const MasterKey& next, AuditEntry entry, WallTime now);
    static Result<void> end(Tables& rows, WallTime now);
    int move_people(Tables& rows);
    Result<int> move_person(Tables& rows, SubscriberId id);
    int move_send_counts(Tables& rows);
    void end_pass(Tables& rows);
    void begin_pass();
    void note_bad(const Error& error);
    void describe(const Tables& rows);
    static bool empties_the_wal(Connection& connection);

    SystemRandom random_;
    Time codes_over_{}; ///< until then a code that was sent before may be typed
    Time due_{};        ///< zero: at once, this pass goes on
    std::int64_t last_person_ = 0;
    SendCountRows::Place last_count_;
    bool people_done_ = false;
    std::string first_bad_; ///< what did not verify in this pass
    std::string told_;
    bool moved_all_ = false;
    bool failed_ = false;

    mutable std::mutex mutex_; ///< guards what follows
    KeyRotation progress_;
    bool ready_ = false;
};

} // namespace ssp
