#pragma once
// The alphabet of text messages, 3GPP TS 23.038 clause 6.2.1.
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ssp::config {

/// Septets of one segment.
inline constexpr std::size_t gsm7_segment = 160;

/// What a character takes up in a text message: 1, or 2 from the extension table; 0: the alphabet does not
/// have it.
std::size_t gsm7_septets(std::uint32_t letter) noexcept;

/// What a whole text takes up; nothing is counted for characters outside of the alphabet. `text`: UTF-8.
std::size_t gsm7_septets(std::string_view text) noexcept;

} // namespace ssp::config
