#include "command/wire.h"

#include "protocol/frame.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <utility>

namespace ssp::command {

namespace {

Error unreachable(const HelperDoor& door, const std::string& why)
{
    return Error{
        ErrorKind::delivery_unavailable,
        fmt::format("{0} cannot be reached at {1}: {2}.\nIs it running? See: systemctl status {0}.socket",
                    door.program, door.socket, why)};
}

} // namespace

const std::size_t Wire::most_frame_bytes = protocol::max_frame_bytes;

Wire::Wire(UniqueFd socket, const HelperDoor& door)
    : socket_(std::move(socket)), patience_(door.patience), program_(door.program),
      buffer_(SecretString::zeros(most_frame_bytes))
{
}

Result<Wire> Wire::connect(const HelperDoor& door)
{
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    if (door.socket.size() >= sizeof address.sun_path)
        return unreachable(door, "the path is too long for a socket");
    std::memcpy(address.sun_path, door.socket.data(), door.socket.size());
    UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const auto* plain = reinterpret_cast<const sockaddr*>(&address);
    if (!fd || ::connect(fd.get(), plain, sizeof address) != 0) {
        if (errno == EACCES)
            return Error{ErrorKind::delivery_unavailable,
                         "You may not use " + door.socket + ": it is for root and the members of its group."};
        return unreachable(door, std::strerror(errno));
    }
    ucred peer = {};
    socklen_t length = sizeof peer;
    if (::getsockopt(fd.get(), SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0)
        return unreachable(door, std::strerror(errno));
    if (std::ranges::find(door.trusted_uids, peer.uid) == door.trusted_uids.end())
        return unreachable(
            door, fmt::format("uid {} listens there, neither root nor the user of {}; nothing was sent",
                              peer.uid, door.program));
    return Wire(std::move(fd), door);
}

Error Wire::broken_off() const
{
    return Error{
        ErrorKind::delivery_unavailable,
        program_ + " ended the conversation before it was decided. It is not known whether\n"
                   "it was done: look before you try again, with ssp-mfa status, or ssp-mfa user show NAME."};
}

Error Wire::not_understood() const
{
    return Error{
        ErrorKind::malformed,
        fmt::format("What answers is not this version of {}: its message makes no sense.", program_)};
}

Result<void> Wire::send_bytes(std::string_view rest)
{
    if (rest.empty())
        return Error{ErrorKind::malformed, "That is too long to be sent to " + program_ + "."};
    while (!rest.empty()) {
        const auto sent = ::send(socket_.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno != EINTR)
            return broken_off();
        rest.remove_prefix(sent < 0 ? 0 : static_cast<std::size_t>(sent));
    }
    return {};
}

Result<std::span<const char>> Wire::receive()
{
    std::memmove(buffer_.data(), buffer_.data() + taken_, used_ - taken_);
    used_ -= taken_;
    taken_ = 0;
    for (;;) {
        const auto first = protocol::first_frame(std::span<const char>(buffer_.data(), used_));
        if (first.state == protocol::FrameState::malformed)
            return not_understood();
        if (first.state == protocol::FrameState::complete) {
            taken_ = first.frame_bytes;
            return first.payload;
        }
        auto more = read_more();
        if (!more)
            return more.error();
    }
}

Result<void> Wire::read_more()
{
    pollfd watched{socket_.get(), POLLIN, 0};
    const int ready = ::poll(&watched, 1, static_cast<int>(patience_.count()));
    if (ready == 0)
        return Error{ErrorKind::deadline_passed,
                     program_ +
                         " does not answer. It is not known whether it was done: look before you try again."};
    if (ready < 0)
        return errno == EINTR ? Result<void>() : broken_off();
    const auto got = ::recv(socket_.get(), buffer_.data() + used_, buffer_.size() - used_, 0);
    if (got < 0 && errno == EINTR)
        return {};
    if (got <= 0)
        return broken_off();
    used_ += static_cast<std::size_t>(got);
    return {};
}

} // namespace ssp::command
