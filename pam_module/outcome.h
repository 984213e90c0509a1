#pragma once
// How an attempt ended, and the one table that makes a PAM return code of it.
//
// What PAM applications do with a code was observed on Debian 12 (OpenSSH 9.2, sudo 1.9.13, login 4.13):
//   sshd   treats every failure alike and asks again, except PAM_MAXTRIES (the client then shows a password
//          prompt that leads nowhere) and PAM_ACCT_EXPIRED (the connection breaks): neither is for sshd
//   sudo   asks for password and factor again up to passwd_tries, except after PAM_ABORT
//   login  ends at once after PAM_MAXTRIES
// PAM_USER_UNKNOWN is never given: stacks with user_unknown=ignore would let the person pass.
#include "pam_module/options.h"
#include "protocol/message.h"

#include <cstdint>
#include <sys/types.h>

namespace ssp::pam {

/// 32-bit words, at least eight bits apart from each other, as those of protocol::Decision, which are the
/// first five.
enum class Outcome : std::uint32_t {
    accepted = static_cast<std::uint32_t>(protocol::Decision::accepted),
    rejected = static_cast<std::uint32_t>(protocol::Decision::rejected),
    locked = static_cast<std::uint32_t>(protocol::Decision::locked),
    not_enrolled = static_cast<std::uint32_t>(protocol::Decision::not_enrolled),
    unavailable = static_cast<std::uint32_t>(protocol::Decision::unavailable),
    unreachable = 0x3B5C0F6AU,     ///< nobody there, or gone or silent before anything was asked
    distrusted = 0x74E9D598U,      ///< what listens is not to be trusted, or does not speak the protocol
    person_left = 0x08B7E207U,     ///< the conversation failed, or an answer was too long
    unknown_user = 0x4D2E8471U,    ///< the name service says that there is nobody of this name
    password_method = 0xA61B66BDU, ///< sshd's password method, which cannot hold a conversation
    fault = 0xF7403CE6U,           ///< of this host: configuration, memory, name service, descriptors
};

enum class Family { ssh, sudo, other };

/// What besides the outcome decides whether an option may have its PAM_IGNORE. Starts where none may.
struct Place {
    Family family = Family::ssh;
    bool superuser = true; ///< the person is uid 0
    bool remote = true;    ///< PAM_RHOST is set
};

/// sudo and sudo-i are sudo; what ssh_services= lists is ssh.
Family family_of(std::string_view service, const Options& options) noexcept;

/// What pam_sm_authenticate returns: PAM_SUCCESS for `accepted` alone, PAM_IGNORE only where an option has
/// it:
///   nullok                    somebody who is not enrolled and may not enrol here
///   ignore_unknown_user       nobody of this name, outside ssh
///   ignore_authinfo_unavail   unreachable, at this host's console or screen lock, never for uid 0. Not what
///                             the helper calls unavailable: that may be a changed identity
/// Anything else refuses, a word that is no Outcome too.
int return_code(Outcome outcome, const Place& place, const Options& options) noexcept;

/// The outcome in one word, for the log.
const char* name_of(Outcome outcome) noexcept;

} // namespace ssp::pam
