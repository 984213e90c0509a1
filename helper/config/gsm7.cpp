#include "config/gsm7.h"

#include "protocol/showable.h"

namespace ssp::config {

namespace {

/// The basic table, row by row, without ESC and without the letters, digits and signs that stand where ASCII
/// has them.
constexpr std::u32string_view not_as_ascii =
    U"@\u00a3$\u00a5\u00e8\u00e9\u00f9\u00ec\u00f2\u00c7\n\u00d8\u00f8\r\u00c5\u00e5"
    U"\u0394_\u03a6\u0393\u039b\u03a9\u03a0\u03a8\u03a3\u0398\u039e\u00c6\u00e6\u00df\u00c9"
    U"\u00a4\u00a1\u00c4\u00d6\u00d1\u00dc\u00a7\u00bf\u00e4\u00f6\u00f1\u00fc\u00e0";
constexpr std::u32string_view extension = U"\f^{}\\[~]|\u20ac";

bool is_as_ascii(char32_t c) noexcept
{
    const bool sign_or_digit = c >= U' ' && c <= U'?' && c != U'$';
    return sign_or_digit || (c >= U'A' && c <= U'Z') || (c >= U'a' && c <= U'z');
}

} // namespace

std::size_t gsm7_septets(std::uint32_t letter) noexcept
{
    const auto c = static_cast<char32_t>(letter);
    if (is_as_ascii(c) || not_as_ascii.find(c) != std::u32string_view::npos)
        return 1;
    return extension.find(c) != std::u32string_view::npos ? 2 : 0;
}

std::size_t gsm7_septets(std::string_view text) noexcept
{
    std::size_t count = 0;
    while (!text.empty()) {
        const auto point = protocol::first_code_point(text);
        if (point.length == 0)
            break;
        count += gsm7_septets(point.value);
        text.remove_prefix(point.length);
    }
    return count;
}

} // namespace ssp::config
