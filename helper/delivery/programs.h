#pragma once
// Other people's programs, and ssp-mfa-call, run beside the loop.
#include "base/secret_string.h"
#include "base/task.h"
#include "delivery/line_reader.h"
#include "delivery/spawned.h"
#include "delivery/turns.h"
#include "loop/loop.h"

#include <chrono>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ssp {

/// How a program came to its end.
struct ProgramEnd {
    enum class How {
        exited,  ///< by itself; `code` is its exit code
        killed,  ///< by a signal that was not ours; `code` is the signal
        overdue, ///< by us, at the deadline
        garbled, ///< by us, because what it said broke the bounds of LineReader
    };
    How how = How::overdue;
    int code = 0;
};

/// A program whose lines are read while it runs. Destroying this object ends it: SIGTERM for its process
/// group, and SIGKILL when the grace is over. May outlive its Programs.
class RunningProgram {
public:
    struct Story;
    explicit RunningProgram(std::shared_ptr<Story> story);
    ~RunningProgram();
    RunningProgram(const RunningProgram&) = delete;
    RunningProgram& operator=(const RunningProgram&) = delete;

    /// Waits for the next line, without its newline; nothing: there are no more, and end() says why. One task
    /// at a time. A task that waits while this object is destroyed is never resumed.
    Task<std::optional<std::string>> next_line();
    /// Set once next_line() gave nothing.
    std::optional<ProgramEnd> end() const;
    /// Ends the program after this time, instead of at the deadline it was given before.
    void set_deadline(std::chrono::milliseconds from_now);

private:
    std::shared_ptr<Story> story_;
};

/// Starts programs and sees each to its end, whoever still waits for it. Lives as long as the loop.
class Programs {
public:
    explicit Programs(Loop& loop);
    /// Ends what still runs: what was start()ed gets SIGTERM first, and this waits for all of it, for one
    /// grace at most.
    ~Programs();
    Programs(const Programs&) = delete;
    Programs& operator=(const Programs&) = delete;

    /// Programs of run() at once. Somebody's script may take 10 MB: a flood of sign-ins must not take a
    /// host's memory.
    static constexpr std::size_t most_at_once = 64;

    /// Runs `argv` with `input` on standard input as spawn() says, without output, and waits; whatever is
    /// left of its process group when it ends, is overdue, or when this task is destroyed, is killed. It
    /// waits for its turn first, which is part of the deadline. Errors: those of spawn(), and
    /// delivery_unavailable when its turn did not come in time: it did not run.
    Task<ProgramEnd> run(std::vector<std::string> argv, SecretString input,
                         std::chrono::milliseconds deadline);

    /// Bounds of a program whose lines are read.
    struct Bounds {
        std::size_t most_lines = 16;
        std::chrono::milliseconds deadline{};                ///< from its start, to its end
        std::chrono::milliseconds grace{3'000};              ///< between SIGTERM and SIGKILL
        std::size_t longest_line = LineReader::usual_length; ///< bytes
    };
    /// Starts `argv` with `input` on standard input as spawn() says, and reads its standard output. Whatever
    /// is left of its process group when it ends is killed. Errors: those of spawn(): it did not run.
    Result<std::unique_ptr<RunningProgram>> start(const std::vector<std::string>& argv,
                                                  const SecretString& input, Bounds bounds);

private:
    friend class RunningProgram;
    class Child;
    class Wait;

    Child& adopt(Spawned spawned, std::chrono::milliseconds grace);
    void forget(const Child* child);

    Loop& loop_;
    Turns turns_{loop_, most_at_once};
    std::list<std::unique_ptr<Child>> children_;
    std::shared_ptr<char> alive_ = std::make_shared<char>(); ///< ends with this object
};

} // namespace ssp
