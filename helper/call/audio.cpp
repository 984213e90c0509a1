#include "call/audio.h"

#include <algorithm>
#include <cstring>

namespace ssp {

namespace {

constexpr std::size_t longest = 60 * Audio::rate;

std::uint32_t little_endian(std::string_view bytes, std::size_t at, std::size_t size)
{
    std::uint32_t number = 0;
    for (std::size_t i = 0; i < size; ++i)
        number |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[at + i])) << (8 * i);
    return number;
}

std::vector<std::int16_t> samples_of(std::string_view bytes)
{
    std::vector<std::int16_t> samples(bytes.size() / 2);
    for (std::size_t i = 0; i < samples.size(); ++i)
        samples[i] = static_cast<std::int16_t>(little_endian(bytes, 2 * i, 2));
    return samples;
}

/// 16000 to 8000 samples a second: a short low-pass (1 4 6 4 1)/16, then every second one.
std::vector<std::int16_t> halved(const std::vector<std::int16_t>& samples)
{
    const auto at = [&](std::size_t i, int offset) {
        const auto last = static_cast<long>(samples.size()) - 1;
        return samples[static_cast<std::size_t>(std::clamp(static_cast<long>(i) + offset, 0L, last))];
    };
    std::vector<std::int16_t> half;
    half.reserve(samples.size() / 2 + 1);
    for (std::size_t i = 0; i < samples.size(); i += 2)
        half.push_back(static_cast<std::int16_t>(
            (at(i, -2) + 4 * at(i, -1) + 6 * at(i, 0) + 4 * at(i, 1) + at(i, 2)) / 16));
    return half;
}

Error malformed(const char* what) { return {ErrorKind::malformed, what}; }

} // namespace

Audio& Audio::operator=(Audio&& other) noexcept
{
    if (this != &other) {
        wipe();
        samples_ = std::move(other.samples_);
    }
    return *this;
}

Audio::~Audio() { wipe(); }

void Audio::wipe() noexcept
{
    if (!samples_.empty())
        ::explicit_bzero(samples_.data(), samples_.size() * sizeof(std::int16_t));
}

/// A vector that grows by itself leaves what it held behind.
void Audio::make_room(std::size_t samples)
{
    if (samples_.capacity() >= samples_.size() + samples)
        return;
    std::vector<std::int16_t> larger;
    larger.reserve(2 * (samples_.size() + samples));
    larger.assign(samples_.begin(), samples_.end());
    wipe();
    samples_ = std::move(larger);
}

void Audio::append(const Audio& more)
{
    make_room(more.samples_.size());
    samples_.insert(samples_.end(), more.samples_.begin(), more.samples_.end());
}

void Audio::append_silence(std::chrono::milliseconds length)
{
    const auto samples = static_cast<std::size_t>(length.count()) * rate / 1000;
    make_room(samples);
    samples_.insert(samples_.end(), samples, 0);
}

std::chrono::milliseconds Audio::length() const noexcept
{
    return std::chrono::milliseconds(samples_.size() * 1000 / rate);
}

Result<Audio> read_wave(std::string_view file)
{
    if (file.size() < 12 || file.substr(0, 4) != "RIFF" || file.substr(8, 4) != "WAVE")
        return malformed("no WAVE file");
    std::uint32_t found_rate = 0;
    for (std::size_t at = 12; file.size() - at >= 8;) {
        const auto name = file.substr(at, 4);
        const std::size_t size = little_endian(file, at + 4, 4);
        at += 8;
        const auto body = file.substr(at, size);
        if (name == "fmt ") {
            if (body.size() < 16 || little_endian(body, 0, 2) != 1 || little_endian(body, 2, 2) != 1 ||
                little_endian(body, 14, 2) != 16)
                return malformed("not PCM of 16 bits and one channel");
            found_rate = little_endian(body, 4, 4);
        } else if (name == "data") {
            // A program that writes to a pipe cannot know the size, so the end of the file ends it too.
            if (found_rate != Audio::rate && found_rate != 2 * Audio::rate)
                return malformed("not 8000 or 16000 samples a second");
            if (body.size() / 2 > longest * (found_rate / Audio::rate) || body.size() < 2)
                return malformed("empty, or longer than a minute");
            auto samples = samples_of(body);
            return Audio(found_rate == Audio::rate ? std::move(samples) : halved(samples));
        }
        if (size > file.size() - at)
            break;
        at += size + size % 2;
        if (at > file.size())
            break;
    }
    return malformed("no sound in it");
}

} // namespace ssp
