#pragma once
#include "base/result.h"

#include <cstdint>

namespace ssp {

/// Who connected, as the kernel noted it at connect(2) (SO_PEERCRED, unix(7)). Nothing is ever looked up by
/// the process id: it may be another process's by now.
struct Peer {
    std::uint32_t uid = 0xffffffffU; ///< effective
    std::uint32_t gid = 0xffffffffU;
    std::int32_t pid = 0; ///< for the log
};

/// Errors: internal, when the kernel does not say.
Result<Peer> peer_of(int socket);

} // namespace ssp
