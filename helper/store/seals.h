#pragma once
// The keys under the master key, and what is done with them: sealing secrets, and signing rows so that an
// edited or copied one does not verify.
//
// HKDF-SHA-256 (RFC 5869) derives one subkey for each purpose; sealing is AES-256-GCM (NIST SP 800-38D) with
// a random 96-bit nonce for each secret; MACs are HMAC-SHA-256. Every sealed or signed row names the key.
#include "base/result.h"
#include "base/secret_string.h"
#include "store/master_key.h"
#include "verifier/subscriber.h"

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct evp_cipher_ctx_st;
struct evp_mac_ctx_st;

namespace ssp {

/// What a MAC or associated data covers: fields one after the other, each with its length, so that no two
/// rows read alike. Begins with the kind of row.
class Fields {
public:
    explicit Fields(std::string_view kind) { add(kind); }
    Fields& add(std::int64_t number);
    Fields& add(std::string_view bytes);
    template <std::size_t n> Fields& add(const std::array<unsigned char, n>& bytes)
    {
        return add(std::string_view(reinterpret_cast<const char*>(bytes.data()), n));
    }
    std::string_view bytes() const noexcept { return bytes_; }

private:
    std::string bytes_;
};

/// HMAC-SHA-256 under one key. One thread at a time; ends the program when OpenSSL cannot compute it:
/// there is nothing that could be trusted then.
class Mac {
public:
    explicit Mac(const SecretString& key);
    Digest of(std::string_view bytes) const;
    Digest of(const Fields& fields) const { return of(fields.bytes()); }
    /// Constant time.
    bool holds(const Fields& fields, std::string_view mac) const;

private:
    struct Free {
        void operator()(evp_mac_ctx_st* context) const noexcept;
    };
    std::unique_ptr<evp_mac_ctx_st, Free> context_;
};

/// What HKDF makes of the master key for one purpose; 32 bytes.
SecretString subkey(const MasterKey& master, std::string_view purpose);

using Nonce = std::array<unsigned char, 12>;

/// How people see a key id: 8 hex digits.
std::string key_name(std::int64_t key_id);

/// One set of subkeys with its contexts. Not shared between threads: each connection has its own.
class Seals {
public:
    explicit Seals(const MasterKey& master);
    ~Seals();
    Seals(const Seals&) = delete;
    Seals& operator=(const Seals&) = delete;

    /// nonce, ciphertext and tag. `row`: the associated data, what the secret belongs to. `nonce`: random,
    /// never used before.
    std::string seal(const SecretString& secret, const Nonce& nonce, const Fields& row) const;
    /// Errors: store_tampered for anything but what seal() made for exactly this row.
    Result<SecretString> unseal(std::string_view sealed, const Fields& row) const;

    const std::int64_t key_id; ///< names the master key without telling anything of it
    const Mac rows;            ///< people, authenticators, challenges, look-up secrets
    const Mac trust;
    const Mac codes;              ///< codes that were sent out
    const SecretString audit_key; ///< is kept when this master key goes (key_ring.h)
    const Mac audit;

private:
    struct Free {
        void operator()(evp_cipher_ctx_st* context) const noexcept;
    };
    std::unique_ptr<evp_cipher_ctx_st, Free> sealing_;
    std::unique_ptr<evp_cipher_ctx_st, Free> unsealing_;
};

} // namespace ssp
