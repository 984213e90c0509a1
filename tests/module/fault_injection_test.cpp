// The module as it is installed, in the real libpam, while one of its calls fails: every function, every
// call, every way (plants.h). Whatever fails, the person is not let in and nothing is ignored.
//
//   fault_injection_test            all of it
//   fault_injection_test --planted  the functions in which faults are planted, for imports_test
#include "plants.h"
#include "scripted_helper.h"

#include <cstdlib>
#include <cstring>
#include <dirent.h>
#include <fstream>
#include <iostream>
#include <security/pam_appl.h>
#include <set>
#include <sys/stat.h>
#include <unistd.h>

#include "support/cmocka.h"

using namespace ssp::protocol;
using namespace ssp::testing;

namespace {

/// A PAM configuration folder whose stacks end in pam_debug.so: its CRED_EXPIRED shows that the module has
/// said PAM_IGNORE.
class Stacks {
public:
    explicit Stacks(const std::string& options)
    {
        char folder[] = "/tmp/ssp-mfa-XXXXXX";
        if (::mkdtemp(folder) == nullptr)
            throw std::runtime_error("no temporary folder");
        folder_ = folder;
        for (const char* service : {"sshd", "sudo", "other"}) {
            std::ofstream file(folder_ + "/" + service);
            for (const char* type : {"auth", "account", "session"})
                file << type << " [success=done ignore=ignore default=die] " << MODULE_FILE << " " << options
                     << "\n"
                     << type << " requisite pam_debug.so auth=cred_expired acct=cred_expired"
                     << " open_session=cred_expired\n";
        }
    }
    Stacks(const Stacks&) = delete;
    Stacks& operator=(const Stacks&) = delete;
    ~Stacks()
    {
        for (const char* service : {"sshd", "sudo", "other"})
            ::unlink((folder_ + "/" + service).c_str());
        ::rmdir(folder_.c_str());
    }
    const char* folder() const { return folder_.c_str(); }

private:
    std::string folder_;
};

int answer_all(int count, const pam_message** messages, pam_response** responses, void*)
{
    *responses =
        static_cast<pam_response*>(std::calloc(static_cast<std::size_t>(count), sizeof(pam_response)));
    for (int i = 0; i < count; ++i)
        if (messages[i]->msg_style == PAM_PROMPT_ECHO_ON || messages[i]->msg_style == PAM_PROMPT_ECHO_OFF)
            (*responses)[i].resp = strdup("492831");
    return PAM_SUCCESS;
}

/// Any helper's part: says yes after one answer, or at once where nobody can answer.
void say_yes(Line& line)
{
    const auto& begin = line.begin();
    if (begin.phase == Phase::authenticate) {
        line.tell("Welcome.");
        line.wait();
        line.ask("Verification code: ");
        if (line.answer() != "492831")
            return;
    }
    line.verdict(Decision::accepted);
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

/// What the faulty step of the scenario returns.
int run(const Stacks& stacks, const Scenario& scenario, const Plant& where)
{
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
    return code;
}

/// Not even these let a fault pass under sshd and sudo.
constexpr auto every_leniency = "nullok ignore_unknown_user ignore_authinfo_unavail";

std::set<std::string> ever_called;
int faults = 0;

void fails_as_planted(const Stacks& stacks, const Scenario& scenario, const Plant& where)
{
    const int code = run(stacks, scenario, where);
    if (calls_of(where.function) < where.call)
        return; // the helper was quicker this time, so that there was less to wait for
    ++faults;
    const std::string what =
        where.function + ", call " + std::to_string(where.call) + ", way " + std::to_string(where.way) + ": ";
    if (code == PAM_SUCCESS)
        CHECK_TEXT(what + "let in", what + "refused");
    if (code == PAM_CRED_EXPIRED)
        CHECK_TEXT(what + "ignored", what + "refused");
}

void every_fault_is_refused(const Scenario& scenario)
{
    ScriptedHelper helper(say_yes);
    std::string options = scenario.options;
    for (const auto& word : helper.arguments())
        options += " " + word;
    const Stacks stacks(options);

    CHECK(run(stacks, scenario, {}) == PAM_SUCCESS); // what follows means something
    std::vector<Plant> all;
    for (const auto& function : planted_functions()) {
        if (calls_of(function) > 0)
            ever_called.insert(function);
        for (int call = 1; call <= calls_of(function); ++call)
            for (int way = 1; way <= ways_to_fail(function); ++way)
                all.push_back({function, call, way});
    }
    CHECK(!all.empty());
    for (const auto& where : all)
        fails_as_planted(stacks, scenario, where);
    CHECK(run(stacks, scenario, {}) == PAM_SUCCESS);
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

void every_planted_function_was_called_and_failed()
{
    for (const auto& function : planted_functions())
        if (!ever_called.contains(function))
            CHECK_TEXT(function + " never called", "");
    CHECK(faults > 100);
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
        SENTENCE(no_fault_makes_evidence_of_nothing),
        SENTENCE(no_fault_opens_a_session_for_a_key_alone),
        SENTENCE(no_fault_opens_the_gate),
        SENTENCE(every_planted_function_was_called_and_failed),
    };
    const int failed = cmocka_run_group_tests(tests, nullptr, nullptr);
    std::cout << "# " << faults << " faults\n";
    return failed;
}
