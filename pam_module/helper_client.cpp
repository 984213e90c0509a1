#include "pam_module/helper_client.h"

#include "pam_module/identity.h"
#include "pam_module/log.h"

#include <cerrno>
#include <cstring>
#include <ctime>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace ssp::pam {

namespace {

constexpr std::int64_t connect_ms = 3000;
// Half of what a person may wait: sshd stretches a refusal without a prompt to up to twice the time that it
// took (OpenSSH auth2.c, ensure_minimum_time_since).
constexpr std::int64_t silence_ms = 4500;

/// Milliseconds that go on while the machine sleeps.
std::int64_t now_ms() noexcept
{
    timespec now = {};
    clock_gettime(CLOCK_BOOTTIME, &now);
    return now.tv_sec * std::int64_t{1000} + now.tv_nsec / 1000000;
}

/// What speaks against an inode of the socket's path; nullptr: nothing. errno 0: it is not to be trusted.
const char* fault_of(const char* path, bool directory) noexcept
{
    struct stat inode = {};
    if (lstat(path, &inode) != 0)
        return "cannot be examined";
    errno = 0;
    if (directory ? !S_ISDIR(inode.st_mode) : !S_ISSOCK(inode.st_mode))
        return directory ? "is not a directory" : "is not a socket";
    if (inode.st_uid != 0)
        return "does not belong to root";
    const mode_t foreign = directory ? S_IWGRP | S_IWOTH : geteuid() == 0 ? S_IWOTH : 0;
    return (inode.st_mode & foreign) == 0 ? nullptr : "can be written by others";
}

/// From the root down, so that each step is judged by somebody whom nobody below can deceive.
Opened judge_path(pam_handle_t* pamh, const char* path) noexcept
{
    char part[sizeof(sockaddr_un{}.sun_path)] = "/";
    for (std::size_t i = 1;; ++i) {
        const bool whole = path[i] == '\0';
        if (!whole && path[i] != '/' && i != 1) {
            part[i] = path[i];
            continue;
        }
        const char* const fault = fault_of(part, !whole);
        if (fault != nullptr) {
            const int error = errno;
            pam_syslog(pamh, LOG_ERR, "%s %s%s%s: refused", part, fault, error != 0 ? ": " : "",
                       error != 0 ? strerror(error) : "");
            return error == 0 ? Opened::distrusted : error == ENOENT ? Opened::unreachable : Opened::failed;
        }
        if (whole)
            return Opened::opened;
        part[i] = path[i];
    }
}

} // namespace

HelperClient::HelperClient(int timeout_seconds) noexcept
    : end_(now_ms() + timeout_seconds * std::int64_t{1000})
{
}

HelperClient::~HelperClient()
{
    explicit_bzero(in_, sizeof in_);
    if (fd_ >= 0)
        close(fd_);
}

Opened HelperClient::open(pam_handle_t* pamh, const Options& options) noexcept
{
    const char* path = options.socket;
    if (path == nullptr)
        path = geteuid() == 0 ? "/run/ssp-mfa/signin.sock" : "/run/ssp-mfa/self.sock";
    const Opened judged = judge_path(pamh, path);
    if (judged != Opened::opened)
        return judged;
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path, std::strlen(path));
    fd_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd_ < 0)
        return Opened::failed;
    const std::int64_t until = now_ms() + connect_ms;
    while (connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        const int error = errno;
        // EAGAIN: more sign-ins wait than the helper has taken up; there is nothing to poll for.
        if ((error == EAGAIN || error == EINTR) && now_ms() < until) {
            poll(nullptr, 0, 20);
            continue;
        }
        pam_syslog(pamh, LOG_ERR, "%s: nobody answers: %s: refused", path, strerror(error));
        return error == EAGAIN || error == ECONNREFUSED || error == ENOENT ? Opened::unreachable
                                                                           : Opened::failed;
    }
    ucred peer = {};
    socklen_t length = sizeof peer;
    // Zeroes are root: a kernel that says less than everything has said nothing.
    if (getsockopt(fd_, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0 || length != sizeof peer)
        return Opened::failed;
    uid_t helper = 0;
    if (peer.uid == 0 || (find_uid(options.helper_user, helper) && peer.uid == helper))
        return Opened::opened;
    pam_syslog(pamh, LOG_ALERT, "%s: uid %u listens there, neither root nor %s: refused", path, peer.uid,
               Escaped(options.helper_user).c_str());
    return Opened::distrusted;
}

int HelperClient::wait_for(short events, std::int64_t until) noexcept
{
    pollfd watched{fd_, events, 0};
    for (;;) {
        const std::int64_t left = until - now_ms();
        const int ready = poll(&watched, 1, left > 0 ? static_cast<int>(left) : 0);
        if (ready >= 0 || errno != EINTR)
            return ready;
    }
}

Sent HelperClient::send_bytes(std::span<const char> bytes) noexcept
{
    const std::int64_t until = now_ms() + silence_ms;
    while (!bytes.empty()) {
        const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno == EAGAIN && wait_for(POLLOUT, until) > 0)
            continue;
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            return Sent::gone;
        bytes = {bytes.data() + sent, bytes.size() - static_cast<std::size_t>(sent)};
    }
    return Sent::sent;
}

Received HelperClient::receive(std::span<const char>& payload, bool patient) noexcept
{
    std::memmove(in_, in_ + taken_, used_ - taken_);
    used_ -= taken_;
    taken_ = 0;
    const std::int64_t now = now_ms();
    if (patient && now >= end_)
        return Received::silent;
    const std::int64_t until = !patient ? 0 : now + silence_ms < end_ ? now + silence_ms : end_;
    for (;;) {
        const auto frame = protocol::first_frame({in_, used_});
        if (frame.state == protocol::FrameState::malformed)
            return Received::malformed;
        if (frame.state == protocol::FrameState::complete) {
            taken_ = frame.frame_bytes;
            payload = frame.payload;
            return Received::payload;
        }
        const int ready = wait_for(POLLIN, until);
        if (ready == 0)
            return Received::silent;
        const ssize_t got = ready < 0 ? -1 : recv(fd_, in_ + used_, sizeof in_ - used_, 0);
        if (got < 0 && ready > 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (got <= 0)
            return Received::closed;
        used_ += static_cast<std::size_t>(got);
    }
}

} // namespace ssp::pam
