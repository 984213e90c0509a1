#include "loop/frame_channel.h"

#include "protocol/frame.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <utility>

namespace ssp {

FrameChannel::FrameChannel(Loop& loop, UniqueFd socket, Callbacks callbacks)
    : loop_(loop), socket_(std::move(socket)), callbacks_(std::move(callbacks)),
      watch_(loop, socket_.get(), EPOLLIN, [this](std::uint32_t events) { on_ready(events); })
{
}

void FrameChannel::on_ready(std::uint32_t events)
{
    if ((events & EPOLLOUT) != 0 && !write_unsent())
        return close();
    if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0)
        read_some();
}

// One read a turn: a peer that floods its own socket cannot keep the loop from the others.
void FrameChannel::read_some()
{
    char bytes[protocol::max_frame_bytes];
    iovec part{bytes, sizeof bytes};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    const ssize_t got = ::recvmsg(socket_.get(), &message, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    // Whoever sends descriptors along is no peer of ours. The kernel closed them: there was no room for any.
    if (got <= 0 || (message.msg_flags & MSG_CTRUNC) != 0) {
        explicit_bzero(bytes, static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
        return close();
    }
    const std::span<const char> received(bytes, static_cast<std::size_t>(got));
    std::size_t used = 0;
    bool intact = true;
    if (partial_.empty()) {
        intact = handle(received, used);
        if (intact && !closing_)
            partial_.assign(received.begin() + static_cast<std::ptrdiff_t>(used), received.end());
    } else {
        partial_.insert(partial_.end(), received.begin(), received.end());
        const auto whole = std::exchange(partial_, {});
        intact = handle(whole, used);
        if (intact && !closing_)
            partial_.assign(whole.begin() + static_cast<std::ptrdiff_t>(used), whole.end());
    }
    explicit_bzero(bytes, static_cast<std::size_t>(got));
    if (!intact)
        close();
}

/// Hands on every whole frame; `used` says how far it came. False when the framing is broken.
bool FrameChannel::handle(std::span<const char> received, std::size_t& used)
{
    while (!closing_ && !finishing_) {
        const auto frame = protocol::first_frame(received.subspan(used));
        if (frame.state == protocol::FrameState::malformed)
            return false;
        if (frame.state == protocol::FrameState::incomplete)
            return true;
        used += frame.frame_bytes;
        callbacks_.frame(frame.payload);
    }
    used = received.size(); // what comes after the end is nobody's
    return true;
}

bool FrameChannel::send(std::span<const char> frame)
{
    if (!is_open() || finishing_)
        return false;
    if (frame.size() > max_unsent_bytes - std::min(max_unsent_bytes, unsent_.size())) {
        close();
        return false;
    }
    unsent_.insert(unsent_.end(), frame.begin(), frame.end());
    if (!write_unsent()) {
        close();
        return false;
    }
    return true;
}

void FrameChannel::finish()
{
    if (!is_open())
        return;
    finishing_ = true;
    if (unsent_.empty())
        close();
}

/// False when the peer went.
bool FrameChannel::write_unsent()
{
    std::size_t written = 0;
    bool alive = true;
    while (written < unsent_.size()) {
        const ssize_t n = ::send(socket_.get(), unsent_.data() + written, unsent_.size() - written,
                                 MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            alive = errno == EAGAIN;
            break;
        }
        written += static_cast<std::size_t>(n);
    }
    explicit_bzero(unsent_.data(), written);
    unsent_.erase(unsent_.begin(), unsent_.begin() + static_cast<std::ptrdiff_t>(written));
    watch_.set_events(unsent_.empty() ? EPOLLIN : EPOLLIN | EPOLLOUT);
    return alive && !(finishing_ && unsent_.empty());
}

void FrameChannel::close()
{
    if (std::exchange(closing_, true))
        return;
    watch_.stop();
    ::shutdown(socket_.get(), SHUT_RDWR);
    loop_.later([this, alive = std::weak_ptr<char>(alive_)] {
        if (!alive.expired() && callbacks_.closed)
            callbacks_.closed();
    });
}

} // namespace ssp
