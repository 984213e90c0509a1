// The other PAM functions, the gate, and what is decided without the helper.
#include "pam_host.h"
#include "scripted_helper.h"

#include "support/cmocka.h"

using namespace ssp::protocol;
using namespace ssp::testing;

namespace {

constexpr auto one_key = "publickey ssh-ed25519 AAAAC3NzaC1lZDI1NTE5\n";

/// A helper of whom nothing must be wanted.
class Bystander {
public:
    std::vector<std::string> arguments(std::vector<std::string> more = {}) const
    {
        return helper_.arguments(std::move(more));
    }
    bool was_left_alone()
    {
        helper_.stop();
        return helper_.connections() == 0;
    }

private:
    ScriptedHelper helper_{says(Decision::accepted)};
};

void the_password_method_of_sshd_is_refused_and_asks_nothing()
{
    Bystander helper;
    pam_handle host;
    sign_in_through_sshd(host);
    host.environment.erase("SSH_AUTH_INFO_0");
    CHECK(authenticate(host, helper.arguments()) == PAM_AUTH_ERR);
    CHECK(host.prompts.empty() && host.told.empty() && helper.was_left_alone());
}

void an_unknown_user_is_refused_after_one_question_and_nobody_is_contacted()
{
    for (const char* service : {"sshd", "sudo", "login"}) {
        Bystander helper;
        pam_handle host;
        sign_in_through_sshd(host, "no-such-person");
        host.items[PAM_SERVICE] = service;
        host.answers = {"492831"};
        CHECK(authenticate(host, helper.arguments({"nullok", "ignore_authinfo_unavail"})) == PAM_AUTH_ERR);
        CHECK(host.prompts == std::vector<std::string>{"on: Verification code: "});
        CHECK(helper.was_left_alone());
    }
}

void ignore_unknown_user_counts_outside_ssh_only()
{
    Bystander helper;
    pam_handle host;
    sign_in_through_sshd(host, "no-such-person");
    CHECK(authenticate(host, helper.arguments({"ignore_unknown_user"})) == PAM_AUTH_ERR);
    host.items[PAM_SERVICE] = "login";
    host.prompts.clear();
    CHECK(authenticate(host, helper.arguments({"ignore_unknown_user"})) == PAM_IGNORE);
    CHECK(host.prompts.empty() && helper.was_left_alone());
}

void a_wrong_option_refuses_every_phase_but_setcred()
{
    pam_handle host;
    sign_in_through_sshd(host);
    for (const auto& wrong : {"failmode=safe", "nulok", "socket=here"}) {
        host.log.clear();
        CHECK(authenticate(host, {"nullok", wrong}) == PAM_SYSTEM_ERR);
        CHECK(account(host, {wrong}) == PAM_SYSTEM_ERR);
        CHECK(open_session(host, {wrong}) == PAM_SESSION_ERR);
        CHECK(change_password(host, {wrong}, PAM_PRELIM_CHECK) == PAM_SYSTEM_ERR);
        CHECK(has_line_with(host.log, wrong));
        const char* words[] = {wrong};
        CHECK(pam_sm_setcred(&host, PAM_ESTABLISH_CRED, 1, words) == PAM_SUCCESS);
    }
}

void the_gate_opens_for_a_proven_key_in_ssh_and_for_nothing_else()
{
    const auto gate = [](const std::string& service, const char* auth_info) {
        pam_handle host;
        host.items = {{PAM_SERVICE, service}, {PAM_USER, "root"}};
        if (auth_info != nullptr)
            host.environment["SSH_AUTH_INFO_0"] = auth_info;
        const int code = authenticate(host, {"gate=pubkey", "ssh_services=sshd,ssp-test"});
        CHECK(code == PAM_SUCCESS || code == PAM_AUTH_ERR);
        CHECK(host.prompts.empty() && host.told.empty());
        return code == PAM_SUCCESS;
    };
    CHECK(gate("sshd", one_key) && gate("ssp-test", one_key));
    CHECK(gate("sshd", "publickey ssh-ed25519 AAAA\npublickey ssh-rsa AAAA\n"));
    CHECK(gate("sshd", "password\npublickey ssh-ed25519 AAAA\n"));
    CHECK(!gate("sudo", one_key) && !gate("login", one_key) && !gate("su", one_key));
    for (const char* other :
         {"", "\n", "password\n", "keyboard-interactive/pam\n", "publickey\n", "publickey \n",
          "publickey ssh-ed25519\n", "publickey ssh-ed25519 \n", "publickey  AAAA\n",
          "xpublickey ssh-ed25519 AAAA\n", "hostbased ssh-ed25519 AAAA\n",
          "password publickey ssh-ed25519 AAAA\n", "publickeyx ssh-ed25519 AAAA\n"})
        CHECK(!gate("sshd", other));
    CHECK(!gate("sshd", nullptr));
}

void the_gate_leaves_no_evidence()
{
    pam_handle host;
    sign_in_through_sshd(host);
    CHECK(authenticate(host, {"gate=pubkey"}) == PAM_SUCCESS);
    CHECK(account(host, {"require_mfa_evidence"}) == PAM_PERM_DENIED);
}

void evidence_is_demanded_of_the_listed_services_only()
{
    pam_handle host;
    sign_in_through_sshd(host);
    CHECK(account(host, {}) == PAM_SUCCESS);
    CHECK(account(host, {"require_mfa_evidence"}) == PAM_PERM_DENIED);
    CHECK(account(host, {"require_mfa_evidence=login,sshd"}) == PAM_PERM_DENIED);
    CHECK(account(host, {"require_mfa_evidence=login"}) == PAM_SUCCESS);
    for (const char* service : {"cron", "systemd-user", "sudo"}) {
        host.items[PAM_SERVICE] = service;
        CHECK(account(host, {"require_mfa_evidence"}) == PAM_SUCCESS);
    }
    CHECK(account(host, {"require_mfa_evidence=sudo"}) == PAM_PERM_DENIED);
}

void an_acceptance_is_evidence_for_that_person_until_the_next_attempt()
{
    ScriptedHelper accepting(says(Decision::accepted));
    ScriptedHelper rejecting(says(Decision::rejected));
    pam_handle host;
    sign_in_through_sshd(host);
    CHECK(authenticate(host, accepting.arguments()) == PAM_SUCCESS);
    CHECK(account(host, {"require_mfa_evidence"}) == PAM_SUCCESS);
    host.items[PAM_USER] = "daemon";
    CHECK(account(host, {"require_mfa_evidence"}) == PAM_PERM_DENIED);
    host.items[PAM_USER] = "no-such-person";
    CHECK(account(host, {"require_mfa_evidence"}) == PAM_PERM_DENIED);
    host.items[PAM_USER] = "root";
    CHECK(authenticate(host, rejecting.arguments()) == PAM_AUTH_ERR);
    CHECK(account(host, {"require_mfa_evidence"}) == PAM_PERM_DENIED);
}

void an_acceptance_of_which_no_evidence_can_be_left_is_none()
{
    ScriptedHelper helper(says(Decision::accepted));
    pam_handle host;
    sign_in_through_sshd(host);
    host.data_result = PAM_BUF_ERR;
    CHECK(authenticate(host, helper.arguments()) == PAM_SYSTEM_ERR); // and nothing leaks: LeakSanitizer looks
    CHECK(account(host, {"require_mfa_evidence"}) == PAM_PERM_DENIED);
}

void what_an_option_let_pass_is_no_evidence()
{
    ScriptedHelper helper(says(Decision::not_enrolled));
    pam_handle host;
    sign_in_through_sshd(host);
    CHECK(authenticate(host, helper.arguments({"nullok"})) == PAM_IGNORE);
    CHECK(account(host, {"require_mfa_evidence"}) == PAM_PERM_DENIED);
}

int session(const std::string& service, const char* auth_info, Decision decision, bool& contacted,
            std::vector<std::string> options = {"require_trusted_key"})
{
    Phase phase = Phase::authenticate;
    bool conversing = false;
    ScriptedHelper helper([&](Line& line) {
        phase = line.begin().phase;
        line.tell("nobody hears this");
        line.verdict(decision);
    });
    pam_handle host;
    sign_in_through_sshd(host);
    host.items[PAM_SERVICE] = service;
    host.environment["SSH_AUTH_INFO_0"] = auth_info;
    const int code = open_session(host, helper.arguments(std::move(options)));
    helper.stop();
    contacted = helper.connections() > 0;
    conversing = !host.prompts.empty() || !host.told.empty();
    CHECK(!conversing && (!contacted || phase == Phase::open_session));
    return code;
}

void a_session_with_a_key_alone_needs_a_trusted_key_and_is_refused_silently()
{
    bool contacted = false;
    CHECK(session("sshd", one_key, Decision::accepted, contacted) == PAM_SUCCESS && contacted);
    for (const auto refusal :
         {Decision::rejected, Decision::locked, Decision::not_enrolled, Decision::unavailable})
        CHECK(session("sshd", one_key, refusal, contacted) == PAM_SESSION_ERR && contacted);
}

void a_session_that_was_decided_by_keyboard_interactive_is_not_asked_about_again()
{
    bool contacted = true;
    CHECK(session("sshd", "publickey ssh-ed25519 AAAA\nkeyboard-interactive/pam\n", Decision::rejected,
                  contacted) == PAM_SUCCESS);
    CHECK(!contacted);
    for (const char* other : {"", "password\n", "keyboard-interactive\n", "keyboard-interactive/bsdauth\n",
                              "publickey ssh-ed25519 keyboard-interactive/pam\n"})
        CHECK(session("sshd", other, Decision::rejected, contacted) == PAM_SESSION_ERR && contacted);
}

void sessions_of_other_services_and_without_the_option_are_left_alone()
{
    bool contacted = true;
    CHECK(session("sudo", one_key, Decision::rejected, contacted) == PAM_SUCCESS && !contacted);
    CHECK(session("sshd", one_key, Decision::rejected, contacted, {}) == PAM_SUCCESS && !contacted);
}

void a_helper_that_asks_where_nobody_can_answer_is_refused()
{
    ScriptedHelper helper([](Line& line) {
        line.begin();
        line.ask("Verification code: ");
        line.verdict(Decision::accepted);
    });
    pam_handle host;
    sign_in_through_sshd(host);
    CHECK(open_session(host, helper.arguments({"require_trusted_key"})) == PAM_SESSION_ERR);
    CHECK(host.prompts.empty());
}

void a_completed_password_change_is_reported_and_a_planned_one_not()
{
    Phase phase = Phase::authenticate;
    std::string name;
    ScriptedHelper helper([&](Line& line) {
        const auto& begin = line.begin();
        phase = begin.phase;
        name = begin.name;
        line.verdict(Decision::accepted);
    });
    pam_handle host;
    host.items = {{PAM_SERVICE, "passwd"}, {PAM_USER, "root"}};
    CHECK(change_password(host, helper.arguments(), PAM_PRELIM_CHECK) == PAM_SUCCESS);
    CHECK(helper.connections() == 0);
    CHECK(change_password(host, helper.arguments(), PAM_UPDATE_AUTHTOK) == PAM_SUCCESS);
    helper.stop();
    CHECK(phase == Phase::password_changed && name == "root" && host.told.empty());
}

void a_password_change_that_cannot_be_reported_is_not_undone_but_said()
{
    ScriptedHelper helper([](Line&) {});
    pam_handle host;
    host.items = {{PAM_SERVICE, "passwd"}, {PAM_USER, "root"}};
    CHECK(change_password(host, helper.arguments(), PAM_UPDATE_AUTHTOK) == PAM_SUCCESS);
    CHECK(has_line_with(host.told, "Your password was changed, but") &&
          has_line_with(host.log, "trusted devices"));
}

void an_end_of_a_session_is_always_well()
{
    pam_handle host;
    CHECK(pam_sm_close_session(&host, 0, 0, nullptr) == PAM_SUCCESS);
    for (const unsigned flag : {PAM_ESTABLISH_CRED, PAM_DELETE_CRED, PAM_REINITIALIZE_CRED, PAM_REFRESH_CRED})
        CHECK(pam_sm_setcred(&host, static_cast<int>(flag), 0, nullptr) == PAM_SUCCESS);
    CHECK(host.log.empty());
}

void ignore_authinfo_unavail_counts_at_this_hosts_console_only()
{
    const auto code = [](const std::string& service, const std::string& user, const std::string& rhost,
                         const Script& script) {
        ScriptedHelper helper(script);
        pam_handle host;
        host.items = {{PAM_SERVICE, service}, {PAM_USER, user}, {PAM_RHOST, rhost}};
        if (service == "sshd")
            host.environment = {{"SSH_CONNECTION", "127.0.0.1 32894 127.0.0.1 22"}, {"SSH_AUTH_INFO_0", ""}};
        return authenticate(host, helper.arguments({"ignore_authinfo_unavail"}));
    };
    const Script gone = [](Line&) {};
    const Script gone_later = [](Line& line) {
        line.begin();
        line.ask("Verification code: ");
    };
    const Script garbage = [](Line& line) {
        line.begin();
        line.raw(std::string(100, '\xff'));
    };
    CHECK(code("login", "daemon", "", gone) == PAM_IGNORE);
    // A changed identity or a tampered store is "unavailable" too.
    CHECK(code("login", "daemon", "", says(Decision::unavailable)) == PAM_AUTHINFO_UNAVAIL);
    CHECK(code("login", "root", "", gone) == PAM_AUTHINFO_UNAVAIL);
    CHECK(code("login", "daemon", "10.0.0.1", gone) == PAM_AUTHINFO_UNAVAIL);
    CHECK(code("sudo", "daemon", "", gone) == PAM_AUTHINFO_UNAVAIL);
    CHECK(code("sshd", "daemon", "", gone) == PAM_AUTHINFO_UNAVAIL);
    CHECK(code("login", "daemon", "", gone_later) == PAM_AUTHINFO_UNAVAIL);
    CHECK(code("login", "daemon", "", garbage) == PAM_AUTHINFO_UNAVAIL);
    CHECK(code("login", "daemon", "", says(Decision::rejected)) == PAM_AUTH_ERR);
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(the_password_method_of_sshd_is_refused_and_asks_nothing),
        SENTENCE(an_unknown_user_is_refused_after_one_question_and_nobody_is_contacted),
        SENTENCE(ignore_unknown_user_counts_outside_ssh_only),
        SENTENCE(a_wrong_option_refuses_every_phase_but_setcred),
        SENTENCE(the_gate_opens_for_a_proven_key_in_ssh_and_for_nothing_else),
        SENTENCE(the_gate_leaves_no_evidence),
        SENTENCE(evidence_is_demanded_of_the_listed_services_only),
        SENTENCE(an_acceptance_is_evidence_for_that_person_until_the_next_attempt),
        SENTENCE(an_acceptance_of_which_no_evidence_can_be_left_is_none),
        SENTENCE(what_an_option_let_pass_is_no_evidence),
        SENTENCE(a_session_with_a_key_alone_needs_a_trusted_key_and_is_refused_silently),
        SENTENCE(a_session_that_was_decided_by_keyboard_interactive_is_not_asked_about_again),
        SENTENCE(sessions_of_other_services_and_without_the_option_are_left_alone),
        SENTENCE(a_helper_that_asks_where_nobody_can_answer_is_refused),
        SENTENCE(a_completed_password_change_is_reported_and_a_planned_one_not),
        SENTENCE(a_password_change_that_cannot_be_reported_is_not_undone_but_said),
        SENTENCE(an_end_of_a_session_is_always_well),
        SENTENCE(ignore_authinfo_unavail_counts_at_this_hosts_console_only),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
