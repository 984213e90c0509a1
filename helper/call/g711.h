#pragma once
#include <cstdint>

namespace ssp {

/// The two codecs that every telephone network has (ITU-T G.711), with their RTP payload types (RFC 3551).
enum class Codec : std::uint8_t { mu_law = 0, a_law = 8 };

/// One sample of 16 bits as one byte.
std::uint8_t encoded(Codec codec, std::int16_t sample) noexcept;

} // namespace ssp
