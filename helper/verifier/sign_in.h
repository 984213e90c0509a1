#pragma once
// The sign-in, from the first question to the one verdict.
//
// A sign-in is a coroutine that reads as a script; it holds nothing that must survive it. What must hold:
//   - Accepting happens in Store::accept() or Store::bind() alone; everything else ends in a refusal.
//   - A try is reserved durably before an answer is judged, a send before anything is sent, and a challenge
//     is recorded before its code leaves the house (ports.h).
//   - Nothing is sent that nobody asked for. An empty answer is no choice and no try.
//   - Whoever leaves destroys the coroutine: an unfinished challenge is void, nothing is remembered.
// Identity and facts arrive in SignInFacts; nothing here asks the local machine.
#include "base/task.h"
#include "verifier/ports.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace ssp {

/// What the module knows truthfully about one conversation (protocol/message.h, Begin).
struct SignInFacts {
    Identity person;
    std::string service; ///< PAM service, "sshd"
    std::string rhost;   ///< may be a host name, empty or unset; never compared
    std::string tty;
    std::string ruser;
    std::string source;     ///< numeric address of the peer, or empty
    std::string connection; ///< one value per connection of the host program, or empty
    std::uint32_t caller_uid = 0;
    std::uint32_t audit_session = 0xffffffffU; ///< this value: none
    std::optional<std::string> auth_info;      ///< SSH_AUTH_INFO_0; nothing: the variable is not set
    std::vector<std::uint32_t> groups;
};

/// How a conversation ends; refusal is the first value. The words of protocol/message.h, Decision.
enum class Verdict { rejected, accepted, locked, not_enrolled, unavailable };

/// What is remembered of connections of a host program: when sign-ins in it began, and whether its tries are
/// used up, so that a further one ends after one prompt with the reason, the support contact and the
/// reference. Kept in memory only, at most 10,000 entries and 15 minutes each: what limits an attacker is in
/// the store.
class Connections {
public:
    /// When the first sign-in of this connection began; `boot_now` when none is remembered.
    BootTime first_sign_in(const std::string& connection, BootTime boot_now, WallTime now);
    void remember_used_up(const std::string& connection, std::string reference, WallTime now);
    /// The reference given when this connection was used up, if it was.
    std::optional<std::string> used_up_as(const std::string& connection, WallTime now) const;

private:
    struct Entry {
        std::optional<std::string> used_up; ///< the reference that was given
        std::optional<BootTime> began;
        WallTime until{};
    };
    /// The entry of a connection that has a name; made if there is none.
    Entry& entry_of(const std::string& connection, WallTime now);

    std::map<std::string, Entry> entries_;
};

/// Phase authenticate. Called by the server, once per conversation; its Error means "unavailable".
Task<Verdict> sign_in(Ports ports, Connections& connections, Claimant& claimant, SignInFacts facts);

/// Phase open_session of a publickey-only sign-in (`require_trusted_key`): accepted only while the key of
/// this session is a live trusted device of the person. Asks nothing, says nothing.
Task<Verdict> admit_session(Ports ports, SignInFacts facts);

/// Phase password_changed: ends all trust of the person. Accepted when that is durable.
Task<Verdict> note_password_change(Ports ports, SignInFacts facts);

} // namespace ssp
