#pragma once
// What a store keeps of a challenge and of a trusted device, and the pure rules on when each is over.
#include "verifier/ports.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ssp {

struct Standing;

/// One run of the machine: the kernel's boot id. Boot times of two runs cannot be compared.
using BootId = std::array<unsigned char, 16>;

/// Now, on both clocks.
struct Moment {
    WallTime wall{};
    BootTime boot{};
    BootId boot_id{};
};

/// An end on both clocks: whichever says so first is right, so setting one back extends nothing.
struct Expiry {
    WallTime wall{};
    BootTime boot{};
    BootId boot_id{};
};

struct ChallengeRecord {
    ChallengeId id{};
    AuthenticatorKind kind = AuthenticatorKind::text_message;
    std::string service;
    Digest code_mac{};
    int tries = 0;
    int max_tries = 0;
    bool open = true; ///< false: spent or void
    Expiry expiry;
    std::optional<SendReceipt> send; ///< what its message was counted for
    std::int64_t key_id = 0;         ///< of the key that its row is under (SqliteStore)
};

struct TrustRecord {
    TrustId id{};
    Digest device{};
    std::string label;
    std::string scope;
    WallTime granted_at{};
    WallTime last_used_at{};
    Expiry expiry;
    std::int64_t epoch = 0;
    bool revoked = false;
};

/// Open and not expired. A challenge is dead at its end itself, not after it, and after a restart of the
/// machine: whoever asked for it is gone.
bool is_live(const ChallengeRecord& challenge, const Moment& now) noexcept;

/// Not revoked, of this epoch, not expired. Trust survives a restart of the machine.
bool is_live(const TrustRecord& trust, const Standing& standing, const Moment& now) noexcept;

/// A new grant as it is kept; its end on the boot clock lies as far ahead as on the wall clock.
TrustRecord granted(const NewTrust& trust, const Standing& standing, const Moment& now);

/// What ends because `grant` begins: the same device in the same scope, and the oldest grants of the scope
/// beyond `max_devices`, the new one included. `known`: everything of this person.
std::vector<TrustId> ended_by(const NewTrust& grant, const std::vector<TrustRecord>& known,
                              const Standing& standing, const Moment& now);

/// Most trust of one person that is kept or listed.
inline constexpr std::size_t most_trust_kept = 100;

/// What is deleted so that one more fits into `most_trust_kept`: the last ones of the list.
std::vector<TrustId> crowded_out(const std::vector<TrustRecord>& known, const Standing& standing,
                                 const Moment& now);

/// As people see them: live ones first, newest first, at most `most_trust_kept`.
std::vector<Trust> listed(const std::vector<TrustRecord>& known, const Standing& standing, const Moment& now);
Trust shown(const TrustRecord& trust, bool live);

/// The channel of an out-of-band kind; not to be asked about an authenticator app.
Channel channel_of(AuthenticatorKind kind) noexcept;

/// Notices of one person: each once, whatever day it names, the last ten.
void add_notice(std::vector<std::string>& notices, std::string sentence);

} // namespace ssp
