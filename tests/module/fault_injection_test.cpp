// The module as it is installed, in the real libpam, while one of its calls fails: every function, every
// call, every way (plants.h), in every phase. Whatever fails, the person is not let in and nothing is
// ignored; what only has to be tried again changes nothing. A run that hangs ends the program.
//
//   fault_injection_test            all of it
//   fault_injection_test --planted  the functions in which faults are planted, for imports_test
#include "plants.h"
#include "scripted_helper.h"
#include "stacks.h"

#include <cstdlib>
#include <cstring>
#include <dirent.h>
#include <iostream>
#include <security/pam_appl.h>
#include <set>
#include <unistd.h>

#include "support/cmocka.h"

using namespace ssp::protocol;
using namespace ssp::testing;

namespace {

/// Stacks that end in pam_debug.so: its CRED_EXPIRED shows that the module has said PAM_IGNORE.
std::string stack(const std::string& options)
{
    std::string lines;
    for (const char* type : {"auth", "account", "session"})
        lines += std::string(type) + " [success=done ignore=ignore default=die] " MODULE_FILE " " + options +
                 "\n" + type +
                 " requisite pam_debug.so auth=cred_expired acct=cred_expired open_session=cred_expired" +
                 " close_session=cred_expired cred=cred_expired\n";
    return lines + "password required " MODULE_FILE " " + options + "\n";
}

/// What was said to the person in the last run.
std::string said;

int answer_all(int count, const pam_message** messages, pam_response** responses, void*)
{
    *responses =
        static_cast<pam_response*>(std::calloc(static_cast<std::size_t>(count), sizeof(pam_response)));
    for (int i = 0; i < count; ++i)
        if (messages[i]->msg_style == PAM_PROMPT_ECHO_ON || messages[i]->msg_style == PAM_PROMPT_ECHO_OFF)
            (*responses)[i].resp = strdup(messages[i]->msg[0] == 'P' ? "3" : "492831");
        else
            said += messages[i]->msg;
    return PAM_SUCCESS;
}

/// Any helper's part: two questions and all that may stand between them, or a verdict at once where nobody
/// can answer.
void say_yes(Line& line)
{
    const auto& begin = line.begin();
    if (begin.phase == Phase::authenticate) {
        line.tell("Welcome.");
        line.wait();
        line.ask("Passcode or option (1-3): ");
        if (line.answer() != "3")
            return;
        line.wait();
        line.tell("Careful.", true);
        line.ask("Verification code: ", false);
        if (line.answer() != "492831")
            return;
    }
    line.verdict(Decision::accepted);
}

void say_no(Line& line)
{
    line.begin();
    line.ask("Verification code: ");
    line.answer();
    line.verdict(Decision::rejected);
}

struct Step {
    int (*run)(pam_handle_t*, int flags);
    bool faulty; ///< the fault is planted while this one runs
};

struct Scenario {
    std::string service;
    std::string auth_info;
    std::string options;
    std::vector<Step> steps;
    Script script = say_yes;
    int usual = PAM_SUCCESS; ///< what the faulty step returns without a fault
};

std::size_t open_descriptors()
{
    std::size_t count = 0;
    DIR* folder = ::opendir("/proc/self/fd");
    while (::readdir(folder) != nullptr)
        ++count;
    ::closedir(folder);
    return count;
}

constexpr unsigned longest_run = 60; // seconds; the longest wait of the module is 4.5

/// What the faulty step of the scenario returns.
int run(const Stacks& stacks, const Scenario& scenario, const Plant& where)
{
    ::alarm(longest_run);
    said.clear();
    plant({});
    const pam_conv conversation{answer_all, nullptr};
    pam_handle_t* handle = nullptr;
    CHECK(pam_start_confdir(scenario.service.c_str(), "daemon", &conversation, stacks.folder(), &handle) ==
          PAM_SUCCESS);
    pam_putenv(handle, "SSH_CONNECTION=127.0.0.1 32894 127.0.0.1 22");
    pam_putenv(handle, ("SSH_AUTH_INFO_0=" + scenario.auth_info).c_str());
    int code = PAM_SYSTEM_ERR;
    for (const auto& step : scenario.steps) {
        if (step.faulty)
            plant(where);
        const int returned = step.run(handle, 0);
        if (step.faulty)
            code = returned;
        else
            CHECK(returned == PAM_SUCCESS);
    }
    pam_end(handle, code);
    ::alarm(0);
    return code;
}

/// Not even these let a fault pass under sshd and sudo.
constexpr auto every_leniency = "nullok ignore_unknown_user ignore_authinfo_unavail";

std::set<std::string> ever_called;
int faults = 0;
int nuisances = 0;
int missed =
    0; ///< calls that were not made again: the helper was quicker, so that there was less to wait for

std::string text_of(const Plant& where)
{
    return where.function + ", call " + std::to_string(where.call) + ", way " + std::to_string(where.way) +
           ": ";
}

/// Runs until the planted call is made, and checks what comes of it.
void ends_as_planted(const Stacks& stacks, const Scenario& scenario, const Plant& where)
{
    for (int attempt = 0; attempt < 20; ++attempt) {
        const int code = run(stacks, scenario, where);
        if (calls_of(where.function) < where.call)
            continue;
        ++(where.way > 0 ? faults : nuisances);
        if (where.way < 0 && code != scenario.usual)
            CHECK_TEXT(text_of(where) + std::to_string(code),
                       text_of(where) + std::to_string(scenario.usual));
        if (where.way > 0 && code == PAM_SUCCESS)
            CHECK_TEXT(text_of(where) + "let in", text_of(where) + "refused");
        if (where.way > 0 && code == PAM_CRED_EXPIRED)
            CHECK_TEXT(text_of(where) + "ignored", text_of(where) + "refused");
        return;
    }
    ++missed;
}

/// Every call that the scenario makes, in each way in which it can fail or bother.
std::vector<Plant> plants_of_last_run()
{
    std::vector<Plant> all;
    for (const auto& function : planted_functions()) {
        if (calls_of(function) > 0)
            ever_called.insert(function);
        for (int call = 1; call <= calls_of(function); ++call)
            for (int way = -ways_to_bother(function); way <= ways_to_fail(function); ++way)
                if (way != 0)
                    all.push_back({function, call, way});
    }
    return all;
}

std::string options_of(const Scenario& scenario, const ScriptedHelper& helper)
{
    std::string options = scenario.options;
    for (const auto& word : helper.arguments())
        options += " " + word;
    return options;
}

void every_fault_is_refused(const Scenario& scenario)
{
    ScriptedHelper helper(scenario.script);
    const Stacks stacks({"sshd", "sudo", "other"}, stack(options_of(scenario, helper)));
    CHECK(run(stacks, scenario, {}) == scenario.usual); // what follows means something
    const auto all = plants_of_last_run();
    CHECK(!all.empty());
    for (const auto& where : all)
        ends_as_planted(stacks, scenario, where);
    CHECK(run(stacks, scenario, {}) == scenario.usual);
}

void no_fault_lets_anybody_in(const Scenario& scenario)
{
    every_fault_is_refused(scenario); // libc may keep a descriptor of the log from here on
    const auto before = open_descriptors();
    every_fault_is_refused(scenario);
    CHECK(open_descriptors() == before);
}

void no_fault_lets_anybody_in_through_sshd()
{
    for (const char* options : {"", every_leniency})
        no_fault_lets_anybody_in(
            {"sshd", "publickey ssh-ed25519 AAAA\n", options, {{pam_authenticate, true}}});
}

void no_fault_lets_anybody_in_through_sudo()
{
    for (const char* options : {"", every_leniency})
        no_fault_lets_anybody_in({"sudo", "", options, {{pam_authenticate, true}}});
}

void no_fault_lets_anybody_in_at_the_console()
{
    no_fault_lets_anybody_in({"login", "", "", {{pam_authenticate, true}}});
}

void no_fault_makes_an_acceptance_of_a_refusal()
{
    for (const char* service : {"sshd", "sudo", "login"})
        no_fault_lets_anybody_in(
            {service, "publickey ssh-ed25519 AAAA\n", "", {{pam_authenticate, true}}, say_no, PAM_AUTH_ERR});
}

void every_question_of_a_dialogue_fails_once()
{
    ScriptedHelper helper(say_yes);
    const Scenario scenario{"sshd", "", "", {{pam_authenticate, true}}};
    const Stacks stacks({"sshd"}, stack(options_of(scenario, helper)));
    CHECK(run(stacks, scenario, {}) == PAM_SUCCESS);
    CHECK(calls_of("pam_prompt") == 4); // two texts, two questions
    CHECK(calls_of("send") == 3);       // begin and two answers
    CHECK(calls_of("recv") >= 3);       // at least one for each time that the helper waited
    for (int call = 1; call <= 4; ++call) {
        CHECK(run(stacks, scenario, {"pam_prompt", call, 1}) == PAM_CONV_ERR);
        CHECK(calls_of("pam_prompt") == call); // and nothing is asked after it
    }
}

void no_fault_makes_evidence_of_nothing()
{
    no_fault_lets_anybody_in({"sshd",
                              "publickey ssh-ed25519 AAAA\n",
                              "require_mfa_evidence",
                              {{pam_authenticate, false}, {pam_acct_mgmt, true}}});
}

void no_fault_opens_a_session_for_a_key_alone()
{
    no_fault_lets_anybody_in(
        {"sshd", "publickey ssh-ed25519 AAAA\n", "require_trusted_key", {{pam_open_session, true}}});
}

void no_fault_opens_the_gate()
{
    no_fault_lets_anybody_in(
        {"sshd", "publickey ssh-ed25519 AAAA\n", "gate=pubkey", {{pam_authenticate, true}}});
}

int set_credentials(pam_handle_t* handle, int) { return pam_setcred(handle, PAM_ESTABLISH_CRED); }

void credentials_and_the_end_of_a_session_call_nothing_that_could_fail()
{
    ScriptedHelper helper(say_yes);
    for (const auto step : {set_credentials, pam_close_session}) {
        const Scenario scenario{"sshd", "", "", {{pam_authenticate, false}, {step, true}}};
        const Stacks stacks({"sshd"}, stack(options_of(scenario, helper)));
        CHECK(run(stacks, scenario, {}) == PAM_SUCCESS);
        CHECK(plants_of_last_run().empty());
    }
}

/// The password is changed already: what can be done is to say so.
void no_fault_after_a_password_change_is_kept_from_the_person()
{
    ScriptedHelper helper(say_yes);
    const Scenario scenario{"sshd", "", "", {{pam_chauthtok, true}}};
    const Stacks stacks({"sshd"}, stack(options_of(scenario, helper)));
    CHECK(run(stacks, scenario, {}) == PAM_SUCCESS && said.empty());
    const auto all = plants_of_last_run();
    CHECK(!all.empty());
    for (const auto& where : all) {
        CHECK(run(stacks, scenario, where) == PAM_SUCCESS);
        if (calls_of(where.function) < where.call)
            continue;
        ++(where.way > 0 ? faults : nuisances);
        if (said.empty() != (where.way < 0))
            CHECK_TEXT(text_of(where) + said, text_of(where) + "the opposite");
    }
}

void every_planted_function_was_called_and_failed()
{
    for (const auto& function : planted_functions())
        if (!ever_called.contains(function))
            CHECK_TEXT(function + " never called", "");
    CHECK(faults > 2000 && missed * 50 < faults);
}

} // namespace

int main(int argc, char** argv)
{
    if (argc == 2 && std::strcmp(argv[1], "--planted") == 0) {
        for (const auto& function : planted_functions())
            std::cout << function << "\n";
        return 0;
    }
    const CMUnitTest tests[] = {
        SENTENCE(no_fault_lets_anybody_in_through_sshd),
        SENTENCE(no_fault_lets_anybody_in_through_sudo),
        SENTENCE(no_fault_lets_anybody_in_at_the_console),
        SENTENCE(no_fault_makes_an_acceptance_of_a_refusal),
        SENTENCE(every_question_of_a_dialogue_fails_once),
        SENTENCE(no_fault_makes_evidence_of_nothing),
        SENTENCE(no_fault_opens_a_session_for_a_key_alone),
        SENTENCE(no_fault_opens_the_gate),
        SENTENCE(credentials_and_the_end_of_a_session_call_nothing_that_could_fail),
        SENTENCE(no_fault_after_a_password_change_is_kept_from_the_person),
        SENTENCE(every_planted_function_was_called_and_failed),
    };
    const int failed = cmocka_run_group_tests(tests, nullptr, nullptr);
    std::cout << "# " << faults << " faults and " << nuisances << " nuisances, " << missed << " missed\n";
    return failed;
}
