#pragma once
// Other people's programs, run beside the loop.
#include "base/secret_string.h"
#include "base/task.h"
#include "loop/loop.h"

#include <chrono>
#include <list>
#include <memory>
#include <string>
#include <vector>

namespace ssp {

/// How a program came to its end.
struct ProgramEnd {
    enum class How {
        exited,  ///< by itself; `code` is its exit code
        killed,  ///< by a signal that was not ours; `code` is the signal
        overdue, ///< by us, at the deadline
    };
    How how = How::overdue;
    int code = 0;
};

/// Starts programs and sees each to its end, whoever still waits for it. Lives as long as the loop.
class Programs {
public:
    explicit Programs(Loop& loop);
    /// Kills what still runs.
    ~Programs();
    Programs(const Programs&) = delete;
    Programs& operator=(const Programs&) = delete;

    /// Runs `argv` (argv[0]: absolute path; no shell) with `input` (at most 4096 bytes) on standard input,
    /// and waits. The program has no other descriptor but /dev/null as output, an environment of PATH alone,
    /// "/" as working directory, and a session of its own; whatever is left of its process group when it
    /// ends, is overdue, or when this task is destroyed, is killed. Errors: configuration (it cannot be
    /// executed), internal (no process or descriptor to be had): it did not run.
    Task<ProgramEnd> run(std::vector<std::string> argv, SecretString input,
                         std::chrono::milliseconds deadline);

private:
    class Child;
    class Wait;

    Result<Child*> start(const std::vector<std::string>& argv, const SecretString& input);
    void forget(const Child* child);

    Loop& loop_;
    std::list<std::unique_ptr<Child>> children_;
    std::shared_ptr<char> alive_ = std::make_shared<char>(); ///< ends with this object
};

} // namespace ssp
