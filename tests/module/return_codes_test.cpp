// The module as it is installed, in the real libpam, through libpamtest and pam_wrapper: what it returns for
// every verdict, service family and option. The table is made anew and compared with return_codes.txt.
//
//   return_codes_test return_codes.txt    compares
//   return_codes_test --print             prints the table, to be looked at and kept
#include "scripted_helper.h"

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <security/pam_appl.h>
#include <sstream>
#include <unistd.h>

extern "C" {
#include <libpamtest.h>
}

#include "support/cmocka.h"

using namespace ssp::protocol;
using namespace ssp::testing;

namespace {

const std::string services[] = {"sshd", "sudo", "login"};

struct HelperCase {
    const char* name;
    Script script; ///< none: no socket
};

const HelperCase helper_cases[] = {
    {"accepted", says(Decision::accepted)},
    {"rejected", says(Decision::rejected)},
    {"locked", says(Decision::locked)},
    {"not-enrolled", says(Decision::not_enrolled)},
    {"unavailable", says(Decision::unavailable)},
    {"gone", [](Line& line) { line.begin(); }},
    {"gone-after-ask",
     [](Line& line) {
         line.begin();
         line.ask("Verification code: ");
     }},
    {"garbage",
     [](Line& line) {
         line.begin();
         line.raw("HTTP/1.1 200 OK\r\n\r\n");
     }},
    {"no-socket", nullptr},
};

const char* const option_cases[] = {
    "",
    "nullok",
    "ignore_unknown_user",
    "ignore_authinfo_unavail",
    "use_first_pass",
    "try_first_pass",
    "debug",
    "timeout=60",
    "failmode=secure",
    "failmode=safe",
    "fail_open",
    "gate=pubkey",
};

/// The words of the table for what the real libpam returned. The stack ends in pam_debug.so, which says
/// CRED_EXPIRED: that is reached only when the module has said PAM_IGNORE.
std::string name_of(int code)
{
    switch (code) {
    case PAM_SUCCESS: return "SUCCESS";
    case PAM_CRED_EXPIRED: return "IGNORE";
    case PAM_AUTH_ERR: return "AUTH_ERR";
    case PAM_AUTHINFO_UNAVAIL: return "AUTHINFO_UNAVAIL";
    case PAM_ABORT: return "ABORT";
    case PAM_MAXTRIES: return "MAXTRIES";
    case PAM_PERM_DENIED: return "PERM_DENIED";
    case PAM_SYSTEM_ERR: return "SYSTEM_ERR";
    case PAM_CONV_ERR: return "CONV_ERR";
    case PAM_SESSION_ERR: return "SESSION_ERR";
    default: return "code " + std::to_string(code);
    }
}

/// pam_wrapper copies the service files when it starts, so they include one that is rewritten for each row.
class Stack {
public:
    Stack()
    {
        char folder[] = "/tmp/ssp-mfa-XXXXXX";
        if (::mkdtemp(folder) == nullptr)
            throw std::runtime_error("no temporary folder");
        folder_ = folder;
        for (const auto& service : services)
            std::ofstream(folder_ + "/" + service) << "@include " << folder_ << "/stack\n";
        std::ofstream(folder_ + "/other") << "auth requisite pam_deny.so\n";
        write("");
        ::setenv("PAM_WRAPPER_SERVICE_DIR", folder, 1);
    }
    Stack(const Stack&) = delete;
    Stack& operator=(const Stack&) = delete;
    ~Stack()
    {
        for (const auto& service : services)
            ::unlink((folder_ + "/" + service).c_str());
        ::unlink((folder_ + "/other").c_str());
        ::unlink((folder_ + "/stack").c_str());
        ::rmdir(folder_.c_str());
    }
    void write(const std::string& options)
    {
        std::ofstream file(folder_ + "/stack");
        for (const char* type : {"auth", "account", "session", "password"})
            file << type << " [success=done ignore=ignore default=die] " << MODULE_FILE << " " << options
                 << "\n"
                 << type << " requisite pam_debug.so auth=cred_expired acct=cred_expired"
                 << " cred=cred_expired open_session=cred_expired chauthtok=cred_expired\n";
    }

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

struct Circumstances {
    std::string service = {};
    std::string user = "daemon";
    std::string rhost = {};
    const char* auth_info = ""; ///< nullptr: unset
};

pam_handle_t* started(const Circumstances& at)
{
    const pam_conv conversation{answer_all, nullptr};
    pam_handle_t* handle = nullptr;
    CHECK(pam_start(at.service.c_str(), at.user.c_str(), &conversation, &handle) == PAM_SUCCESS);
    if (!at.rhost.empty())
        pam_set_item(handle, PAM_RHOST, at.rhost.c_str());
    if (at.service == "sshd") {
        pam_putenv(handle, "SSH_CONNECTION=127.0.0.1 32894 127.0.0.1 22");
        if (at.auth_info != nullptr)
            pam_putenv(handle, ("SSH_AUTH_INFO_0=" + std::string(at.auth_info)).c_str());
    }
    return handle;
}

/// The code of the last operation. libpamtest stops at the first code that it does not expect, and tells it:
/// then all is done again with that expectation.
int last_code(const Circumstances& at, const std::vector<pamtest_ops>& operations)
{
    std::vector<pam_testcase> cases;
    for (const auto operation : operations)
        cases.push_back(pam_test(operation, PAM_SUCCESS));
    while (_pamtest_conv(at.service.c_str(), at.user.c_str(), answer_all, nullptr, cases.data(), cases.size(),
                         started(at)) == PAMTEST_ERR_CASE)
        for (auto& one : cases)
            if (one.op_rv != one.expected_rv) {
                one.expected_rv = one.op_rv;
                break;
            }
    return cases.back().op_rv;
}

std::string joined(const std::vector<std::string>& words)
{
    std::string text;
    for (const auto& word : words)
        text += word + " ";
    return text;
}

class Table {
public:
    std::string made()
    {
        rows_
            << "# phase         service user            helper         option                    returned\n";
        for (const auto& service : services) {
            for (const auto& helper : helper_cases)
                for (const char* option : option_cases)
                    authenticate({service, "daemon"}, helper, option);
            for (const auto& helper : helper_cases)
                authenticate({service, "root"}, helper, "ignore_authinfo_unavail");
            for (const auto& helper : helper_cases)
                authenticate({service, "daemon", "192.0.2.1"}, helper, "ignore_authinfo_unavail");
            for (const char* option : option_cases)
                authenticate({service, "no-such-person"}, helper_cases[0], option);
        }
        for (const char* option : option_cases)
            authenticate({"sshd", "daemon", "", nullptr}, helper_cases[0], option);
        authenticate({"sshd", "daemon", "", "publickey ssh-ed25519 AAAA\n"}, helper_cases[0], "gate=pubkey");
        for (const auto& service : services)
            for (const auto& helper : helper_cases)
                other_phases(service, helper);
        return rows_.str();
    }

private:
    void row(const std::string& phase, const Circumstances& at, const char* helper, const std::string& option,
             int code)
    {
        std::string user = at.user;
        if (!at.rhost.empty())
            user += "@remote";
        if (at.auth_info == nullptr)
            user += "(password)";
        else if (*at.auth_info != '\0')
            user += "(key)";
        char line[200];
        std::snprintf(line, sizeof line, "%-15s %-7s %-15s %-14s %-25s %s\n", phase.c_str(),
                      at.service.c_str(), user.c_str(), helper, option.empty() ? "-" : option.c_str(),
                      name_of(code).c_str());
        rows_ << line;
    }
    void authenticate(const Circumstances& at, const HelperCase& helper, const std::string& option)
    {
        row("authenticate", at, helper.name, option, with(helper, option, at, {PAMTEST_AUTHENTICATE}));
    }
    void other_phases(const std::string& service, const HelperCase& helper)
    {
        const Circumstances at{service};
        for (const std::string option :
             {"", "require_mfa_evidence", "require_mfa_evidence=login", "fail_open"}) {
            row("then account", at, helper.name, option,
                with(helper, option, at, {PAMTEST_AUTHENTICATE, PAMTEST_ACCOUNT}));
        }
        const Circumstances by_key{service, "daemon", "", "publickey ssh-ed25519 AAAA\n"};
        for (const std::string option : {"", "require_trusted_key", "fail_open"})
            row("open_session", by_key, helper.name, option,
                with(helper, option, by_key, {PAMTEST_OPEN_SESSION}));
        for (const std::string option : {"", "fail_open"})
            row("chauthtok", at, helper.name, option, with(helper, option, at, {PAMTEST_CHAUTHTOK}));
        for (const std::string option : {"", "fail_open"})
            row("setcred", at, helper.name, option, with(helper, option, at, {PAMTEST_SETCRED}));
    }
    int with(const HelperCase& helper, const std::string& option, const Circumstances& at,
             const std::vector<pamtest_ops>& operations)
    {
        ScriptedHelper playing(helper.script ? helper.script : says(Decision::accepted));
        if (!helper.script)
            ::unlink(playing.socket().c_str());
        stack_.write(joined(playing.arguments()) + option);
        return last_code(at, operations);
    }

