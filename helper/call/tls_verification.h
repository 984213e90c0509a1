#pragma once
#include "base/result.h"

#include <string>

struct ssl_ctx_st;

namespace ssp {

/// Whom a TLS connection must turn out to be. libre verifies nothing by itself.
class TlsVerification {
public:
    /// `host`: the name or address of account.proxy, which the certificate must carry.
    explicit TlsVerification(std::string host) : host_(std::move(host)) {}

    /// Makes every connection of `context` verify chain and name, at TLS 1.2 or later, and send the name
    /// (SNI). `ca_file`: PEM, or "" for what this host trusts. This object must outlive the context. Errors:
    /// configuration.
    Result<void> apply(ssl_ctx_st* context, const std::string& ca_file);

    /// What was wrong with the certificate that came; "" when nothing was.
    const std::string& fault() const noexcept { return fault_; }
    void note_fault(const char* what) { fault_ = what; }
    const std::string& host() const noexcept { return host_; }

private:
    std::string host_;
    std::string fault_;
};

} // namespace ssp
