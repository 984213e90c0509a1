#pragma once
#include "base/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace ssp {

enum class SipTransport { udp, tcp, tls };

/// Where requests are sent: `account.proxy`.
struct ProxyAddress {
    SipTransport transport = SipTransport::udp;
    std::string host;       ///< a name, or an address without brackets
    std::uint16_t port = 0; ///< 0: none was given, so the name's SRV records say (RFC 3263, section 4.2)
    bool numeric = false;
};

/// Reads "sip:HOST[:PORT][;transport=udp|tcp|tls]" or "sips:HOST[:PORT]" (TLS). Errors: configuration.
Result<ProxyAddress> read_proxy(std::string_view uri);

/// The domain of "sip:USER@DOMAIN[:PORT]" or "sips:...": the number is dialled there. Errors: configuration.
Result<std::string> domain_of(std::string_view uri);

/// The port of a transport when nothing says another: 5060, TLS 5061.
std::uint16_t default_port(SipTransport transport) noexcept;

/// "udp", "tcp", "tls".
std::string_view word(SipTransport transport) noexcept;

} // namespace ssp
