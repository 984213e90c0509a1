#include "server/door.h"

namespace ssp {

std::optional<Door> door_called(std::string_view socket_name)
{
    if (socket_name == "signin.sock")
        return Door::signin;
    if (socket_name == "self.sock")
        return Door::self;
    if (socket_name == "admin.sock")
        return Door::admin;
    return std::nullopt;
}

const char* word(Door door) noexcept
{
    switch (door) {
    case Door::signin: return "signin";
    case Door::self: return "self";
    case Door::admin: return "admin";
    }
    return "unknown";
}

} // namespace ssp
