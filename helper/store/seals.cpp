#include "store/seals.h"

#include <cstdlib>
#include <cstring>
#include <fmt/format.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

namespace ssp {

namespace {

constexpr std::size_t nonce_bytes = std::tuple_size_v<Nonce>;
constexpr std::size_t tag_bytes = 16;
constexpr std::size_t subkey_bytes = 32;

const unsigned char* as_bytes(std::string_view text)
{
    return reinterpret_cast<const unsigned char*>(text.data());
}

void insist(bool done)
{
    if (!done)
        std::abort();
}

std::int64_t name_of(const MasterKey& master)
{
    const auto bytes = subkey(master, "key id");
    std::int64_t id = 0;
    for (const auto byte : bytes.bytes().first(4))
        id = id << 8 | byte;
    return id;
}

std::string big_endian(std::uint64_t number)
{
    std::string out(sizeof number, '\0');
    for (auto at = out.rbegin(); at != out.rend(); ++at, number >>= 8)
        *at = static_cast<char>(number & 0xff);
    return out;
}

EVP_CIPHER_CTX* cipher(const SecretString& key, bool encrypt)
{
    EVP_CIPHER* gcm = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
    EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
    insist(gcm != nullptr && context != nullptr &&
           EVP_CipherInit_ex2(context, gcm, key.bytes().data(), nullptr, encrypt ? 1 : 0, nullptr) == 1);
    EVP_CIPHER_free(gcm); // the context holds its own reference
    return context;
}

} // namespace

SecretString subkey(const MasterKey& master, std::string_view purpose)
{
    insist(master.bytes.size() == master_key_bytes);
    const std::string info = "ssp-mfa 1 " + std::string(purpose);
    char digest[] = "SHA256";
    auto key = master.bytes.clone();
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, key.data(), key.size()),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, const_cast<char*>(info.data()), info.size()),
        OSSL_PARAM_construct_end(),
    };
    EVP_KDF* hkdf = EVP_KDF_fetch(nullptr, "HKDF", nullptr);
    EVP_KDF_CTX* context = EVP_KDF_CTX_new(hkdf);
    auto out = SecretString::zeros(subkey_bytes);
    insist(context != nullptr &&
           EVP_KDF_derive(context, reinterpret_cast<unsigned char*>(out.data()), out.size(), params) == 1);
    EVP_KDF_CTX_free(context);
    EVP_KDF_free(hkdf);
    return out;
}

Fields& Fields::add(std::int64_t number) { return add(big_endian(static_cast<std::uint64_t>(number))); }

Fields& Fields::add(std::string_view bytes)
{
    bytes_.append(big_endian(bytes.size()));
    bytes_.append(bytes);
    return *this;
}

void Mac::Free::operator()(evp_mac_ctx_st* context) const noexcept { EVP_MAC_CTX_free(context); }

Mac::Mac(const SecretString& key)
{
    EVP_MAC* hmac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
    context_.reset(EVP_MAC_CTX_new(hmac));
    EVP_MAC_free(hmac);
    char digest[] = "SHA256";
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end(),
    };
    insist(context_ && EVP_MAC_init(context_.get(), key.bytes().data(), key.size(), params) == 1);
}

Digest Mac::of(std::string_view bytes) const
{
    Digest out{};
    std::size_t size = 0;
    insist(EVP_MAC_init(context_.get(), nullptr, 0, nullptr) == 1 &&
           EVP_MAC_update(context_.get(), as_bytes(bytes), bytes.size()) == 1 &&
           EVP_MAC_final(context_.get(), out.data(), &size, out.size()) == 1 && size == out.size());
    return out;
}

bool Mac::holds(const Fields& fields, std::string_view mac) const
{
    const auto expected = of(fields);
    return mac.size() == expected.size() && CRYPTO_memcmp(mac.data(), expected.data(), expected.size()) == 0;
}

std::string key_name(std::int64_t key_id) { return fmt::format("{:08x}", key_id); }

void Seals::Free::operator()(evp_cipher_ctx_st* context) const noexcept { EVP_CIPHER_CTX_free(context); }

Seals::Seals(const MasterKey& master)
    : key_id(name_of(master)), rows(subkey(master, "row MAC")), trust(subkey(master, "trust MAC")),
      codes(subkey(master, "code HMAC")), audit_key(subkey(master, "audit chain")), audit(audit_key),
      sealing_(cipher(subkey(master, "seal"), true)), unsealing_(cipher(subkey(master, "seal"), false))
{
}

Seals::~Seals() = default;

std::string Seals::seal(const SecretString& secret, const Nonce& nonce, const Fields& row) const
{
    auto* context = sealing_.get();
    std::string out(reinterpret_cast<const char*>(nonce.data()), nonce_bytes);
    out.resize(nonce_bytes + secret.size() + tag_bytes);
    auto* text = reinterpret_cast<unsigned char*>(out.data()) + nonce_bytes;
    int length = 0;
    insist(EVP_EncryptInit_ex2(context, nullptr, nullptr, nonce.data(), nullptr) == 1 &&
           EVP_EncryptUpdate(context, nullptr, &length, as_bytes(row.bytes()),
                             static_cast<int>(row.bytes().size())) == 1 &&
           EVP_EncryptUpdate(context, text, &length, secret.bytes().data(),
                             static_cast<int>(secret.size())) == 1 &&
           EVP_EncryptFinal_ex(context, text + length, &length) == 1 &&
           EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, tag_bytes, text + secret.size()) == 1);
    return out;
}

Result<SecretString> Seals::unseal(std::string_view sealed, const Fields& row) const
{
    const Error tampered{ErrorKind::store_tampered, "a sealed secret does not open"};
    if (sealed.size() < nonce_bytes + tag_bytes)
        return tampered;
    auto* context = unsealing_.get();
    const auto* nonce = as_bytes(sealed);
    const auto size = sealed.size() - nonce_bytes - tag_bytes;
    const auto* tag = nonce + nonce_bytes + size;
    std::array<unsigned char, tag_bytes> expected{};
    std::memcpy(expected.data(), tag, tag_bytes);

    auto secret = SecretString::zeros(size);
    auto* text = reinterpret_cast<unsigned char*>(secret.data());
    int length = 0;
    unsigned char nothing = 0;
    const bool opened =
        EVP_DecryptInit_ex2(context, nullptr, nullptr, nonce, nullptr) == 1 &&
        EVP_DecryptUpdate(context, nullptr, &length, as_bytes(row.bytes()),
                          static_cast<int>(row.bytes().size())) == 1 &&
        EVP_DecryptUpdate(context, text, &length, nonce + nonce_bytes, static_cast<int>(size)) == 1 &&
        EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, tag_bytes, expected.data()) == 1 &&
        EVP_DecryptFinal_ex(context, &nothing, &length) == 1;
    if (!opened)
        return tampered;
    return secret;
}

} // namespace ssp
