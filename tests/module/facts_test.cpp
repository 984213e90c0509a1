// What the helper is told about a sign-in, and who the person is.
#include "pam_host.h"
#include "scripted_helper.h"

#include <cstdlib>
#include <unistd.h>

#include "support/cmocka.h"

using namespace ssp::protocol;
using namespace ssp::testing;

namespace {

/// The texts of a Begin end with its connection; these stay.
struct Told {
    Begin numbers;
    std::string name, service, rhost, tty, ruser, source, connection, auth_info, groups;
};

Told told_by(pam_handle& host, int expected = PAM_SUCCESS, std::vector<std::string> options = {})
{
    Told told;
    ScriptedHelper helper([&](Line& line) {
        const auto& begin = line.begin();
        told = {begin,
                std::string(begin.name),
                std::string(begin.service),
                std::string(begin.rhost),
                std::string(begin.tty),
                std::string(begin.ruser),
                std::string(begin.source),
                std::string(begin.connection),
                std::string(begin.auth_info),
                std::string(begin.groups)};
        line.verdict(Decision::accepted);
    });
    CHECK(authenticate(host, helper.arguments(std::move(options))) == expected);
    helper.stop();
    return told;
}

void sshds_facts_arrive_as_they_are()
{
    pam_handle host;
    sign_in_through_sshd(host, "alice");
    const auto told = told_by(host);
    CHECK(told.numbers.phase == Phase::authenticate && told.numbers.conversation != 0);
    CHECK(told.numbers.uid == 1001 && told.numbers.caller_uid == ::getuid());
    CHECK(told.service == "sshd" && told.rhost == "127.0.0.1" && told.tty == "ssh" && told.ruser.empty());
    CHECK(told.source == "127.0.0.1" && told.numbers.has_auth_info == 1);
    CHECK(told.auth_info == "publickey ssh-ed25519 AAAAC3NzaC1lZDI1NTE5\n");
    CHECK(told.connection == std::to_string(::getppid()) + " 127.0.0.1 32894 127.0.0.1 2302");
    CHECK(told.groups == std::string("\xe8\x03\0\0\x1b\0\0\0\x04\x03\x02\x01", 12));
}

void an_empty_ssh_auth_info_is_not_an_unset_one()
{
    pam_handle host;
    sign_in_through_sshd(host, "alice");
    host.environment["SSH_AUTH_INFO_0"] = "";
    CHECK(told_by(host).numbers.has_auth_info == 1);
}

void every_spelling_of_a_name_is_the_one_person_whom_the_name_service_knows()
{
    for (const char* typed : {"alice", "ALICE", "alice@corp"}) {
        pam_handle host;
        sign_in_through_sshd(host, typed);
        const auto told = told_by(host);
        CHECK(told.name == "alice" && told.numbers.uid == 1001);
        CHECK(host.items[PAM_USER] == typed);
    }
}

void evidence_shown_under_one_spelling_counts_under_another()
{
    pam_handle host;
    sign_in_through_sshd(host, "ALICE");
    told_by(host);
    host.items[PAM_USER] = "alice";
    CHECK(account(host, {"require_mfa_evidence"}) == PAM_SUCCESS);
}

void a_user_is_asked_for_where_the_application_has_none_yet()
{
    pam_handle host;
    host.items = {{PAM_SERVICE, "login"}, {PAM_RHOST, ""}, {PAM_TTY, "/dev/tty1"}};
    host.name_at_prompt = "alice";
    const auto told = told_by(host);
    CHECK(told.name == "alice" && told.service == "login" && told.rhost.empty() && told.tty == "/dev/tty1");
}

void outside_ssh_the_variables_of_ssh_are_ignored()
{
    pam_handle host;
    sign_in_through_sshd(host, "alice");
    host.items = {{PAM_SERVICE, "sudo"}, {PAM_USER, "alice"}, {PAM_RUSER, "alice"}};
    const auto told = told_by(host);
    CHECK(told.numbers.has_auth_info == 0 && told.auth_info.empty() && told.source.empty());
    CHECK(told.ruser == "alice" && told.rhost.empty() && told.tty.empty());
    CHECK(told.connection.starts_with(std::to_string(::getpid()) + " "));
    CHECK(told.connection.find("127.0.0.1") == std::string::npos);
}

void the_environment_of_the_process_changes_nothing()
{
    ::setenv("SSH_AUTH_INFO_0", "publickey ssh-ed25519 EVIL\n", 1);
    ::setenv("SSH_CONNECTION", "9.9.9.9 1 8.8.8.8 22", 1);
    pam_handle host;
    sign_in_through_sshd(host, "alice");
    host.environment["SSH_AUTH_INFO_0"] = "";
    const auto told = told_by(host);
    CHECK(told.auth_info.empty() && told.source == "127.0.0.1");
    host.environment.erase("SSH_CONNECTION");
    told_by(host, PAM_SYSTEM_ERR);
    host.environment.clear();
    told_by(host, PAM_AUTH_ERR); // the password method
    CHECK(authenticate(host, {"gate=pubkey"}) == PAM_AUTH_ERR);
    ::unsetenv("SSH_AUTH_INFO_0");
    ::unsetenv("SSH_CONNECTION");
}

void one_process_has_one_connection_and_every_conversation_its_own_number()
{
    pam_handle host;
    host.items = {{PAM_SERVICE, "sudo"}, {PAM_USER, "alice"}};
    const auto first = told_by(host);
    const auto second = told_by(host);
    CHECK(first.connection == second.connection && first.connection.size() > 3);
    CHECK(first.numbers.conversation != second.numbers.conversation);
}

void a_session_has_the_connection_that_its_sign_in_had_below_sshds_monitor()
{
    std::string connection;
    ScriptedHelper helper([&](Line& line) {
        connection = line.begin().connection;
        line.verdict(Decision::accepted);
    });
    pam_handle host;
    sign_in_through_sshd(host, "alice");
    CHECK(open_session(host, helper.arguments({"require_trusted_key"})) == PAM_SUCCESS);
    helper.stop();
    CHECK(connection == std::to_string(::getpid()) + " 127.0.0.1 32894 127.0.0.1 2302");
}

void names_that_look_like_paths_are_only_names()
{
    pam_handle host;
    sign_in_through_sshd(host, "alice");
    host.items[PAM_TTY] = "../../etc/passwd";
    host.items[PAM_RHOST] = "..";
    host.items[PAM_RUSER] = "a/b";
    const auto told = told_by(host);
    CHECK(told.tty == "../../etc/passwd" && told.rhost == ".." && told.ruser == "a/b");
}

void a_fact_that_is_too_long_is_refused_and_never_cut()
{
    for (const int item : {PAM_TTY, PAM_RHOST, PAM_RUSER, PAM_SERVICE}) {
        pam_handle host;
        host.items = {{PAM_SERVICE, "login"}, {PAM_USER, "alice"}};
        host.items[item] = std::string(item == PAM_SERVICE ? 64 : 256, 'x');
        told_by(host);
        host.items[item] += 'x';
        told_by(host, PAM_SYSTEM_ERR);
    }
    pam_handle host;
    sign_in_through_sshd(host, "alice");
    host.environment["SSH_AUTH_INFO_0"] = std::string(8193, 'x');
    told_by(host, PAM_SYSTEM_ERR);
    sign_in_through_sshd(host, "alice");
    host.environment["SSH_CONNECTION"] = std::string(500, 'x');
    told_by(host, PAM_SYSTEM_ERR);
    sign_in_through_sshd(host, std::string(257, 'x'));
    told_by(host, PAM_SYSTEM_ERR);
    host.items.erase(PAM_SERVICE);
    told_by(host, PAM_SYSTEM_ERR);
}

void a_name_service_that_fails_is_not_a_person_who_does_not_exist()
{
    for (const char* name : {"broken", "huge", "crowded", "nameless", ""}) {
        pam_handle host;
        sign_in_through_sshd(host, name);
        host.items[PAM_SERVICE] = "login";
        told_by(host, PAM_SYSTEM_ERR, {"ignore_unknown_user", "ignore_authinfo_unavail"});
        CHECK(host.prompts.empty());
    }
    for (const char* name : {"gone", "nobody-here"}) {
        pam_handle host;
        sign_in_through_sshd(host, name);
        host.items[PAM_SERVICE] = "login";
        told_by(host, PAM_IGNORE, {"ignore_unknown_user"});
    }
}

void a_name_with_a_line_break_does_not_break_a_line_of_the_log()
{
    pam_handle host;
    sign_in_through_sshd(host, "broken\n");
    host.items[PAM_USER] = "x\nroot accepted";
    told_by(host, PAM_AUTH_ERR);
    for (const auto& line : host.log)
        CHECK(line.find('\n') == std::string::npos);
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(sshds_facts_arrive_as_they_are),
        SENTENCE(an_empty_ssh_auth_info_is_not_an_unset_one),
        SENTENCE(every_spelling_of_a_name_is_the_one_person_whom_the_name_service_knows),
        SENTENCE(evidence_shown_under_one_spelling_counts_under_another),
        SENTENCE(a_user_is_asked_for_where_the_application_has_none_yet),
        SENTENCE(outside_ssh_the_variables_of_ssh_are_ignored),
        SENTENCE(the_environment_of_the_process_changes_nothing),
        SENTENCE(one_process_has_one_connection_and_every_conversation_its_own_number),
        SENTENCE(a_session_has_the_connection_that_its_sign_in_had_below_sshds_monitor),
        SENTENCE(names_that_look_like_paths_are_only_names),
        SENTENCE(a_fact_that_is_too_long_is_refused_and_never_cut),
        SENTENCE(a_name_service_that_fails_is_not_a_person_who_does_not_exist),
        SENTENCE(a_name_with_a_line_break_does_not_break_a_line_of_the_log),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