    Stack stack_;
    std::ostringstream rows_;
};

std::string golden_file;
std::string made;

void every_return_code_is_the_one_in_the_table()
{
    std::ifstream file(golden_file);
    std::ostringstream kept;
    kept << file.rdbuf();
    std::istringstream is(made);
    std::istringstream expected(kept.str());
    std::string line;
    std::string kept_line;
    while (std::getline(is, line)) {
        CHECK(std::getline(expected, kept_line));
        CHECK_TEXT(line, kept_line);
    }
    CHECK(!std::getline(expected, kept_line));
}

void success_is_in_the_table_for_accepted_sign_ins_only()
{
    std::istringstream rows(made);
    std::string line;
    int successes = 0;
    while (std::getline(rows, line)) {
        if (!line.starts_with("authenticate") || !line.ends_with(" SUCCESS"))
            continue;
        ++successes;
        CHECK(line.find(" accepted ") != std::string::npos);
        CHECK(line.find("no-such-person") == std::string::npos &&
              line.find("(password)") == std::string::npos);
        CHECK(line.find("safe") == std::string::npos && line.find("fail_open") == std::string::npos);
    }
    CHECK(successes > 20);
}

} // namespace

int main(int argc, char** argv)
{
    if (argc != 2) {
        std::cerr << "usage: return_codes_test FILE | --print\n";
        return 2;
    }
    made = Table().made();
    if (std::strcmp(argv[1], "--print") == 0) {
        std::cout << made;
        return 0;
    }
    golden_file = argv[1];
    const CMUnitTest tests[] = {
        SENTENCE(every_return_code_is_the_one_in_the_table),
        SENTENCE(success_is_in_the_table_for_accepted_sign_ins_only),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
