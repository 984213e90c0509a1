#include "call/next_hops.h"

#include "base/unique_fd.h"

#include <fmt/format.h>
#include <memory>
#include <netdb.h>
#include <resolv.h>

namespace ssp {

namespace {

constexpr std::size_t most_hops = 8;

const char* srv_prefix(SipTransport transport)
{
    if (transport == SipTransport::tls)
        return "_sips._tcp.";
    return transport == SipTransport::tcp ? "_sip._tcp." : "_sip._udp.";
}

} // namespace

void NextHops::find(Found found)
{
    found_ = std::move(found);
    if (proxy_.numeric || proxy_.port != 0 || dns_ == nullptr) {
        add_addresses(proxy_.host, proxy_.port);
        finish();
        return;
    }
    const std::string name = srv_prefix(proxy_.transport) + proxy_.host;
    if (::dnsc_query(query_.out(), dns_, name.c_str(), DNS_TYPE_SRV, DNS_CLASS_IN, true, on_srv, this) != 0) {
        add_addresses(proxy_.host, 0);
        finish();
    }
}

void NextHops::on_srv(int /*error*/, const dnshdr* /*header*/, list* answers, list* /*authorities*/,
                      list* /*additional*/, void* self)
{
    auto& hops = *static_cast<NextHops*>(self);
    // The key makes the random choice among equal ones stable; one process makes one call.
    ::dns_rrlist_sort(answers, DNS_TYPE_SRV, static_cast<std::size_t>(::rand_u32()));
    for (const le* element = ::list_head(answers); element != nullptr; element = element->next) {
        const auto* record = static_cast<const dnsrr*>(element->data);
        if (record->type == DNS_TYPE_SRV)
            hops.add_addresses(record->rdata.srv.target, record->rdata.srv.port);
    }
    if (hops.hops_.empty())
        hops.add_addresses(hops.proxy_.host, 0);
    hops.finish();
}

void NextHops::add_addresses(const std::string& host, std::uint16_t port)
{
    ::res_init();
    _res.retrans = 2; // seconds; the person waits
    _res.retry = 1;
    addrinfo wanted{};
    wanted.ai_socktype = SOCK_DGRAM;
    wanted.ai_flags = proxy_.numeric ? AI_NUMERICHOST : AI_ADDRCONFIG;
    addrinfo* found = nullptr;
    if (::getaddrinfo(host.c_str(), nullptr, &wanted, &found) != 0)
        return;
    for (const addrinfo* entry = found; entry != nullptr && hops_.size() < most_hops;
         entry = entry->ai_next) {
        sa hop{};
        if (::sa_set_sa(&hop, entry->ai_addr) != 0)
            continue;
        ::sa_set_port(&hop, port != 0 ? port : default_port(proxy_.transport));
        hops_.push_back(hop);
    }
    ::freeaddrinfo(found);
}

void NextHops::finish()
{
    if (hops_.empty())
        found_(Error{ErrorKind::delivery_unavailable, fmt::format("{}: no address", proxy_.host)});
    else
        found_(std::move(hops_));
}

Result<sa> local_address_towards(const sa& hop)
{
    const UniqueFd socket(::socket(::sa_af(&hop), SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sa local{};
    ::sa_init(&local, ::sa_af(&hop));
    local.len = sizeof local.u;
    if (!socket || ::connect(socket.get(), &hop.u.sa, hop.len) != 0 ||
        ::getsockname(socket.get(), &local.u.sa, &local.len) != 0)
        return Error{ErrorKind::delivery_unavailable, "no route to the server"};
    ::sa_set_port(&local, 0);
    return local;
}

} // namespace ssp
