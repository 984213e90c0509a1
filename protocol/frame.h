#pragma once
// A frame: payload length (u16, little-endian, 1..max_payload_bytes), then the payload.
// Header-only and free of libstdc++ calls: the module includes it.
#include <cstddef>
#include <cstdint>
#include <span>

namespace ssp::protocol {

inline constexpr std::size_t frame_head_bytes = 2;
inline constexpr std::size_t max_payload_bytes = 16384;
inline constexpr std::size_t max_frame_bytes = frame_head_bytes + max_payload_bytes;

enum class FrameState { incomplete, complete, malformed };

struct FrameView {
    FrameState state = FrameState::incomplete;
    std::span<const char> payload; ///< set when complete; points into the examined bytes
    std::size_t frame_bytes = 0;   ///< head and payload, set when complete
};

/// Looks at the first frame in `received`. Never reads past it, never allocates.
/// malformed: a length of zero or above max_payload_bytes; the connection cannot go on.
inline FrameView first_frame(std::span<const char> received) noexcept
{
    if (received.size() < frame_head_bytes)
        return {};
    const auto low = static_cast<unsigned char>(received[0]);
    const auto high = static_cast<unsigned char>(received[1]);
    const std::size_t length = static_cast<std::size_t>(low) | (static_cast<std::size_t>(high) << 8U);
    if (length == 0 || length > max_payload_bytes)
        return {FrameState::malformed, {}, 0};
    if (received.size() < frame_head_bytes + length)
        return {};
    return {FrameState::complete, received.subspan(frame_head_bytes, length), frame_head_bytes + length};
}

/// Writes the head of a frame whose payload of `payload_bytes` (1..max_payload_bytes) already stands
/// behind it in `frame`. Returns the length of the whole frame.
inline std::size_t seal_frame(std::span<char> frame, std::size_t payload_bytes) noexcept
{
    frame[0] = static_cast<char>(payload_bytes & 0xffU);
    frame[1] = static_cast<char>(payload_bytes >> 8U);
    return frame_head_bytes + payload_bytes;
}

} // namespace ssp::protocol
