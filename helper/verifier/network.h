#pragma once
// Numeric addresses and networks, compared as numbers.
#include <array>
#include <optional>
#include <string_view>

namespace ssp {

/// An IPv4 or IPv6 address as 128 bits; IPv4 is ::ffff:a.b.c.d (RFC 4291 2.5.5.2), so that an address that
/// sshd reports in either form is the same one.
using Address = std::array<unsigned char, 16>;

struct Network {
    Address base{};
    int prefix_bits = 128; ///< of the 128
};

/// A numeric address ("192.0.2.7", "2001:db8::7"); nothing for a name, a zone ("fe80::1%eth0") or anything
/// else.
std::optional<Address> parse_address(std::string_view text);

/// "ADDRESS/BITS", e.g. "10.20.0.0/16", or one address. Nothing when it is something else, when bits behind
/// the prefix are set, or when it holds a loopback or unspecified address: these are no device's address.
/// The configuration reader refuses what this refuses.
std::optional<Network> parse_network(std::string_view text);

bool contains(const Network& network, const Address& address);

/// 127.0.0.0/8, ::1, 0.0.0.0, ::.
bool is_loopback_or_unspecified(const Address& address);

} // namespace ssp
