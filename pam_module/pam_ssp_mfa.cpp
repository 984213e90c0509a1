// The entry points of pam_ssp_mfa.so. It is a guest in sshd, sudo or login: no thread, no signal handler, no
// child, no file but two of /proc/self, nothing kept but the evidence inside the PAM handle.
#include "pam_module/conversation.h"
#include "pam_module/facts.h"
#include "pam_module/helper_client.h"
#include "pam_module/identity.h"
#include "pam_module/log.h"
#include "pam_module/options.h"
#include "pam_module/outcome.h"
#include "pam_module/relay.h"

#include <cstdlib>
#include <cstring>

namespace ssp::pam {

namespace {

/// Names the evidence that authenticate leaves for acct_mgmt: the canonical name of whom it accepted.
constexpr char evidence[] = "pam_ssp_mfa_evidence";

void free_evidence(pam_handle_t*, void* name, int) noexcept { std::free(name); }

bool forget_evidence(pam_handle_t* pamh) noexcept
{
    return pam_set_data(pamh, evidence, nullptr, nullptr) == PAM_SUCCESS;
}

bool leave_evidence(pam_handle_t* pamh, const Identity& identity) noexcept
{
    char* const name = strdup(identity.name);
    if (name == nullptr)
        return false;
    if (pam_set_data(pamh, evidence, name, free_evidence) == PAM_SUCCESS)
        return true;
    std::free(name);
    return false;
}

bool has_evidence(pam_handle_t* pamh) noexcept
{
    const void* name = nullptr;
    Identity identity;
    return pam_get_data(pamh, evidence, &name) == PAM_SUCCESS && name != nullptr &&
           find_identity(pamh, identity) == Found::found &&
           std::strcmp(static_cast<const char*>(name), identity.name) == 0;
}

bool understand(pam_handle_t* pamh, int argc, const char** argv, Options& options) noexcept
{
    OptionFault fault;
    if (read_options(argc, argv, options, fault))
        return true;
    pam_syslog(pamh, LOG_ERR, "option \"%s\" %s: refused", Escaped(fault.argument).c_str(), fault.reason);
    return false;
}

/// The whole way to the helper and back; `person` as relay() has it.
Outcome consult(pam_handle_t* pamh, const Options& options, protocol::Phase phase, const Identity& identity,
                const ProvenMethods& methods, bool ssh, Conversation* person) noexcept
{
    Facts facts;
    if (!facts.gather(pamh, phase, identity, methods, ssh))
        return Outcome::fault;
    HelperClient helper(options.timeout_seconds);
    switch (helper.open(pamh, options)) {
    case Opened::opened: return relay(helper, facts.begin(), person);
    case Opened::unreachable: return Outcome::unreachable;
    case Opened::distrusted: return Outcome::distrusted;
    case Opened::failed: break;
    }
    return Outcome::fault;
}

Outcome authenticate(pam_handle_t* pamh, const Options& options, Place& place) noexcept
{
    std::string_view service;
    std::string_view rhost;
    if (!service_of(pamh, service) || !text_item(pamh, PAM_RHOST, rhost) || !forget_evidence(pamh))
        return Outcome::fault;
    place.family = family_of(service, options);
    place.remote = !rhost.empty();
    const bool ssh = place.family == Family::ssh;
    const auto methods = proven_methods(pamh, ssh);
    if (ssh && !methods.set)
        return Outcome::password_method;
    Identity identity;
    const Found found = find_identity(pamh, identity);
    if (found != Found::found)
        return found == Found::unknown_user ? Outcome::unknown_user : Outcome::fault;
    place.superuser = identity.uid == 0;
    Conversation person(pamh);
    const Outcome outcome =
        consult(pamh, options, protocol::Phase::authenticate, identity, methods, ssh, &person);
    if (outcome != Outcome::accepted)
        return outcome;
    return is_still_user(pamh, identity) && leave_evidence(pamh, identity) ? outcome : Outcome::fault;
}

/// Words for what nobody at the keyboard can help, and for a person of whom nobody has heard.
void explain(pam_handle_t* pamh, Outcome outcome) noexcept
{
    Conversation person(pamh);
    if (outcome == Outcome::unknown_user) {
        Reply ignored;
        person.ask("Verification code: ", true, ignored);
        return;
    }
    const bool helpless = outcome == Outcome::unreachable || outcome == Outcome::unavailable ||
                          outcome == Outcome::distrusted || outcome == Outcome::fault;
    if (helpless)
        person.tell("Your second factor cannot be checked right now, so this sign-in is refused. "
                    "Try again later, or contact your support desk.",
                    true);
}

/// require_trusted_key: a sign-in through keyboard-interactive was decided by authenticate; of any other the
/// helper has to say that its key is a trusted device.
bool admits_session(pam_handle_t* pamh, const Options& options) noexcept
{
    std::string_view service;
    if (!options.require_trusted_key)
        return true;
    if (!service_of(pamh, service))
        return false;
    const bool ssh = family_of(service, options) == Family::ssh;
    const auto methods = proven_methods(pamh, ssh);
    if (!ssh || methods.have_keyboard_interactive())
        return true;
    Identity identity;
    Outcome outcome = Outcome::fault;
    if (methods.set && find_identity(pamh, identity) == Found::found)
        outcome = consult(pamh, options, protocol::Phase::open_session, identity, methods, ssh, nullptr);
    if (outcome != Outcome::accepted)
        pam_syslog(pamh, LOG_NOTICE, "session of \"%s\" refused: no trusted key (%s)",
                   Escaped(identity.typed).c_str(), name_of(outcome));
    return outcome == Outcome::accepted;
}

/// The password is changed already, so nothing here can refuse: what could not be told is logged and said.
void report_password_change(pam_handle_t* pamh, const Options& options) noexcept
{
    Identity identity;
    Outcome outcome = Outcome::fault;
    if (find_identity(pamh, identity) == Found::found)
        outcome = consult(pamh, options, protocol::Phase::password_changed, identity, {}, false, nullptr);
    if (outcome == Outcome::accepted)
        return;
    pam_syslog(pamh, LOG_ALERT, "password of \"%s\" changed, but its trusted devices are not ended (%s)",
               Escaped(identity.typed).c_str(), name_of(outcome));
    Conversation(pamh).tell("Your password was changed, but devices that need no code still need none: "
                            "remove them with ssp-mfa devices, or contact your support desk.",
                            true);
}

} // namespace

} // namespace ssp::pam

