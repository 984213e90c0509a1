#include "call/srtp_key.h"

#include <array>
#include <charconv>
#include <openssl/evp.h>

namespace ssp {

namespace {

constexpr std::string_view suite_80 = "AES_CM_128_HMAC_SHA1_80";
constexpr std::string_view suite_32 = "AES_CM_128_HMAC_SHA1_32";
constexpr std::size_t base64_size = srtp_key_size / 3 * 4;

/// Up to the next space, which goes too.
std::string_view next_word(std::string_view& rest)
{
    const auto end = std::min(rest.find(' '), rest.size());
    const auto word = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return word;
}

bool is_base64(std::string_view text)
{
    return text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") ==
           std::string_view::npos;
}

} // namespace

Result<SrtpKey> make_srtp_key(Random& random, int tag, SrtpSuite suite)
{
    SrtpKey key{tag, suite, SecretString::zeros(srtp_key_size)};
    const auto filled = random.fill({reinterpret_cast<unsigned char*>(key.bytes.data()), key.bytes.size()});
    if (!filled)
        return filled.error();
    return key;
}

SecretString crypto_attribute(const SrtpKey& key)
{
    std::array<unsigned char, base64_size + 1> base64{};
    ::EVP_EncodeBlock(base64.data(), key.bytes.bytes().data(), static_cast<int>(srtp_key_size));
    std::string text = std::to_string(key.tag);
    text += ' ';
    text += key.suite == SrtpSuite::tag_of_80_bits ? suite_80 : suite_32;
    text += " inline:";
    const auto begin = text.size();
    auto whole = SecretString::zeros(begin + base64_size);
    text.copy(whole.data(), begin);
    std::copy_n(base64.begin(), base64_size, whole.data() + begin);
    base64.fill(0);
    return whole;
}

std::optional<SrtpKey> read_crypto_attribute(std::string_view value)
{
    SrtpKey key;
    const auto tag = next_word(value);
    const auto suite = next_word(value);
    auto parameters = next_word(value);
    const auto [end, error] = std::from_chars(tag.data(), tag.data() + tag.size(), key.tag);
    if (error != std::errc() || end != tag.data() + tag.size() || key.tag < 0 || !value.empty())
        return std::nullopt;
    if (suite != suite_80 && suite != suite_32)
        return std::nullopt;
    key.suite = suite == suite_80 ? SrtpSuite::tag_of_80_bits : SrtpSuite::tag_of_32_bits;
    if (!parameters.starts_with("inline:"))
        return std::nullopt;
    parameters.remove_prefix(7);
    const auto base64 = parameters.substr(0, parameters.find('|'));
    const auto lifetime = parameters.substr(base64.size());
    if (base64.size() != base64_size || !is_base64(base64) || lifetime.find(':') != std::string_view::npos ||
        lifetime.find(';') != std::string_view::npos)
        return std::nullopt;
    key.bytes = SecretString::zeros(srtp_key_size);
    const auto length = ::EVP_DecodeBlock(reinterpret_cast<unsigned char*>(key.bytes.data()),
                                          reinterpret_cast<const unsigned char*>(base64.data()),
                                          static_cast<int>(base64.size()));
    if (length != static_cast<int>(srtp_key_size))
        return std::nullopt;
    return key;
}

} // namespace ssp
