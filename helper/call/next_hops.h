#pragma once
// Where to send requests: the addresses of the server, in the order in which they are tried (RFC 3263).
#include "base/result.h"
#include "call/libre.h"
#include "call/sip_address.h"

#include <functional>
#include <vector>

namespace ssp {

/// Finds them once. SRV records come by libre, names by the resolver of the system.
class NextHops {
public:
    using Found = std::function<void(Result<std::vector<sa>>)>;

    /// `dns` may be null: then there are no SRV records.
    NextHops(const ProxyAddress& proxy, dnsc* dns) : proxy_(proxy), dns_(dns) {}

    /// Calls `found` once, perhaps before it returns, while this object lives. Errors: delivery_unavailable
    /// (the name is not known).
    void find(Found found);

private:
    static void on_srv(int error, const dnshdr* header, list* answers, list* authorities, list* additional,
                       void* self);
    void add_addresses(const std::string& host, std::uint16_t port);
    void finish();

    const ProxyAddress& proxy_;
    dnsc* dns_;
    Found found_;
    std::vector<sa> hops_;
    Held<dns_query> query_;
};

/// The address of this host from which `hop` is reached; port 0. Errors: delivery_unavailable.
Result<sa> local_address_towards(const sa& hop);

} // namespace ssp
