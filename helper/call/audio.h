#pragma once
#include "base/result.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace ssp {

/// Sound as a telephone has it: 8000 samples a second, 16 bits, one channel. Wiped when it goes, because it
/// may say a code.
class Audio {
public:
    static constexpr std::size_t rate = 8000;

    Audio() = default;
    explicit Audio(std::vector<std::int16_t> samples) noexcept : samples_(std::move(samples)) {}
    Audio(Audio&&) noexcept = default;
    Audio& operator=(Audio&& other) noexcept;
    Audio(const Audio&) = delete;
    Audio& operator=(const Audio&) = delete;
    ~Audio();

    void append(const Audio& more);
    void append_silence(std::chrono::milliseconds length);

    std::span<const std::int16_t> samples() const noexcept { return samples_; }
    bool empty() const noexcept { return samples_.empty(); }
    std::chrono::milliseconds length() const noexcept;

private:
    void make_room(std::size_t samples);
    void wipe() noexcept;

    std::vector<std::int16_t> samples_;
};

/// Reads a RIFF WAVE file: PCM, 16 bits, one channel, 8000 or 16000 samples a second, at most a minute.
/// Errors: malformed.
Result<Audio> read_wave(std::string_view file);

} // namespace ssp
