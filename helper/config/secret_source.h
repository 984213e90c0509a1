#pragma once
// Where a password, token or key of a provider comes from. It is never in the configuration itself, which is
// read by more programs and people than it.
#include "base/secret_string.h"
#include "config/section.h"

#include <string>

namespace ssp::config {

inline constexpr std::size_t max_secret_bytes = 16384;

namespace rule {
extern const TextRule secret_source; ///< an absolute path, or "credential:NAME"
} // namespace rule

/// The secret that `source`, which fits rule::secret_source, names: the content of that file, or of the
/// credential of that name that systemd gave to this daemon (LoadCredential= in systemd.exec(5)). One line
/// end at its end does not count. 1 to max_secret_bytes bytes, any but NUL. The rules of read_source() hold,
/// and others may not read it. Reads the environment ($CREDENTIALS_DIRECTORY).
/// Errors: configuration, naming the file or credential and what to do, never its content.
Result<SecretString> read_secret(const std::string& source);

} // namespace ssp::config
