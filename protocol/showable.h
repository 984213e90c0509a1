#pragma once
// What may reach a terminal. Header-only and free of libstdc++ calls: the module includes it.
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ssp::protocol {

/// True for UTF-8 without control characters other than newline, and without characters that turn the
/// direction of writing.
inline bool is_showable(std::string_view text) noexcept
{
    for (std::size_t i = 0; i < text.size();) {
        const auto lead = static_cast<unsigned char>(text[i]);
        if (lead < 0x80) {
            if ((lead < 0x20 && lead != '\n') || lead == 0x7f)
                return false;
            ++i;
            continue;
        }
        const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
        if (lead < 0xc2 || lead > 0xf4 || i + length > text.size())
            return false;
        std::uint32_t point = lead & (0xffU >> (length + 1));
        for (std::size_t k = 1; k < length; ++k) {
            const auto byte = static_cast<unsigned char>(text[i + k]);
            if ((byte & 0xc0U) != 0x80)
                return false;
            point = (point << 6U) | (byte & 0x3fU);
        }
        const bool overlong = (length == 3 && point < 0x800) || (length == 4 && point < 0x10000);
        const bool surrogate = point >= 0xd800 && point <= 0xdfff;
        const bool c1_control = point >= 0x80 && point < 0xa0;
        const bool direction_override =
            (point >= 0x202a && point <= 0x202e) || (point >= 0x2066 && point <= 0x2069);
        if (overlong || surrogate || point > 0x10ffff || c1_control || direction_override)
            return false;
        i += length;
    }
    return true;
}

} // namespace ssp::protocol
