#pragma once
// The keys of encrypted sound, as SDP carries them (SDES, RFC 4568).
#include "base/random.h"
#include "base/secret_string.h"

#include <optional>
#include <string_view>

namespace ssp {

/// AES-128 in counter mode with HMAC-SHA1: the two suites that everybody has.
enum class SrtpSuite { tag_of_80_bits, tag_of_32_bits };

struct SrtpKey {
    int tag = 1; ///< which offer an answer accepts
    SrtpSuite suite = SrtpSuite::tag_of_80_bits;
    SecretString bytes; ///< 16 of key and 14 of salt
};

constexpr std::size_t srtp_key_size = 30;

/// A new key. Errors: of the generator.
Result<SrtpKey> make_srtp_key(Random& random, int tag, SrtpSuite suite);

/// "1 AES_CM_128_HMAC_SHA1_80 inline:..." (base64): the value of a=crypto.
SecretString crypto_attribute(const SrtpKey& key);

/// Reads such a value. Nothing for another suite, session parameters or a master key identifier, which we do
/// not speak, and for what is malformed.
std::optional<SrtpKey> read_crypto_attribute(std::string_view value);

} // namespace ssp
