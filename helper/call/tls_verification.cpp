#include "call/tls_verification.h"

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

namespace ssp {

namespace {

int own_index()
{
    static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
    return index;
}

TlsVerification* verification_of(const SSL* connection)
{
    return static_cast<TlsVerification*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(connection), own_index()));
}

bool is_address(const std::string& host)
{
    in6_addr address{};
    return ::inet_pton(AF_INET, host.c_str(), &address) == 1 ||
           ::inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

/// Decides nothing; keeps the reason, which the library would lose.
int keep_fault(int good, X509_STORE_CTX* store)
{
    if (good == 0) {
        const auto* connection =
            static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
        verification_of(connection)
            ->note_fault(X509_verify_cert_error_string(X509_STORE_CTX_get_error(store)));
    }
    return good;
}

/// libre makes the connection; this is the first moment at which we see it.
void send_name(const SSL* connection, int where, int /*result*/)
{
    if ((where & SSL_CB_HANDSHAKE_START) == 0)
        return;
    const auto& host = verification_of(connection)->host();
    if (!is_address(host))
        SSL_set_tlsext_host_name(const_cast<SSL*>(connection), host.c_str());
}

} // namespace

Result<void> TlsVerification::apply(ssl_ctx_st* context, const std::string& ca_file)
{
    const int trusted = ca_file.empty() ? SSL_CTX_set_default_verify_paths(context)
                                        : SSL_CTX_load_verify_locations(context, ca_file.c_str(), nullptr);
    if (trusted != 1)
        return Error{ErrorKind::configuration, "certificates that are trusted cannot be read: " + ca_file};
    X509_VERIFY_PARAM* rules = SSL_CTX_get0_param(context);
    X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    const int named = is_address(host_) ? X509_VERIFY_PARAM_set1_ip_asc(rules, host_.c_str())
                                        : X509_VERIFY_PARAM_set1_host(rules, host_.c_str(), host_.size());
    if (named != 1 || SSL_CTX_set_ex_data(context, own_index(), this) != 1 ||
        SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1)
        return Error{ErrorKind::configuration, "TLS cannot be set up"};
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, keep_fault);
    SSL_CTX_set_info_callback(context, send_name);
    return {};
}

} // namespace ssp
