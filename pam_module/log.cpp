#include "pam_module/log.h"

namespace ssp::pam {

Escaped::Escaped(std::string_view text) noexcept
{
    constexpr char digits[] = "0123456789abcdef";
    const std::size_t shown = text.size() < 64 ? text.size() : 64;
    for (std::size_t i = 0; i < shown; ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if (byte >= 0x20 && byte < 0x7f && byte != '\\' && byte != '"') {
            put(text[i]);
            continue;
        }
        put('\\');
        put('x');
        put(digits[byte >> 4U]);
        put(digits[byte & 0xfU]);
    }
    for (std::size_t dots = 0; shown < text.size() && dots < 3; ++dots)
        put('.');
}

} // namespace ssp::pam
