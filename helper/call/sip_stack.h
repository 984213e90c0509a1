#pragma once
#include "base/result.h"
#include "call/libre.h"
#include "call/sip_address.h"
#include "call/tls_verification.h"

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace ssp {

/// What one attempt to reach one server needs of the library: sockets, transactions, dialogues. A stack of
/// its own for each server, because the address that we give ourselves depends on it.
class SipStack {
public:
    struct Hooks {
        std::function<void(std::string_view)>
            received;               ///< each packet, before the library sees what it means
        std::function<void()> gone; ///< close() was called, and the last transaction ended
    };

    /// Opens sockets on the address that faces `hop`. `dns` may be null. Errors: delivery_unavailable (no
    /// route), configuration.
    static Result<std::unique_ptr<SipStack>> open(const ProxyAddress& proxy, const std::string& ca_file,
                                                  const sa& hop, dnsc* dns, Hooks hooks);
    ~SipStack();
    SipStack(const SipStack&) = delete;
    SipStack& operator=(const SipStack&) = delete;

    sip* get() const noexcept { return sip_.get(); }
    sipsess_sock* sessions() const noexcept { return sessions_.get(); }
    const sa& local() const noexcept { return local_; }
    /// The server as a Route.
    const char* route() const noexcept { return route_.c_str(); }
    /// What was wrong with the server's certificate; "" when nothing was.
    const std::string& certificate_fault() const noexcept { return verification_.fault(); }
    /// Lets what is under way come to its end.
    void close() noexcept { ::sip_close(sip_.get(), false); }

private:
    SipStack(const ProxyAddress& proxy, const sa& hop, const sa& local, Hooks hooks);
    Result<void> start(SipTransport transport, const std::string& ca_file, dnsc* dns);
    Result<void> start_tls(const std::string& ca_file);

    sa local_;
    std::string route_;
    Hooks hooks_;
    TlsVerification verification_;
    Held<tls> tls_;
    Held<sip> sip_;
    Held<sipsess_sock> sessions_;
};

/// The name servers of this host; null when there are none.
Held<dnsc> dns_client();

} // namespace ssp