using namespace ssp::pam;

#define SSP_ENTRY extern "C" __attribute__((visibility("default"))) int

SSP_ENTRY pam_sm_authenticate(pam_handle_t* pamh, int, int argc, const char** argv)
{
    Options options;
    Outcome outcome = Outcome::fault;
    Place place;
    if (understand(pamh, argc, argv, options)) {
        if (options.gate != nullptr) {
            std::string_view service;
            const bool proven = service_of(pamh, service) && family_of(service, options) == Family::ssh &&
                                proven_methods(pamh, true).have_publickey();
            return proven ? PAM_SUCCESS : PAM_AUTH_ERR;
        }
        outcome = authenticate(pamh, options, place);
    }
    const int code = return_code(outcome, place, options);
    if (code != PAM_SUCCESS)
        pam_syslog(pamh, code == PAM_IGNORE ? LOG_ALERT : LOG_NOTICE, "%s: %s",
                   code == PAM_IGNORE ? "an option lets somebody pass" : "refused", name_of(outcome));
    else if (options.debug)
        pam_syslog(pamh, LOG_DEBUG, "%s", name_of(outcome));
    if (code != PAM_SUCCESS && code != PAM_IGNORE)
        explain(pamh, outcome);
    return code;
}

/// sshd ends a connection, and sudo a command, when this fails; there is nothing to establish or delete.
SSP_ENTRY pam_sm_setcred(pam_handle_t*, int, int, const char**) { return PAM_SUCCESS; }

SSP_ENTRY pam_sm_acct_mgmt(pam_handle_t* pamh, int, int argc, const char** argv)
{
    Options options;
    std::string_view service;
    if (!understand(pamh, argc, argv, options) || !service_of(pamh, service))
        return PAM_SYSTEM_ERR;
    const bool demanded = lists(options.evidence_services, service) ||
                          (options.require_mfa_evidence && family_of(service, options) == Family::ssh);
    if (!demanded || has_evidence(pamh))
        return PAM_SUCCESS;
    pam_syslog(pamh, LOG_NOTICE, "refused: no second factor was shown in this sign-in");
    return PAM_PERM_DENIED;
}

SSP_ENTRY pam_sm_open_session(pam_handle_t* pamh, int, int argc, const char** argv)
{
    Options options;
    const bool admitted = understand(pamh, argc, argv, options) && admits_session(pamh, options);
    return admitted ? PAM_SUCCESS : PAM_SESSION_ERR;
}

/// A session that ends is nobody's decision.
SSP_ENTRY pam_sm_close_session(pam_handle_t*, int, int, const char**) { return PAM_SUCCESS; }

SSP_ENTRY pam_sm_chauthtok(pam_handle_t* pamh, int flags, int argc, const char** argv)
{
    Options options;
    if (!understand(pamh, argc, argv, options))
        return PAM_SYSTEM_ERR;
    if ((flags & PAM_UPDATE_AUTHTOK) != 0)
        report_password_change(pamh, options);
    return PAM_SUCCESS;
}
