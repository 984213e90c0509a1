#pragma once
// Which socket a conversation came in by. The file system says who may open which (ssp-mfad(8)).
#include <cstdint>
#include <optional>
#include <string_view>

namespace ssp {

enum class Door : std::uint8_t {
    signin, ///< root only: the module, for anybody
    self,   ///< everybody, for themselves
    admin,  ///< root and the support group
};

/// The door of the socket with this name ("signin.sock"); nothing for another name.
std::optional<Door> door_called(std::string_view socket_name);

/// "signin", "self", "admin", for logs.
const char* word(Door door) noexcept;

} // namespace ssp
