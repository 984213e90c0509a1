#pragma once
// The listening sockets that systemd made and handed over (sd_listen_fds(3)). A daemon never binds one
// itself, so that the directory of the socket stays root's.
#include "base/result.h"
#include "base/unique_fd.h"

#include <string>
#include <vector>

namespace ssp {

struct ActivatedSocket {
    UniqueFd fd;      ///< listening, SOCK_STREAM, AF_UNIX, non-blocking, closed on exec
    std::string name; ///< last part of its path, e.g. "signin.sock"
};

/// Takes over the sockets that were passed to this process, and removes LISTEN_* from the environment.
/// Called once, by main(), before anything else opens a descriptor.
/// Empty when none was passed, or when they were meant for another process (LISTEN_PID).
/// Errors: configuration, when one of them is not a listening stream socket with a path, or two have the
/// same name.
Result<std::vector<ActivatedSocket>> activated_sockets();

} // namespace ssp
