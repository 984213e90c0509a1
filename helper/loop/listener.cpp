#include "loop/listener.h"

#include "loop/journal.h"

#include <cerrno>
#include <cstring>
#include <sys/epoll.h>
#include <sys/socket.h>

namespace ssp {

Listener::Listener(Loop& loop, UniqueFd socket, std::function<void(UniqueFd)> accepted)
    : socket_(std::move(socket)), accepted_(std::move(accepted)),
      rested_(loop, [this] { watch_.set_events(EPOLLIN); }),
      watch_(loop, socket_.get(), EPOLLIN, [this](std::uint32_t) { accept_some(); })
{
}

void Listener::accept_some()
{
    for (int i = 0; i < most_per_turn; ++i) {
        UniqueFd connection(::accept4(socket_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (connection) {
            accepted_(std::move(connection));
            continue;
        }
        if (errno == EINTR || errno == ECONNABORTED)
            continue;
        if (errno != EAGAIN)
            rest_a_while(errno);
        return;
    }
}

void Listener::rest_a_while(int error)
{
    const auto now = std::chrono::steady_clock::now();
    if (!said_ || now - *said_ >= silence) {
        said_ = now;
        journal(Severity::error, "cannot accept connections; they wait, and it is tried again",
                {{"error", std::strerror(error)}});
    }
    watch_.set_events(0);
    rested_.arm(rest);
}

} // namespace ssp
