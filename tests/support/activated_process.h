#pragma once
#include "base/unique_fd.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <grp.h>
#include <optional>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace ssp::testing {

/// A stream socket bound to `path`, listening; 0666, so that only the daemon's own check stands in the way.
inline UniqueFd listening_socket(const std::string& path)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path)
        throw std::runtime_error("the path of a socket is too long");
    std::memcpy(address.sun_path, path.data(), path.size());
    ::unlink(path.c_str());
    UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(socket.get(), 64) != 0)
        throw std::runtime_error(std::string("no listening socket: ") + std::strerror(errno));
    ::chmod(path.c_str(), 0666);
    return socket;
}

/// A daemon, started as systemd starts it: LISTEN_FDS, an ordinary user (uid 65534 when the test is root),
/// and its output in a file. Ends with this object.
class ActivatedProcess {
public:
    /// `argv[0]`: the program. `sockets`: passed in this order; may be empty. `keep_root`: do not change the
    /// user.
    ActivatedProcess(const std::vector<std::string>& argv, const std::vector<int>& sockets,
                     const std::string& log, bool keep_root = false)
    {
        std::vector<char*> words;
        for (const auto& word : argv)
            words.push_back(const_cast<char*>(word.c_str()));
        words.push_back(nullptr);
        pid_ = ::fork();
        if (pid_ < 0)
            throw std::runtime_error("fork");
        if (pid_ != 0)
            return;
        const int errors = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
        ::dup2(errors, STDOUT_FILENO); // not into the TAP of the test
        ::dup2(errors, STDERR_FILENO);
        // Up first, so that none is overwritten before it was moved down to 3, 4, ...
        std::vector<int> high;
        for (const int socket : sockets)
            high.push_back(::fcntl(socket, F_DUPFD, 100));
        for (std::size_t i = 0; i < high.size(); ++i) {
            ::dup2(high[i], 3 + static_cast<int>(i));
            ::close(high[i]);
        }
        ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
        ::setenv("LISTEN_FDS", std::to_string(sockets.size()).c_str(), 1);
        if (::getuid() == 0 && !keep_root &&
            (::setgroups(0, nullptr) != 0 || ::setgid(65534) != 0 || ::setuid(65534) != 0))
            ::_exit(126);
        ::execv(words[0], words.data());
        ::_exit(127);
    }
    ~ActivatedProcess()
    {
        if (pid_ <= 0)
            return;
        ::kill(pid_, SIGTERM);
        if (!wait_for(std::chrono::seconds(10))) {
            ::kill(pid_, SIGKILL);
            ::waitpid(pid_, nullptr, 0);
        }
    }
    ActivatedProcess(const ActivatedProcess&) = delete;
    ActivatedProcess& operator=(const ActivatedProcess&) = delete;

    void signal(int number) const { ::kill(pid_, number); }
    /// Its exit code, or 128 and the signal, once it ended by itself; nothing when it does not in half a
    /// minute.
    std::optional<int> wait_for_end() { return wait_for(std::chrono::seconds(30)); }
    bool is_running() { return pid_ > 0 && !wait_for(std::chrono::seconds(0)); }

private:
    std::optional<int> wait_for(std::chrono::seconds patience)
    {
        const auto give_up = std::chrono::steady_clock::now() + patience;
        for (;;) {
            int status = 0;
            const auto ended = ::waitpid(pid_, &status, WNOHANG);
            if (ended == pid_) {
                pid_ = -1;
                return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
            }
            if (ended < 0 || std::chrono::steady_clock::now() >= give_up)
                return std::nullopt;
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
    }

    pid_t pid_ = -1;
};

} // namespace ssp::testing
