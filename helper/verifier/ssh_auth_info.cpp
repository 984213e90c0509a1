#include "verifier/ssh_auth_info.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <openssl/evp.h>

namespace ssp {

namespace {

constexpr std::size_t max_auth_info_bytes = 8192; // the wire's limit (protocol/message.h)
constexpr std::string_view base64_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The only base64 form of some bytes (RFC 4648 section 4: padded, unused bits zero), or nothing.
std::optional<std::string> from_base64(std::string_view text)
{
    if (text.empty() || text.size() % 4 != 0)
        return std::nullopt;
    const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with("=") ? 1 : 0;
    std::string bytes;
    bytes.reserve(text.size() / 4 * 3);
    std::uint32_t bits = 0;
    int waiting = 0;
    for (const char c : text.substr(0, text.size() - padding)) {
        const auto value = base64_alphabet.find(c);
        if (value == std::string_view::npos)
            return std::nullopt;
        bits = (bits << 6U) | static_cast<std::uint32_t>(value);
        waiting += 6;
        if (waiting >= 8) {
            waiting -= 8;
            bytes.push_back(static_cast<char>((bits >> static_cast<unsigned>(waiting)) & 0xffU));
        }
    }
    if ((bits & ((1U << static_cast<unsigned>(waiting)) - 1U)) != 0)
        return std::nullopt;
    return bytes;
}

/// Reads the fields of an SSH blob (RFC 4251 section 5).
class Blob {
public:
    explicit Blob(std::string_view bytes) : rest_(bytes) {}

    /// A string or mpint, its length included; empty when it is not there.
    std::string_view whole_string()
    {
        if (rest_.size() < 4)
            return fail();
        std::size_t length = 0;
        for (std::size_t i = 0; i < 4; ++i)
            length = (length << 8U) | static_cast<unsigned char>(rest_[i]);
        if (length > rest_.size() - 4)
            return fail();
        return take(4 + length);
    }
    std::string_view string()
    {
        const auto whole = whole_string();
        return whole.empty() ? whole : whole.substr(4);
    }
    void skip(std::size_t bytes)
    {
        if (rest_.size() < bytes)
            fail();
        else
            take(bytes);
    }
    bool ended_well() const { return !failed_ && rest_.empty(); }

private:
    std::string_view take(std::size_t bytes)
    {
        const auto taken = rest_.substr(0, bytes);
        rest_.remove_prefix(bytes);
        return taken;
    }
    std::string_view fail()
    {
        failed_ = true;
        rest_ = {};
        return {};
    }

    std::string_view rest_;
    bool failed_ = false;
};

/// A kind of certificate and what its embedded key looks like (PROTOCOL.certkeys, PROTOCOL.u2f).
struct CertificateKind {
    std::string_view type;
    std::string_view plain_type;
    int key_fields; ///< strings and mpints that are the public key
};
constexpr auto certificate_kinds = std::to_array<CertificateKind>({
    {"ssh-ed25519-cert-v01@openssh.com", "ssh-ed25519", 1},
    {"ssh-rsa-cert-v01@openssh.com", "ssh-rsa", 2},
    {"ecdsa-sha2-nistp256-cert-v01@openssh.com", "ecdsa-sha2-nistp256", 2},
    {"ecdsa-sha2-nistp384-cert-v01@openssh.com", "ecdsa-sha2-nistp384", 2},
    {"ecdsa-sha2-nistp521-cert-v01@openssh.com", "ecdsa-sha2-nistp521", 2},
    {"sk-ssh-ed25519-cert-v01@openssh.com", "sk-ssh-ed25519@openssh.com", 2},
    {"sk-ecdsa-sha2-nistp256-cert-v01@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com", 3},
    {"ssh-dss-cert-v01@openssh.com", "ssh-dss", 4},
});

std::string with_length(std::string_view text)
{
    std::string out{'\0', '\0', '\0', static_cast<char>(text.size())}; // our own names: below 256
    return out.append(text);
}

/// The plain public key inside a certificate, as the blob that an authorized_keys line would hold.
std::optional<std::string> embedded_key(std::string_view certificate, const CertificateKind& kind)
{
    Blob blob(certificate);
    blob.skip(4 + kind.type.size());
    blob.whole_string(); // nonce
    std::string plain = with_length(kind.plain_type);
    for (int i = 0; i < kind.key_fields; ++i)
        plain.append(blob.whole_string());
    blob.skip(8 + 4); // serial, type
    for (int i = 0; i < 2; ++i)
        blob.whole_string(); // key id, principals
    blob.skip(8 + 8);        // valid after, valid before
    for (int i = 0; i < 5; ++i)
        blob.whole_string(); // critical options, extensions, reserved, signature key, signature
    if (!blob.ended_well())
        return std::nullopt;
    return plain;
}

std::optional<Digest> sha256(std::string_view bytes)
{
    Digest digest{};
    if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, EVP_sha256(), nullptr) != 1)
        return std::nullopt;
    return digest;
}

std::optional<Digest> fingerprint_of(std::string_view type, std::string_view base64)
{
    const auto blob = from_base64(base64);
    if (!blob || Blob(*blob).string() != type || type.empty())
        return std::nullopt;
    if (type.find("-cert-v") == std::string_view::npos)
        return sha256(*blob);
    const auto kind = std::ranges::find(certificate_kinds, type, &CertificateKind::type);
    if (kind == certificate_kinds.end()) // hashed whole, every issue of it would be another device
        return std::nullopt;
    const auto plain = embedded_key(*blob, *kind);
    return plain ? sha256(*plain) : std::nullopt;
}

/// Takes what stands before the first space off `line`, and the space.
std::string_view next_word(std::string_view& line)
{
    const auto end = std::min(line.find(' '), line.size());
    const auto word = line.substr(0, end);
    line.remove_prefix(std::min(end + 1, line.size()));
    return word;
}

bool is_printable(std::string_view line)
{
    return std::ranges::all_of(line, [](char c) { return c >= 0x20 && c != 0x7f; });
}

} // namespace

std::optional<std::vector<ProvenKey>> proven_keys(std::string_view auth_info)
{
    if (auth_info.size() > max_auth_info_bytes)
        return std::nullopt;
    std::vector<ProvenKey> keys;
    while (!auth_info.empty()) {
        const auto end = auth_info.find('\n');
        if (end == std::string_view::npos)
            return std::nullopt;
        auto line = auth_info.substr(0, end);
        auth_info.remove_prefix(end + 1);

        const auto method = next_word(line);
        if (method.empty() || !is_printable(method))
            return std::nullopt;
        const bool hostbased = method == "hostbased";
        if (method != "publickey" && !hostbased)
            continue;
        const auto type = next_word(line);
        const auto base64 = next_word(line);
        if (!hostbased && !line.empty()) // only hostbased lines go on, with the client's user and host
            return std::nullopt;
        const auto fingerprint = fingerprint_of(type, base64);
        if (!fingerprint || keys.size() == max_proven_keys)
            return std::nullopt;
        keys.push_back({*fingerprint, hostbased});
    }
    return keys;
}

std::string fingerprint_text(const Digest& fingerprint)
{
    std::array<unsigned char, 45> base64{};
    EVP_EncodeBlock(base64.data(), fingerprint.data(), static_cast<int>(fingerprint.size()));
    return {reinterpret_cast<const char*>(base64.data()), 43};
}

} // namespace ssp
