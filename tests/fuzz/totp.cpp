// The key as a person reads it and as the app reads it: any key, any name. The first byte says how long the
// key is, then come key, then name; a typed code is whatever stands in front.
#include "verifier/totp.h"
#include "fuzz.h"

#include <algorithm>
#include <string>

namespace {

/// RFC 4648 base32 without padding, the plain way.
std::string from_base32(std::string_view text)
{
    std::string bytes;
    unsigned bits = 0;
    unsigned waiting = 0;
    for (const char c : text) {
        if (c == ' ')
            continue;
        const unsigned value =
            c >= 'A' && c <= 'Z' ? static_cast<unsigned>(c - 'A') : static_cast<unsigned>(c - '2') + 26U;
        bits = (bits << 5U) | value;
        waiting += 5;
        if (waiting >= 8) {
            waiting -= 8;
            bytes.push_back(static_cast<char>((bits >> waiting) & 0xffU));
            bits &= (1U << waiting) - 1U;
        }
    }
    MUST(bits == 0);
    return bytes;
}

bool is_uri_text(std::string_view text)
{
    return std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("-_.%:/?=&").find(c) != std::string_view::npos;
    });
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0)
        return 0;
    const auto text = ssp::testing::text_of(data, size).substr(1);
    const std::size_t key_bytes = std::min<std::size_t>(data[0] % 65U, text.size());
    const ssp::SecretString key(text.substr(0, key_bytes));
    const auto name = text.substr(key_bytes);

    ssp::testing::understood = true;
    const auto grouped = ssp::totp::base32(key, true);
    const auto plain = ssp::totp::base32(key, false);
    MUST(key.equals(from_base32(grouped.reveal())) && key.equals(from_base32(plain.reveal())));

    const auto uri = ssp::totp::otpauth_uri(key, "SSP", name);
    MUST(is_uri_text(uri.reveal()));
    MUST(uri.reveal().starts_with("otpauth://totp/SSP:"));
    MUST(std::ranges::count(uri.reveal(), '?') == 1 && std::ranges::count(uri.reveal(), '&') == 1);
    MUST(uri.reveal().ends_with("?secret=" + std::string(plain.reveal()) + "&issuer=SSP"));

    const auto step = ssp::totp::matched_step(key, name, ssp::WallTime(ssp::Seconds(1795420800)));
    MUST(!step || (name.size() == 6 && *step >= 1795420800 / 30 - 1 && *step <= 1795420800 / 30 + 1));
    return 0;
}
