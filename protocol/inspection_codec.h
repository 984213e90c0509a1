#pragma once
// Bytes <-> the messages of inspection_message.h, by the same rules as delivery_codec.h.
#include "protocol/inspection_message.h"

#include <cstddef>
#include <span>

namespace ssp::protocol {

/// True only for a whole payload of that kind that follows every rule of inspection_message.h.
bool decode(std::span<const char> payload, Survey& out) noexcept;
bool decode(std::span<const char> payload, Trial& out) noexcept;
bool decode(std::span<const char> payload, Surveyed& out) noexcept;
bool decode(std::span<const char> payload, Step& out) noexcept;
bool decode(std::span<const char> payload, Finished& out) noexcept;

/// Writes a whole frame, head included, and returns its length; 0 when a field breaks its limit or `frame`
/// is too small (max_delivery_frame_bytes always suffices).
std::size_t encode(const Survey& message, std::span<char> frame) noexcept;
std::size_t encode(const Trial& message, std::span<char> frame) noexcept;
std::size_t encode(const Surveyed& message, std::span<char> frame) noexcept;
std::size_t encode(const Step& message, std::span<char> frame) noexcept;
std::size_t encode(const Finished& message, std::span<char> frame) noexcept;

} // namespace ssp::protocol
