#pragma once
// Certificates of a test's own: an authority, and what it vouches for.
#include <cstdio>
#include <memory>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdexcept>
#include <string>

namespace ssp::testing {

class Authority {
public:
    explicit Authority(const char* name = "Authority of a test")
        : key_(EVP_EC_gen("P-256"), EVP_PKEY_free), certificate_(X509_new(), X509_free)
    {
        describe(certificate_.get(), key_.get(), name);
        extend(certificate_.get(), NID_basic_constraints, "critical,CA:TRUE");
        X509_sign(certificate_.get(), key_.get(), EVP_sha256());
    }
    /// Writes the certificate as PEM.
    void write(const std::string& path) const
    {
        const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "w"),
                                                                   std::fclose);
        if (file == nullptr || PEM_write_X509(file.get(), certificate_.get()) != 1)
            throw std::runtime_error("no certificate written");
    }
    /// For a server called `names`, as subjectAltName has them: "IP:127.0.0.1", "DNS:gateway.example".
    std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> server(const char* names) const
    {
        const Key key(EVP_EC_gen("P-256"), EVP_PKEY_free);
        const Certificate certificate(X509_new(), X509_free);
        describe(certificate.get(), key.get(), "gateway");
        extend(certificate.get(), NID_subject_alt_name, names);
        X509_sign(certificate.get(), key_.get(), EVP_sha256());
        std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> tls(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
        SSL_CTX_use_certificate(tls.get(), certificate.get());
        SSL_CTX_use_PrivateKey(tls.get(), key.get());
        return tls;
    }

private:
    using Key = std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)>;
    using Certificate = std::unique_ptr<X509, void (*)(X509*)>;

    void describe(X509* certificate, EVP_PKEY* key, const char* name) const
    {
        static long serial = 0;
        X509_set_version(certificate, 2);
        ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
        X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
        X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
        X509_set_pubkey(certificate, key);
        X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                                   reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
        X509_set_issuer_name(certificate, X509_get_subject_name(certificate_.get()));
    }
    static void extend(X509* certificate, int what, const char* value)
    {
        X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, what, value);
        X509_add_ext(certificate, extension, -1);
        X509_EXTENSION_free(extension);
    }

    Key key_;
    Certificate certificate_;
};

} // namespace ssp::testing
