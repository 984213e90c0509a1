#include "call/sip_address.h"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <fmt/format.h>

namespace ssp {

namespace {

Error not_understood(std::string_view what, std::string_view uri)
{
    return {ErrorKind::configuration, fmt::format("{} is not understood: {}", what, uri.substr(0, 60))};
}

bool is_numeric(const std::string& host)
{
    in6_addr address{};
    return ::inet_pton(AF_INET, host.c_str(), &address) == 1 ||
           ::inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

/// Letters of names and of IPv6 addresses: nothing that means something else in a header.
bool is_host(std::string_view host)
{
    return !host.empty() && host.size() <= 255 && std::all_of(host.begin(), host.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
               c == '-' || c == ':' || c == '_';
    });
}

struct HostPort {
    std::string host;
    std::uint16_t port = 0;
};

bool read_host_port(std::string_view text, HostPort& read)
{
    std::string_view port;
    if (text.starts_with('[')) {
        const auto end = text.find(']');
        if (end == std::string_view::npos)
            return false;
        read.host = text.substr(1, end - 1);
        port = text.substr(end + 1);
    } else {
        const auto colon = std::min(text.find(':'), text.size());
        read.host = text.substr(0, colon);
        port = text.substr(colon);
    }
    if (!is_host(read.host))
        return false;
    if (port.empty())
        return true;
    port.remove_prefix(1);
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), read.port);
    return error == std::errc() && end == port.data() + port.size() && read.port != 0;
}

} // namespace

Result<ProxyAddress> read_proxy(std::string_view uri)
{
    const bool secure = uri.starts_with("sips:");
    if (!secure && !uri.starts_with("sip:"))
        return not_understood("proxy", uri);
    std::string_view rest = uri.substr(secure ? 5 : 4);
    const auto semicolon = std::min(rest.find(';'), rest.size());
    const std::string_view parameters = rest.substr(semicolon);

    ProxyAddress proxy;
    HostPort where;
    if (!read_host_port(rest.substr(0, semicolon), where))
        return not_understood("proxy", uri);
    if (secure || parameters == ";transport=tls")
        proxy.transport = SipTransport::tls;
    else if (parameters == ";transport=tcp")
        proxy.transport = SipTransport::tcp;
    else if (!parameters.empty() && parameters != ";transport=udp")
        return not_understood("proxy", uri);
    if (secure && !parameters.empty() && parameters != ";transport=tls" && parameters != ";transport=tcp")
        return not_understood("proxy", uri);
    proxy.host = std::move(where.host);
    proxy.port = where.port;
    proxy.numeric = is_numeric(proxy.host);
    return proxy;
}

Result<std::string> domain_of(std::string_view uri)
{
    const bool sip = uri.starts_with("sip:") || uri.starts_with("sips:");
    const auto at = uri.find('@');
    const bool clean = std::all_of(uri.begin(), uri.end(), [](char c) {
        return c > ' ' && c <= '~' && c != '<' && c != '>' && c != '"';
    });
    if (!sip || !clean || uri.size() > 255 || at == std::string_view::npos || at == uri.find(':') + 1)
        return not_understood("from", uri);
    HostPort where;
    if (!read_host_port(uri.substr(at + 1), where))
        return not_understood("from", uri);
    return std::string(uri.substr(at + 1));
}

std::uint16_t default_port(SipTransport transport) noexcept
{
    return transport == SipTransport::tls ? 5061 : 5060;
}

std::string_view word(SipTransport transport) noexcept
{
    if (transport == SipTransport::tls)
        return "tls";
    return transport == SipTransport::tcp ? "tcp" : "udp";
}

} // namespace ssp
