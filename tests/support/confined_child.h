#pragma once
// A process of its own that shuts itself in and then tries something.
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <functional>
#include <grp.h>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

namespace ssp::testing {

/// What came of `attempt`, which says 0 or an errno, after `enter`, in a child with an ordinary user (65534
/// when the test is root): "worked", "errno N", "killed N". What it writes to standard error is dropped.
inline std::string outcome(const std::function<void()>& enter, const std::function<int()>& attempt)
{
    const pid_t pid = ::fork();
    if (pid == 0) {
        const int nowhere = ::open("/dev/null", O_WRONLY);
        ::dup2(nowhere, STDERR_FILENO);
        ::dup2(nowhere, STDOUT_FILENO);
        if (::getuid() == 0 && (::setgroups(0, nullptr) != 0 || ::setgid(65534) != 0 || ::setuid(65534) != 0))
            ::_exit(255);
        enter();
        ::_exit(attempt());
    }
    int status = 0;
    ::waitpid(pid, &status, 0);
    if (WIFSIGNALED(status))
        return "killed " + std::to_string(WTERMSIG(status));
    return WEXITSTATUS(status) == 0 ? "worked" : "errno " + std::to_string(WEXITSTATUS(status));
}

inline void not_at_all() {}

inline std::string refused_with(int error) { return "errno " + std::to_string(error); }
inline const std::string killed_for_it = "killed " + std::to_string(SIGSYS);

/// 0, or errno: for what says -1.
inline int error_of(long result) { return result < 0 ? errno : 0; }

} // namespace ssp::testing
