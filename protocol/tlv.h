#pragma once
// The two ends of one field: tag (u8), length (u16, little-endian), value. A Writer and a Reader have the
// same members, so that one function per message lists its fields for both directions.
// Header-only and free of libstdc++ calls: the module includes it.
#include "protocol/frame.h"
#include "protocol/showable.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace ssp::protocol {

/// What a text field may hold besides its length.
enum class Text { bytes, no_nul, showable };

/// Of a text field, in bytes.
struct Limits {
    std::size_t least;
    std::size_t most;
    Text text = Text::no_nul;
};

inline bool permitted(std::string_view value, Limits limits) noexcept
{
    if (value.size() < limits.least || value.size() > limits.most)
        return false;
    if (limits.text == Text::bytes || value.empty())
        return true;
    if (limits.text == Text::showable)
        return is_showable(value);
    return std::memchr(value.data(), 0, value.size()) == nullptr;
}

/// Writes a payload behind the room for its frame's head. Each member says whether it fitted and was
/// permitted; after the first false nothing more may be written.
class Writer {
public:
    explicit Writer(std::span<char> frame) noexcept : frame_(frame) {}

    template <class Kind> bool kind(Kind kind) noexcept
    {
        if (frame_.size() < frame_head_bytes + 1)
            return false;
        frame_[frame_head_bytes] = static_cast<char>(kind);
        used_ = frame_head_bytes + 1;
        return true;
    }
    /// Little-endian, as many bytes as the type has.
    template <class Number> bool number(std::uint8_t tag, const Number& value) noexcept
    {
        char little_endian[sizeof(Number)];
        auto rest = static_cast<std::uint64_t>(value);
        for (char& byte : little_endian) {
            byte = static_cast<char>(rest & 0xffU);
            rest >>= 8U;
        }
        return put(tag, {little_endian, sizeof little_endian});
    }
    bool text(std::uint8_t tag, std::string_view value, Limits limits) noexcept
    {
        return permitted(value, limits) && put(tag, value);
    }
    /// The length of the whole frame when all fields were `ok`, else 0.
    std::size_t finish(bool ok) noexcept { return ok ? seal_frame(frame_, used_ - frame_head_bytes) : 0; }

private:
    bool put(std::uint8_t tag, std::string_view value) noexcept
    {
        if (frame_.size() - used_ < 3 + value.size() || used_ + 3 + value.size() > max_frame_bytes)
            return false;
        frame_[used_] = static_cast<char>(tag);
        frame_[used_ + 1] = static_cast<char>(value.size() & 0xffU);
        frame_[used_ + 2] = static_cast<char>(value.size() >> 8U);
        if (!value.empty())
            std::memcpy(&frame_[used_ + 3], value.data(), value.size());
        used_ += 3 + value.size();
        return true;
    }

    std::span<char> frame_;
    std::size_t used_ = 0;
};

/// Reads a payload. Texts point into it.
class Reader {
public:
    explicit Reader(std::span<const char> payload) noexcept : rest_(payload) {}

    template <class Kind> bool kind(Kind kind) noexcept
    {
        if (rest_.empty() || static_cast<Kind>(rest_[0]) != kind)
            return false;
        rest_ = rest_.subspan(1);
        return true;
    }
    template <class Number> bool number(std::uint8_t tag, Number& value) noexcept
    {
        std::string_view bytes;
        if (!take(tag, bytes) || bytes.size() != sizeof(Number))
            return false;
        std::uint64_t sum = 0;
        for (std::size_t i = bytes.size(); i-- > 0;)
            sum = (sum << 8U) | static_cast<unsigned char>(bytes[i]);
        value = static_cast<Number>(sum);
        return true;
    }
    bool text(std::uint8_t tag, std::string_view& value, Limits limits) noexcept
    {
        return take(tag, value) && permitted(value, limits);
    }
    bool at_end() const noexcept { return rest_.empty(); }

private:
    bool take(std::uint8_t tag, std::string_view& value) noexcept
    {
        if (rest_.size() < 3 || static_cast<std::uint8_t>(rest_[0]) != tag)
            return false;
        const std::size_t length = static_cast<std::size_t>(static_cast<unsigned char>(rest_[1])) |
                                   (static_cast<std::size_t>(static_cast<unsigned char>(rest_[2])) << 8U);
        if (rest_.size() - 3 < length)
            return false;
        value = std::string_view(rest_.data() + 3, length);
        rest_ = rest_.subspan(3 + length);
        return true;
    }

    std::span<const char> rest_;
};

} // namespace ssp::protocol
