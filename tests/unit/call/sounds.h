#pragma once
// Recordings that can be told apart: each word is one value, some samples long.
#include "call/audio.h"

#include <string>
#include <string_view>
#include <vector>

namespace ssp::testing {

inline std::string little_endian(unsigned long number, int bytes)
{
    std::string text;
    for (int i = 0; i < bytes; ++i)
        text += static_cast<char>(number >> (8 * i) & 0xff);
    return text;
}

/// A WAVE file of 16 bits and one channel.
inline std::string wave_file(const std::vector<std::int16_t>& samples, unsigned long rate = 8000)
{
    std::string data;
    for (const auto sample : samples)
        data += little_endian(static_cast<std::uint16_t>(sample), 2);
    return "RIFF" + little_endian(36 + data.size(), 4) + "WAVEfmt " + little_endian(16, 4) +
           little_endian(1, 2) + little_endian(1, 2) + little_endian(rate, 4) + little_endian(2 * rate, 4) +
           little_endian(2, 2) + little_endian(16, 2) + "data" + little_endian(data.size(), 4) + data;
}

/// "100x8 0x2400": runs of one value, as VALUExLENGTH.
inline std::string runs(std::span<const std::int16_t> samples)
{
    std::string text;
    for (std::size_t i = 0; i < samples.size();) {
        std::size_t end = i;
        while (end < samples.size() && samples[end] == samples[i])
            ++end;
        text += (text.empty() ? "" : " ") + std::to_string(samples[i]) + "x" + std::to_string(end - i);
        i = end;
    }
    return text;
}

} // namespace ssp::testing
