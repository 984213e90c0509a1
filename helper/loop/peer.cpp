#include "loop/peer.h"

#include <cerrno>
#include <cstring>
#include <sys/socket.h>

namespace ssp {

Result<Peer> peer_of(int socket)
{
    ucred credentials{};
    socklen_t size = sizeof credentials;
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0)
        return Error{ErrorKind::internal, std::string("SO_PEERCRED: ") + std::strerror(errno)};
    return Peer{credentials.uid, credentials.gid, credentials.pid};
}

} // namespace ssp
