#include "verifier/totp.h"

#include <algorithm>
#include <array>
#include <liboath/oath.h>
#include <openssl/crypto.h>

namespace ssp::totp {

namespace {

constexpr std::size_t key_bytes = 20;

/// liboath calls this for each step of its window; strcmp, its own way, would not take constant time.
int same_code(void* typed, const char* computed)
{
    return CRYPTO_memcmp(computed, static_cast<const char*>(typed), digits);
}

} // namespace

std::optional<std::int64_t> matched_step(const SecretString& key, std::string_view typed, WallTime now)
{
    // liboath would take the number of digits from the length of the input.
    if (typed.size() != digits ||
        !std::all_of(typed.begin(), typed.end(), [](char c) { return c >= '0' && c <= '9'; }))
        return std::nullopt;
    std::array<char, digits + 1> terminated{};
    std::copy(typed.begin(), typed.end(), terminated.begin());

    int position = 0; // liboath leaves it stale on failure: never read
    std::uint64_t step = 0;
    const int found =
        oath_totp_validate4_callback(key.reveal().data(), key.size(), now.time_since_epoch().count(),
                                     static_cast<unsigned>(step_length.count()), 0, digits, 1, &position,
                                     &step, 0, same_code, terminated.data());
    OPENSSL_cleanse(terminated.data(), terminated.size());
    if (found < 0)
        return std::nullopt;
    return static_cast<std::int64_t>(step);
}

Result<SecretString> new_key(Random& random)
{
    std::array<unsigned char, key_bytes> bytes{};
    if (auto filled = random.fill(bytes); !filled)
        return filled.error();
    SecretString key{std::span<const unsigned char>(bytes)};
    OPENSSL_cleanse(bytes.data(), bytes.size());
    return key;
}

SecretString base32(const SecretString& key, bool grouped)
{
    static constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    const std::size_t symbols = (key.size() * 8 + 4) / 5;
    const std::size_t spaces = grouped && symbols > 0 ? (symbols - 1) / 4 : 0;
    auto out = SecretString::zeros(symbols + spaces);
    std::size_t written = 0;
    for (std::size_t i = 0; i < symbols; ++i) {
        unsigned value = 0;
        for (std::size_t bit = i * 5; bit < i * 5 + 5; ++bit) {
            const unsigned byte = bit / 8 < key.size() ? key.bytes()[bit / 8] : 0U;
            value = (value << 1U) | ((byte >> (7 - bit % 8)) & 1U);
        }
        if (grouped && i > 0 && i % 4 == 0)
            out.data()[written++] = ' ';
        out.data()[written++] = alphabet[value];
    }
    return out;
}

SecretString otpauth_uri(const SecretString& key, std::string_view issuer, std::string_view name)
{
    const auto encoded = [](std::string_view text) {
        static constexpr std::string_view hex = "0123456789ABCDEF";
        std::string out;
        for (const char c : text) {
            const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                               c == '-' || c == '_' || c == '.';
            if (plain) {
                out += c;
                continue;
            }
            const auto byte = static_cast<unsigned char>(c);
            out += {'%', hex[byte >> 4U], hex[byte & 15U]};
        }
        return out;
    };
    const auto secret = base32(key, false);
    const std::string head = "otpauth://totp/" + encoded(issuer) + ":" + encoded(name) + "?secret=";
    const std::string tail = "&issuer=" + encoded(issuer);
    auto uri = SecretString::zeros(head.size() + secret.size() + tail.size());
    char* at = std::copy(head.begin(), head.end(), uri.data());
    at = std::copy(secret.reveal().begin(), secret.reveal().end(), at);
    std::copy(tail.begin(), tail.end(), at);
    return uri;
}

} // namespace ssp::totp
