#include "call/g711.h"

#include <algorithm>
#include <bit>

namespace ssp {

namespace {

/// Sign, three bits of segment, four bits of step; inverted, so that silence has many ones.
std::uint8_t mu_law(std::int16_t sample) noexcept
{
    constexpr int bias = 0x84;
    const unsigned sign = sample < 0 ? 0x80U : 0U;
    const int magnitude = std::min(sample < 0 ? -int{sample} : int{sample}, 32635) + bias;
    const auto width = static_cast<unsigned>(std::bit_width(static_cast<unsigned>(magnitude)));
    const unsigned segment = width > 8 ? width - 8 : 0;
    const unsigned step = (static_cast<unsigned>(magnitude) >> (segment + 3)) & 0x0fU;
    return static_cast<std::uint8_t>(~(sign | segment << 4U | step));
}

/// The same on 13 bits, the first two segments linear; every second bit inverted.
std::uint8_t a_law(std::int16_t sample) noexcept
{
    const unsigned sign = sample < 0 ? 0U : 0x80U;
    const auto magnitude = static_cast<unsigned>(sample < 0 ? -(int{sample} + 1) : int{sample}) >> 3U;
    const auto width = static_cast<unsigned>(std::bit_width(magnitude));
    const unsigned segment = width > 5 ? width - 5 : 0;
    const unsigned step = (magnitude >> (segment > 0 ? segment : 1U)) & 0x0fU;
    return static_cast<std::uint8_t>((sign | segment << 4U | step) ^ 0x55U);
}

} // namespace

std::uint8_t encoded(Codec codec, std::int16_t sample) noexcept
{
    return codec == Codec::mu_law ? mu_law(sample) : a_law(sample);
}

} // namespace ssp
