#pragma once
// The authenticator app: time-based one-time passwords, RFC 6238 with SHA-1, six digits, 30 seconds.
#include "base/clock.h"
#include "base/random.h"
#include "base/secret_string.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ssp::totp {

inline constexpr int digits = 6;
inline constexpr Seconds step_length{30};
/// The time step of a moment: its code is on the person's screen then.
constexpr std::int64_t step_at(WallTime now) noexcept { return now.time_since_epoch() / step_length; }
/// Points of a wrong code: it may be right for three time steps (RFC 6238 5.2: one step of delay each way).
inline constexpr int guess_points = 3;

/// The time step whose code `typed` is, of the step now and its two neighbours; nothing otherwise.
/// `typed`: exactly six ASCII digits, anything else never matches. Each comparison takes constant time.
/// The caller consumes the step through Store::accept(), which refuses a step that is not new: replay
/// is not decided here. `now` must lie after 1970; later than 2038 is fine.
std::optional<std::int64_t> matched_step(const SecretString& key, std::string_view typed, WallTime now);

/// A new key of 160 bits (RFC 4226 R6).
Result<SecretString> new_key(Random& random);

/// Base32 without padding (RFC 4648), in groups of four: "JBSW Y3DP ..."; `grouped` false: without spaces.
SecretString base32(const SecretString& key, bool grouped);

/// otpauth://totp/ISSUER:NAME?secret=...&issuer=ISSUER. Everything but letters, digits, "-", "_" and "." is
/// percent-encoded, so that a hostile name stays a name.
SecretString otpauth_uri(const SecretString& key, std::string_view issuer, std::string_view name);

} // namespace ssp::totp
