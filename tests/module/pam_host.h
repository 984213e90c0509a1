#pragma once
// A PAM application and the part of libpam that the module calls, in one: a test fills it, calls an entry
// point, and looks at what was asked, said and logged. It takes libpam's place in the statically linked test
// programs, so that the whole module runs under the sanitizers; return_codes_test.cpp has the real libpam.
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <security/pam_modules.h>
#include <string>
#include <vector>

struct PamDatum {
    void* value = nullptr;
    void (*cleanup)(pam_handle_t*, void*, int) = nullptr;
};

/// libpam's own handle is opaque; this is ours.
struct pam_handle {
    pam_handle() = default;
    pam_handle(const pam_handle&) = delete;
    pam_handle& operator=(const pam_handle&) = delete;
    ~pam_handle();

    std::map<int, std::string> items;
    std::map<std::string, std::string> environment; ///< of PAM, not of the process
    std::map<std::string, PamDatum> data;
    std::string name_at_prompt;                      ///< pam_get_user() gets it while PAM_USER is unset
    std::deque<std::optional<std::string>> answers;  ///< nothing: the person hangs up; none left: "" for ever
    std::function<void(pam_handle&)> while_prompted; ///< called before an answer is given
    int conversation_result = PAM_SUCCESS;
    int data_result = PAM_SUCCESS;    ///< of keeping something inside the handle
    std::vector<std::string> prompts; ///< "on: text" or "off: text"
    std::vector<std::string> told;    ///< "info: text" or "error: text"
    std::vector<std::string> log;
    std::vector<int> priorities; ///< of the lines of the log
};

namespace ssp::testing {

/// What memory held when the module wiped it, in this order.
extern std::vector<std::string> wiped;

/// Entry points with their arguments as a configuration file gives them.
int authenticate(pam_handle& host, std::vector<std::string> arguments);
int account(pam_handle& host, std::vector<std::string> arguments);
int open_session(pam_handle& host, std::vector<std::string> arguments);
int change_password(pam_handle& host, std::vector<std::string> arguments, int flags);

/// Fills `host` as sshd does for keyboard-interactive after a key was proven.
void sign_in_through_sshd(pam_handle& host, const std::string& user = "root");

bool has_line_with(const std::vector<std::string>& lines, const std::string& part);

} // namespace ssp::testing
