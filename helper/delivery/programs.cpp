#include "delivery/programs.h"

#include "base/unique_fd.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <optional>
#include <spawn.h>
#include <sys/epoll.h>
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
    explicit SpawnRules(int standard_input)
    {
        ::posix_spawn_file_actions_init(&actions_);
        ::posix_spawn_file_actions_adddup2(&actions_, standard_input, STDIN_FILENO);
        ::posix_spawn_file_actions_addopen(&actions_, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
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

} // namespace

/// A program that runs, until it was reaped.
class Programs::Child {
public:
    Child(Loop& loop, pid_t pid, UniqueFd pidfd, std::function<void(const Child*)> reaped)
        : pid_(pid), pidfd_(std::move(pidfd)), reaped_(std::move(reaped)),
          deadline_(loop, [this] { on_deadline(); }),
          watch_(loop, pidfd_.get(), EPOLLIN, [this](std::uint32_t) { on_exit(); })
    {
    }
    ~Child() { kill(); }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    void wait(std::chrono::milliseconds deadline, std::function<void(ProgramEnd)> ended)
    {
        ended_ = std::move(ended);
        deadline_.arm(deadline);
    }
    /// Nobody wants to know any more.
    void abandon()
    {
        ended_ = nullptr;
        deadline_.disarm();
        kill();
    }

private:
    /// The session leader's number is the group's, and stays taken until it is reaped.
    void kill()
    {
        if (running_)
            ::kill(-pid_, SIGKILL);
    }
    void on_deadline()
    {
        kill();
        tell({ProgramEnd::How::overdue, 0});
    }
    void on_exit()
    {
        kill(); // what it left behind
        siginfo_t info{};
        if (::waitid(P_PIDFD, static_cast<id_t>(pidfd_.get()), &info, WEXITED | WNOHANG) != 0 ||
            info.si_pid == 0)
            return;
        running_ = false;
        watch_.stop();
        deadline_.disarm();
        reaped_(this);
        const bool by_itself = info.si_code == CLD_EXITED;
        tell({by_itself ? ProgramEnd::How::exited : ProgramEnd::How::killed, info.si_status});
    }
    void tell(ProgramEnd end)
    {
        if (const auto ended = std::exchange(ended_, nullptr))
            ended(end);
    }

    pid_t pid_;
    UniqueFd pidfd_;
    bool running_ = true;
    std::function<void(ProgramEnd)> ended_;
    std::function<void(const Child*)> reaped_;
    Timer deadline_;
    IoWatch watch_;
};

/// Lives in the frame of run(). Hears from the child at most once, and gives it up when it goes before.
class Programs::Wait {
public:
    Wait(Child& child, std::chrono::milliseconds deadline) : child_(&child)
    {
        child_->wait(deadline, [this](ProgramEnd end) {
            child_ = nullptr;
            end_ = end;
            waiter_.resume();
        });
    }
    ~Wait()
    {
        if (child_ != nullptr)
            child_->abandon();
    }
    Wait(const Wait&) = delete;
    Wait& operator=(const Wait&) = delete;

    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> waiter) noexcept { waiter_ = waiter; }
    ProgramEnd await_resume() const noexcept { return end_; }

private:
    Child* child_;
    ProgramEnd end_;
    std::coroutine_handle<> waiter_;
};

Programs::Programs(Loop& loop) : loop_(loop) {}

Programs::~Programs() = default;

Task<ProgramEnd> Programs::run(std::vector<std::string> argv, SecretString input,
                               std::chrono::milliseconds deadline)
{
    auto started = start(argv, input);
    if (!started)
        co_return started.error();
    input.wipe();
    Wait wait(**started, deadline);
    const ProgramEnd end = co_await wait;
    co_return end;
}

Result<Programs::Child*> Programs::start(const std::vector<std::string>& argv, const SecretString& input)
{
    auto standard_input = filled_pipe(input);
    if (!standard_input)
        return standard_input.error();
    pid_t pid = 0;
    const int error = SpawnRules(standard_input->get()).spawn(pid, argv);
    if (error != 0)
        return not_started(error);
    UniqueFd pidfd(open_pidfd(pid));
    if (!pidfd) {
        const int why = errno;
        ::kill(-pid, SIGKILL);
        ::waitpid(pid, nullptr, 0); // it is dead already, and had no time to do anything
        return not_started(why);
    }
    const auto reaped = [this](const Child* child) {
        loop_.later([this, child, alive = std::weak_ptr(alive_)] {
            if (!alive.expired())
                forget(child);
        });
    };
    children_.push_back(std::make_unique<Child>(loop_, pid, std::move(pidfd), reaped));
    return children_.back().get();
}

void Programs::forget(const Child* child)
{
    children_.remove_if([child](const auto& one) { return one.get() == child; });
}

} // namespace ssp
