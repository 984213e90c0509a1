#pragma once
// Bytes <-> message. A payload is the kind (u8), then fields: tag (u8), length (u16, little-endian),
// value. Decoding is total: any bytes give a message or `false`, without allocation, and the string
// views of a decoded message point into the payload.
// Used on both sides of the root boundary; needs no libstdc++ at run time.
#include "protocol/message.h"
#include "protocol/showable.h" // is_showable: what the texts hold

#include <cstddef>
#include <optional>
#include <span>

namespace ssp::protocol {

/// The kind a payload says it is; nothing for an empty payload or an unknown kind.
std::optional<Kind> kind_of(std::span<const char> payload) noexcept;

/// Each decode() gives true only for a whole payload of that kind that follows every rule of message.h.
bool decode(std::span<const char> payload, Begin& out) noexcept;
bool decode(std::span<const char> payload, Request& out) noexcept;
bool decode(std::span<const char> payload, Answer& out) noexcept;
bool decode(std::span<const char> payload, Leave& out) noexcept;
bool decode(std::span<const char> payload, Ask& out) noexcept;
bool decode(std::span<const char> payload, Tell& out) noexcept;
bool decode(std::span<const char> payload, Verdict& out) noexcept;
bool decode(std::span<const char> payload, Row& out) noexcept;
bool decode(std::span<const char> payload, Wait& out) noexcept;

/// Each encode() writes a whole frame, head included, and returns its length; 0 when a field breaks its
/// limit or `frame` is too small (max_frame_bytes always suffices). Nothing is ever truncated.
std::size_t encode(const Begin& message, std::span<char> frame) noexcept;
std::size_t encode(const Request& message, std::span<char> frame) noexcept;
std::size_t encode(const Answer& message, std::span<char> frame) noexcept;
std::size_t encode(const Leave& message, std::span<char> frame) noexcept;
std::size_t encode(const Ask& message, std::span<char> frame) noexcept;
std::size_t encode(const Tell& message, std::span<char> frame) noexcept;
std::size_t encode(const Verdict& message, std::span<char> frame) noexcept;
std::size_t encode(const Row& message, std::span<char> frame) noexcept;
std::size_t encode(const Wait& message, std::span<char> frame) noexcept;

} // namespace ssp::protocol
