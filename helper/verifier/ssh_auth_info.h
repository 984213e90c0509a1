#pragma once
// SSH_AUTH_INFO_0: what sshd says was proven in this connection, one line per completed method,
// "method[/submethod][ SP type SP base64[ SP words]]\n" (OpenSSH auth2.c, auth2_update_session_info).
#include "verifier/subscriber.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ssp {

/// A key that sshd verified a signature of.
struct ProvenKey {
    Digest fingerprint{};   ///< SHA-256 over the plain public key, as `ssh-keygen -l` prints it
    bool hostbased = false; ///< the client host's key instead of the person's
};

/// Every key named in `auth_info`, in its order; none when no completed method proved one.
///
/// A certificate (PROTOCOL.certkeys) counts by its embedded key: issued again it is the same key, and it is
/// the same as the plain key. Total: any bytes give a list, or nothing when a line does not follow its
/// format, a certificate is of an unknown kind, or there are more than 8192 bytes or max_proven_keys keys.
std::optional<std::vector<ProvenKey>> proven_keys(std::string_view auth_info);

inline constexpr std::size_t max_proven_keys = 8;

/// The 43 characters of base64 that ssh-keygen prints behind "SHA256:".
std::string fingerprint_text(const Digest& fingerprint);

} // namespace ssp
