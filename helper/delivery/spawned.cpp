#include "delivery/spawned.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace ssp {

namespace {

Error not_started(int error)
{
    const bool scarce = error == EAGAIN || error == ENOMEM || error == EMFILE || error == ENFILE;
    return {scarce ? ErrorKind::internal : ErrorKind::configuration, std::strerror(error)};
}

/// pidfd_open(2); the header of glibc 2.36 gives its own wrapper C++ linkage.
int open_pidfd(pid_t pid) { return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)); }

/// The reading end of a pipe that already holds `input` and its end; a pipe takes a page without a reader.
Result<UniqueFd> filled_pipe(const SecretString& input)
{
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0)
        return not_started(errno);
    UniqueFd reading(ends[0]);
    const UniqueFd writing(ends[1]);
    const auto written = ::write(writing.get(), input.reveal().data(), input.size());
    if (written != static_cast<ssize_t>(input.size()))
        return Error{ErrorKind::internal, "the input of a program does not fit into a pipe"};
    // The program is no party to our way of reading.
    if (::fcntl(reading.get(), F_SETFL, 0) != 0)
        return not_started(errno);
    return reading;
}

/// What a program starts with (posix_spawn(3)).
class SpawnRules {
public:
    /// `standard_output`: /dev/null when negative.
    SpawnRules(int standard_input, int standard_output)
    {
        ::posix_spawn_file_actions_init(&actions_);
        ::posix_spawn_file_actions_adddup2(&actions_, standard_input, STDIN_FILENO);
        if (standard_output < 0)
            ::posix_spawn_file_actions_addopen(&actions_, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
        else
            ::posix_spawn_file_actions_adddup2(&actions_, standard_output, STDOUT_FILENO);
        ::posix_spawn_file_actions_addopen(&actions_, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
        ::posix_spawn_file_actions_addchdir_np(&actions_, "/");
        ::posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1);
        sigset_t signals;
        ::posix_spawnattr_init(&attributes_);
        ::sigemptyset(&signals);
        ::posix_spawnattr_setsigmask(&attributes_, &signals);
        ::sigfillset(&signals);
        ::posix_spawnattr_setsigdefault(&attributes_, &signals);
        ::posix_spawnattr_setflags(&attributes_,
                                   POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    }
    ~SpawnRules()
    {
        ::posix_spawnattr_destroy(&attributes_);
        ::posix_spawn_file_actions_destroy(&actions_);
    }
    SpawnRules(const SpawnRules&) = delete;
    SpawnRules& operator=(const SpawnRules&) = delete;

    /// 0, or an errno.
    int spawn(pid_t& pid, const std::vector<std::string>& argv) const
    {
        std::vector<char*> words;
        for (const auto& word : argv)
            words.push_back(const_cast<char*>(word.c_str())); // posix_spawn does not write to it
        words.push_back(nullptr);
        char path[] = "PATH=/usr/local/bin:/usr/bin:/bin";
        char* environment[] = {path, nullptr};
        return ::posix_spawn(&pid, words[0], &actions_, &attributes_, words.data(), environment);
    }

private:
    posix_spawn_file_actions_t actions_{};
    posix_spawnattr_t attributes_{};
};

struct Pipe {
    UniqueFd reading;
    UniqueFd writing;
};

/// Ours does not block; the program's does, as it expects.
Result<Pipe> output_pipe()
{
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
        return not_started(errno);
    Pipe pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
    if (::fcntl(pipe.reading.get(), F_SETFL, O_NONBLOCK) != 0)
        return not_started(errno);
    return pipe;
}

} // namespace

Result<Spawned> spawn(const std::vector<std::string>& argv, const SecretString& input, Output output)
{
    auto standard_input = filled_pipe(input);
    if (!standard_input)
        return standard_input.error();
    Pipe standard_output;
    if (output == Output::pipe) {
        auto made = output_pipe();
        if (!made)
            return made.error();
        standard_output = std::move(*made);
    }
    Spawned spawned;
    const SpawnRules rules(standard_input->get(),
                           output == Output::pipe ? standard_output.writing.get() : -1);
    const int error = rules.spawn(spawned.pid, argv);
    if (error != 0)
        return not_started(error);
    spawned.pidfd = UniqueFd(open_pidfd(spawned.pid));
    if (!spawned.pidfd) {
        const int why = errno;
        ::kill(-spawned.pid, SIGKILL);
        ::waitpid(spawned.pid, nullptr, 0); // it is dead already, and had no time to do anything
        return not_started(why);
    }
    spawned.output = std::move(standard_output.reading);
    return spawned;
}

} // namespace ssp
