#pragma once
// What the module can say truthfully about a sign-in: PAM items, the two variables that sshd puts into the
// PAM environment, and its own process. The environment of the process is never read: under sudo and su it
// is the user's.
#include "pam_module/identity.h"
#include "pam_module/options.h"
#include "protocol/message.h"

namespace ssp::pam {

/// A PAM item that is a text; an unset one is empty, as login(1) sets PAM_RHOST to "" and sudo not at all.
/// False when PAM cannot say.
bool text_item(pam_handle_t* pamh, int item, std::string_view& out) noexcept;

/// PAM_SERVICE, which decides what is demanded. False when PAM cannot say, or says nothing: libpam sets it
/// always.
bool service_of(pam_handle_t* pamh, std::string_view& out) noexcept;

/// SSH_AUTH_INFO_0: what was proven so far in this connection, one line per completed method. Unset in
/// pam_sm_authenticate means sshd's password method.
struct ProvenMethods {
    bool set = false;
    std::string_view lines;

    /// A whole line "publickey TYPE BASE64".
    bool have_publickey() const noexcept;
    /// The line "keyboard-interactive/pam".
    bool have_keyboard_interactive() const noexcept;
};

/// Empty and unset outside ssh: there a person may have put it into the PAM environment.
ProvenMethods proven_methods(pam_handle_t* pamh, bool ssh) noexcept;

/// Fills a Begin that points into itself, into `identity` and into PAM's own texts. `methods` as they were
/// judged before. False when the kernel or PAM cannot say something (logged), so that nothing is judged on
/// half the facts.
class Facts {
public:
    bool gather(pam_handle_t* pamh, protocol::Phase phase, const Identity& identity,
                const ProvenMethods& methods, bool ssh) noexcept;
    const protocol::Begin& begin() const noexcept { return begin_; }

private:
    bool name_connection(bool in_session, std::string_view ssh_connection, bool ssh) noexcept;

    protocol::Begin begin_;
    char connection_[192] = {};
};

} // namespace ssp::pam
