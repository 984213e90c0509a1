#include "verifier/network.h"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <string>

namespace ssp {

namespace {

constexpr Address mapped_v4{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0};
constexpr Network all_v4{mapped_v4, 96};
constexpr Network loopback_v4{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127, 0, 0, 0}, 104};
constexpr Address loopback_v6{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};

/// The bits of byte `index` that belong to a prefix of `prefix_bits`.
unsigned char mask_of(int prefix_bits, std::size_t index)
{
    const int bits = std::clamp(prefix_bits - static_cast<int>(index) * 8, 0, 8);
    return static_cast<unsigned char>(0xff00U >> static_cast<unsigned>(bits));
}

} // namespace

std::optional<Address> parse_address(std::string_view text)
{
    const std::string terminated(text);
    if (terminated.size() != std::char_traits<char>::length(terminated.c_str()))
        return std::nullopt;
    Address address = mapped_v4;
    if (inet_pton(AF_INET, terminated.c_str(), address.data() + 12) == 1)
        return address;
    if (inet_pton(AF_INET6, terminated.c_str(), address.data()) == 1)
        return address;
    return std::nullopt;
}

bool contains(const Network& network, const Address& address)
{
    for (std::size_t i = 0; i < address.size(); ++i)
        if (((network.base[i] ^ address[i]) & mask_of(network.prefix_bits, i)) != 0)
            return false;
    return true;
}

std::optional<Network> parse_network(std::string_view text)
{
    const auto slash = text.find('/');
    const auto base = parse_address(text.substr(0, slash));
    if (!base)
        return std::nullopt;
    const bool typed_as_v4 = text.substr(0, slash).find(':') == std::string_view::npos;
    int bits = typed_as_v4 ? 32 : 128;
    if (slash != std::string_view::npos) {
        const auto digits = text.substr(slash + 1);
        int typed_bits = 0;
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), typed_bits);
        if (error != std::errc{} || end != digits.data() + digits.size() || typed_bits < 0 ||
            typed_bits > bits)
            return std::nullopt;
        bits = typed_bits;
    }
    const Network network{*base, typed_as_v4 ? bits + all_v4.prefix_bits : bits};
    for (std::size_t i = 0; i < base->size(); ++i)
        if (((*base)[i] & static_cast<unsigned char>(~mask_of(network.prefix_bits, i))) != 0)
            return std::nullopt;
    const bool holds_no_device = contains(network, loopback_v6) || contains(network, Address{}) ||
                                 contains(network, mapped_v4) || contains(network, loopback_v4.base) ||
                                 contains(loopback_v4, *base);
    if (holds_no_device)
        return std::nullopt;
    return network;
}

bool is_loopback_or_unspecified(const Address& address)
{
    return contains(loopback_v4, address) || address == loopback_v6 || address == mapped_v4 ||
           address == Address{};
}

} // namespace ssp
