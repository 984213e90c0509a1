#include "call/key_press.h"

#include <algorithm>

namespace ssp {

namespace {

constexpr std::uint8_t key_1 = 1;
constexpr std::size_t event_size = 4;

std::string_view trimmed(std::string_view text) noexcept
{
    constexpr std::string_view spaces = " \t\r\n";
    text.remove_prefix(std::min(text.find_first_not_of(spaces), text.size()));
    return text.substr(0, text.find_last_not_of(spaces) + 1);
}

/// What follows "Signal=" up to the end of its line.
std::string_view signal_of(std::string_view body) noexcept
{
    constexpr std::string_view name = "Signal=";
    const auto at = body.find(name);
    if (at == std::string_view::npos)
        return {};
    const auto rest = body.substr(at + name.size());
    return rest.substr(0, rest.find_first_of("\r\n"));
}

} // namespace

bool is_key_1(std::span<const std::uint8_t> event) noexcept
{
    return event.size() >= event_size && event.front() == key_1;
}

bool is_key_1(std::string_view subtype, std::string_view body) noexcept
{
    if (subtype == "dtmf-relay")
        return trimmed(signal_of(body)) == "1";
    return subtype == "dtmf" && trimmed(body) == "1";
}

} // namespace ssp
