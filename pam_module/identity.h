#pragma once
// Who the person is. The name that was typed is never an identity: the name service of this host turns it
// into a uid and one canonical name, so that "ALICE" and "alice@corp" are alice.
#include <cstddef>
#include <security/pam_modules.h>
#include <string_view>
#include <sys/types.h>

namespace ssp::pam {

inline constexpr std::size_t max_groups = 1024;

struct Identity {
    char typed[257] = {}; ///< PAM_USER as it was when the conversation began
    char name[257] = {};  ///< pw_name
    uid_t uid = 0;
    char groups[max_groups * 4] = {}; ///< gids, little-endian, as protocol::Begin wants them
    std::size_t groups_bytes = 0;
};

enum class Found { failed, unknown_user, found };

/// Asks PAM for the user (login(1) sets none before somebody asks; the application may then prompt), then
/// the name service. unknown_user only when the name service says so; an error, a name of more than
/// 256 bytes or more than max_groups groups: failed.
Found find_identity(pam_handle_t* pamh, Identity& out) noexcept;

/// False once PAM_USER is no longer what find_identity() read.
bool is_still_user(pam_handle_t* pamh, const Identity& identity) noexcept;

/// The uid of a name; false when the name service has none or fails.
bool find_uid(const char* name, uid_t& out) noexcept;

} // namespace ssp::pam
