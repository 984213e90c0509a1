#pragma once
// What may reach a terminal. Header-only and free of libstdc++ calls: the module includes it.
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ssp::protocol {

/// One character of UTF-8; `length` 0: there is none, or not in its shortest form.
struct CodePoint {
    std::uint32_t value = 0;
    std::size_t length = 0;
};

/// The character that `text` (not empty) begins with. Surrogates and what lies above U+10FFFF are none.
inline CodePoint first_code_point(std::string_view text) noexcept
{
    const auto lead = static_cast<unsigned char>(text[0]);
    if (lead < 0x80)
        return {lead, 1};
    const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || length > text.size())
        return {};
    std::uint32_t value = lead & (0xffU >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if ((byte & 0xc0U) != 0x80)
            return {};
        value = (value << 6U) | (byte & 0x3fU);
    }
    const bool overlong = (length == 3 && value < 0x800) || (length == 4 && value < 0x10000);
    const bool surrogate = value >= 0xd800 && value <= 0xdfff;
    if (overlong || surrogate || value > 0x10ffff)
        return {};
    return {value, length};
}

/// False for control characters other than newline, and for those that turn the direction of writing.
inline bool is_harmless(std::uint32_t value) noexcept
{
    const bool control = (value < 0x20 && value != '\n') || (value >= 0x7f && value < 0xa0);
    const bool direction_override =
        (value >= 0x202a && value <= 0x202e) || (value >= 0x2066 && value <= 0x2069);
    return !control && !direction_override;
}

/// True for UTF-8 that holds only harmless characters.
inline bool is_showable(std::string_view text) noexcept
{
    while (!text.empty()) {
        const auto point = first_code_point(text);
        if (point.length == 0 || !is_harmless(point.value))
            return false;
        text.remove_prefix(point.length);
    }
    return true;
}

} // namespace ssp::protocol
