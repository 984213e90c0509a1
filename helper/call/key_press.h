#pragma once
// "Press 1": how telephones and PBXs say that somebody did.
#include <cstdint>
#include <span>
#include <string_view>

namespace ssp {

/// Whether a packet with events (RFC 4733, payload only) is about the key 1. A key comes in many packets.
bool is_key_1(std::span<const std::uint8_t> event) noexcept;

/// Whether an INFO request (RFC 2976) of some PBXs is about the key 1: application/dtmf-relay with
/// "Signal=1", or application/dtmf with "1". `subtype` is what follows "application/".
bool is_key_1(std::string_view subtype, std::string_view body) noexcept;

} // namespace ssp
