#pragma once
// The values the verifier thinks in. Names follow NIST SP 800-63B; docs/glossary.md lists them.
#include "base/clock.h"
#include "base/secret_string.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ssp {

/// Who a person is: the uid and the canonical name together. The typed name is never an identity.
struct Identity {
    std::uint32_t uid = 0;
    std::string name; ///< from the host's name service, 1..256 bytes
};

enum class SubscriberId : std::int64_t {};
enum class AuthenticatorId : std::int64_t {};
enum class TrustId : std::int64_t {};

/// 128 random bits: proof of consumption is never a sequence number.
using ChallengeId = std::array<unsigned char, 16>;
/// SHA-256 or HMAC-SHA-256.
using Digest = std::array<unsigned char, 32>;

enum class AuthenticatorKind : std::uint8_t {
    text_message = 1,      ///< out-of-band, six digits
    voice_call = 2,        ///< out-of-band, five digits (six with profile "nist")
    authenticator_app = 3, ///< TOTP, six digits
};

/// Something the subscriber has that is bound to the account.
struct Authenticator {
    AuthenticatorId id{};
    AuthenticatorKind kind = AuthenticatorKind::text_message;
    SecretString secret; ///< E.164 number ("+12055550123"), or the TOTP key's raw bytes
    WallTime bound_at{};
    std::int64_t last_step = 0; ///< app: highest TOTP step ever accepted
    int failures = 0;           ///< tries in a row without a success with this one
    bool disabled = false;      ///< too many of them: until it is bound anew or the desk unlocks
};

/// One person as the store knows them, read at one moment.
struct Subscriber {
    SubscriberId id{};
    Identity identity;
    std::vector<Authenticator> authenticators; ///< live ones, in order of binding
    int look_up_secrets_left = 0;
    bool locked_by_desk = false;
    std::string lock_reason; ///< the desk's words, for the desk
    int guess_points = 0;    ///< points spent in the last 365 days (docs/explanation/guessing.md)
    int points_since_success = 0;
    int consecutive_failures = 0; ///< since the last success
    std::optional<WallTime> throttled_until;
    bool codes_held_back = false;     ///< everybody's points are spent, and no success for a day
    std::int64_t epoch = 0;           ///< raised by whatever ends all trust at once
    std::vector<std::string> notices; ///< shown once, at the next sign-in
};

/// A device that a person may sign in from without a challenge.
struct Trust {
    TrustId id{};
    std::string label; ///< "SSH key ending Qx7A"
    std::string scope; ///< "sshd"
    WallTime granted_at{};
    WallTime expires_at{}; ///< fixed at the grant; use does not extend it
    WallTime last_used_at{};
    bool live = true; ///< not revoked, not ended by an epoch, not expired at the time of reading
};

/// A device as seen in one sign-in.
struct Device {
    Digest fingerprint{}; ///< what trust is bound to
    std::string label;    ///< for people; ASCII
};

/// One row of the audit trail. Fields hold no secret; numbers are masked by the writer of the entry.
struct AuditEntry {
    std::string event; ///< "sign-in-accepted", "sign-in-refused", "authenticator-bound", ...
    Identity person;
    std::string actor; ///< who did it: "self", "root", "uid 1001 (support)"
    std::string service;
    std::string source; ///< numeric address or ""
    std::string method; ///< "text", "voice", "app", "recovery-code", "trusted-device", ""
    std::string detail; ///< plain words or a reference
};

/// Events of AuditEntry that the journal gets a line for as well: an operator looks for them.
namespace audit_event {
inline constexpr std::string_view clock_repaired = "clock-repaired";     ///< a clock that was ahead is right
inline constexpr std::string_view restored = "restored";                 ///< from a backup
inline constexpr std::string_view send_refused = "send-refused";         ///< a limit of [sending] held
inline constexpr std::string_view few_typed_back = "few-typed-back";     ///< once for each region and day
inline constexpr std::string_view many_wrong_codes = "many-wrong-codes"; ///< of all people, once a day
inline constexpr std::string_view codes_held_back = "codes-held-back";   ///< the same, all of a year's
inline constexpr std::string_view authenticator_disabled = "authenticator-disabled"; ///< audit trail only
inline constexpr std::string_view owner_told = "owner-told";          ///< or the administrator instead
inline constexpr std::string_view owner_not_told = "owner-not-told";  ///< a limit held
inline constexpr std::string_view key_rotated = "master-key-rotated"; ///< every row is under the new one
} // namespace audit_event

/// What proves the second factor in Store::accept().
struct StepProof {
    AuthenticatorId authenticator{};
    std::int64_t step = 0;
};
struct ChallengeProof {
    ChallengeId challenge{};
};
struct LookUpSecretProof {
    Digest digest{};
};
struct TrustProof {
    TrustId trust{};
};

} // namespace ssp
