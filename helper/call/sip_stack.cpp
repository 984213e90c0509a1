#include "call/sip_stack.h"

#include "call/next_hops.h"

#include <array>
#include <cstring>
#include <fmt/format.h>

namespace ssp {

namespace {

constexpr std::uint32_t table_size = 16;

sip_transp library_word(SipTransport transport)
{
    return transport == SipTransport::tcp ? SIP_TRANSP_TCP : SIP_TRANSP_UDP;
}

std::string text_of(const sa& address)
{
    std::array<char, 64> text{};
    ::sa_ntop(&address, text.data(), static_cast<int>(text.size()));
    const bool six = ::sa_af(&address) == AF_INET6;
    return fmt::format("{}{}{}:{}", six ? "[" : "", text.data(), six ? "]" : "", ::sa_port(&address));
}

} // namespace

SipStack::SipStack(const ProxyAddress& proxy, const sa& hop, const sa& local, Hooks hooks)
    : local_(local), route_(fmt::format("sip:{};transport={};lr", text_of(hop), word(proxy.transport))),
      hooks_(std::move(hooks)), verification_(proxy.host)
{
}

SipStack::~SipStack()
{
    sessions_.reset();
    hooks_ = {};
    if (sip_)
        ::sip_close(sip_.get(), true);
}

Result<std::unique_ptr<SipStack>> SipStack::open(const ProxyAddress& proxy, const std::string& ca_file,
                                                 const sa& hop, dnsc* dns, Hooks hooks)
{
    const auto local = local_address_towards(hop);
    if (!local)
        return local.error();
    std::unique_ptr<SipStack> stack(new SipStack(proxy, hop, *local, std::move(hooks)));
    if (auto started = stack->start(proxy.transport, ca_file, dns); !started)
        return started.error();
    return stack;
}

Result<void> SipStack::start(SipTransport transport, const std::string& ca_file, dnsc* dns)
{
    const auto on_exit = [](void* self) {
        if (const auto& gone = static_cast<SipStack*>(self)->hooks_.gone)
            gone();
    };
    int error = ::sip_alloc(sip_.out(), dns, table_size, table_size, table_size, "ssp-mfa", on_exit, this);
    if (error == 0)
        ::sip_set_trace_handler(sip_.get(), [](bool sent, sip_transp, const sa*, const sa*,
                                               const std::uint8_t* packet, std::size_t size, void* self) {
            const auto& received = static_cast<SipStack*>(self)->hooks_.received;
            if (!sent && received)
                received({reinterpret_cast<const char*>(packet), size});
        });
    if (error == 0 && transport == SipTransport::tls) {
        if (auto started = start_tls(ca_file); !started)
            return started;
    } else if (error == 0) {
        error = ::sip_transp_add(sip_.get(), library_word(transport), &local_);
    }
    const auto refuse_call = [](const sip_msg* message, void* self) {
        ::sip_treply(nullptr, static_cast<SipStack*>(self)->get(), message, 486, "Busy Here");
    };
    if (error == 0)
        error = ::sipsess_listen(sessions_.out(), sip_.get(), table_size, refuse_call, this);
    if (error != 0)
        return Error{ErrorKind::configuration, std::string("no SIP socket: ") + std::strerror(error)};
    return {};
}

Result<void> SipStack::start_tls(const std::string& ca_file)
{
    if (::tls_alloc(tls_.out(), TLS_METHOD_SSLV23, nullptr, nullptr) != 0)
        return Error{ErrorKind::configuration, "TLS cannot be set up"};
    if (auto verified = verification_.apply(::tls_openssl_context(tls_.get()), ca_file); !verified)
        return verified;
    if (::sip_transp_add(sip_.get(), SIP_TRANSP_TLS, &local_, tls_.get()) != 0)
        return Error{ErrorKind::configuration, "no SIP socket for TLS"};
    return {};
}

Held<dnsc> dns_client()
{
    std::array<sa, 4> servers{};
    std::uint32_t count = servers.size();
    Held<dnsc> client;
    if (::dns_srv_get(nullptr, 0, servers.data(), &count) == 0 && count > 0)
        ::dnsc_alloc(client.out(), nullptr, servers.data(), count);
    return client;
}

} // namespace ssp
