#include "loop/activation.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <string_view>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>

namespace ssp {

namespace {

/// Last part of the path that `fd` is bound to; "" when it has none.
std::string bound_name(int fd)
{
    sockaddr_un address{};
    socklen_t length = sizeof address;
    if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0)
        return {};
    const auto path_at = offsetof(sockaddr_un, sun_path);
    if (length <= path_at || address.sun_path[0] == '\0')
        return {};
    const std::string_view path(address.sun_path, ::strnlen(address.sun_path, length - path_at));
    return std::string(path.substr(path.rfind('/') + 1));
}

bool make_non_blocking(int fd)
{
    const int flags = ::fcntl(fd, F_GETFL);
    return flags >= 0 && ::fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0;
}

} // namespace

Result<std::vector<ActivatedSocket>> activated_sockets()
{
    // Sets FD_CLOEXEC on each; unsets the variables whatever it returns.
    const int count = sd_listen_fds(1);
    if (count < 0)
        return Error{ErrorKind::configuration,
                     fmt::format("sockets passed by systemd: {}", std::strerror(-count))};

    std::vector<ActivatedSocket> sockets;
    for (int fd = SD_LISTEN_FDS_START; fd < SD_LISTEN_FDS_START + count; ++fd)
        sockets.push_back({UniqueFd(fd), {}});
    for (auto& socket : sockets) {
        const int fd = socket.fd.get();
        if (sd_is_socket_unix(fd, SOCK_STREAM, 1, nullptr, 0) <= 0 || !make_non_blocking(fd))
            return Error{ErrorKind::configuration,
                         fmt::format("descriptor {}: not a listening unix stream socket", fd)};
        auto name = bound_name(fd);
        if (name.empty())
            return Error{ErrorKind::configuration, fmt::format("descriptor {}: has no path", fd)};
        if (std::ranges::find(sockets, name, &ActivatedSocket::name) != sockets.end())
            return Error{ErrorKind::configuration, fmt::format("two sockets are called {}", name)};
        socket.name = std::move(name);
    }
    return sockets;
}

} // namespace ssp
