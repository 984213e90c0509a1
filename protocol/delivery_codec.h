#pragma once
// Bytes <-> the messages of delivery_message.h, by the same rules as codec.h: decoding is total and does not
// allocate, views point into the payload, nothing is ever truncated.
#include "protocol/delivery_message.h"

#include <cstddef>
#include <optional>
#include <span>

namespace ssp::protocol {

/// The kind a payload says it is; nothing for an empty payload or an unknown kind.
std::optional<DeliveryKind> delivery_kind_of(std::span<const char> payload) noexcept;

/// True only for a whole payload of that kind that follows every rule of delivery_message.h.
bool decode(std::span<const char> payload, Judge& out) noexcept;
bool decode(std::span<const char> payload, Judged& out) noexcept;
bool decode(std::span<const char> payload, Deliver& out) noexcept;
bool decode(std::span<const char> payload, Delivered& out) noexcept;
bool decode(std::span<const char> payload, Release& out) noexcept;
bool decode(std::span<const char> payload, Called& out) noexcept;

/// Writes a whole frame, head included, and returns its length; 0 when a field breaks its limit or `frame`
/// is too small (max_delivery_frame_bytes always suffices).
std::size_t encode(const Judge& message, std::span<char> frame) noexcept;
std::size_t encode(const Judged& message, std::span<char> frame) noexcept;
std::size_t encode(const Deliver& message, std::span<char> frame) noexcept;
std::size_t encode(const Delivered& message, std::span<char> frame) noexcept;
std::size_t encode(const Release& message, std::span<char> frame) noexcept;
std::size_t encode(const Called& message, std::span<char> frame) noexcept;

inline constexpr std::size_t max_delivery_frame_bytes = 1024;

/// True for "+", a digit other than 0, and 1..14 digits (ITU-T E.164).
bool is_e164(std::string_view number) noexcept;

} // namespace ssp::protocol
