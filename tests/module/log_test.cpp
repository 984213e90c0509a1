// What the module leaves in the log, one line for one decision, and what it says to people in its own words.
#include "pam_host.h"
#include "scripted_helper.h"

#include <syslog.h>

#include "support/cmocka.h"

using namespace ssp::protocol;
using namespace ssp::testing;

namespace {

using Lines = std::vector<std::string>;

/// Signs in as alice at `service` while the helper plays `script`. Returns the log, each line after its
/// priority.
Lines logged(const Script& script, std::vector<std::string> options, const std::string& service = "sshd",
             const std::string& user = "alice")
{
    ScriptedHelper helper(script);
    pam_handle host;
    sign_in_through_sshd(host, user);
    host.items[PAM_SERVICE] = service;
    if (service != "sshd")
        host.items.erase(PAM_RHOST);
    (void)authenticate(host, helper.arguments(std::move(options)));
    Lines lines;
    for (std::size_t i = 0; i < host.log.size(); ++i)
        lines.push_back(std::to_string(host.priorities[i]) + " " + host.log[i]);
    return lines;
}

const std::string alert = std::to_string(LOG_ALERT) + " ";
const std::string error = std::to_string(LOG_ERR) + " ";
const std::string notice = std::to_string(LOG_NOTICE) + " ";
const std::string debug = std::to_string(LOG_DEBUG) + " ";

void a_refusal_has_one_line_with_its_reason()
{
    CHECK(logged(says(Decision::rejected), {}) == Lines{notice + "refused: rejected"});
    CHECK(logged(says(Decision::locked), {"debug"}) == Lines{notice + "refused: locked"});
    CHECK(logged([](Line&) {}, {}) == Lines{notice + "refused: helper unreachable"});
}

void whoever_is_let_pass_by_an_option_is_an_alert()
{
    CHECK(logged([](Line&) {}, {"ignore_authinfo_unavail"}, "login") ==
          Lines{alert + "an option lets somebody pass: helper unreachable"});
    CHECK(logged(says(Decision::not_enrolled), {"nullok"}) ==
          Lines{alert + "an option lets somebody pass: not enrolled"});
}

void an_acceptance_is_logged_when_debugging_only()
{
    CHECK(logged(says(Decision::accepted), {}).empty());
    CHECK(logged(says(Decision::accepted), {"debug"}) == Lines{debug + "accepted"});
}

void a_name_service_that_fails_is_named_with_its_error()
{
    CHECK(logged(says(Decision::accepted), {}, "login", "broken") ==
          (Lines{error + "the name service cannot say who \"broken\" is (error 5): refused",
                 notice + "refused: fault of this host"}));
    CHECK(logged(says(Decision::accepted), {}, "login", "no-such-person") ==
          Lines{notice + "refused: unknown user"});
}

/// A session with a key alone, which has to be trusted.
Lines session_log(Decision decision)
{
    ScriptedHelper helper(says(decision));
    pam_handle host;
    sign_in_through_sshd(host, "alice");
    (void)open_session(host, helper.arguments({"require_trusted_key"}));
    return host.log;
}

void a_session_is_logged_when_it_is_refused_only()
{
    CHECK(session_log(Decision::accepted).empty());
    CHECK(session_log(Decision::rejected) ==
          Lines{"session of \"alice\" refused: no trusted key (rejected)"});
}

constexpr auto helpless =
    "error: Your second factor cannot be checked right now, so this sign-in is refused. "
    "Try again later, or contact your support desk.";

void what_nobody_at_the_keyboard_can_help_is_said_as_an_error()
{
    pam_handle wrong_option;
    sign_in_through_sshd(wrong_option, "alice");
    CHECK(authenticate(wrong_option, {"nulok"}) == PAM_SYSTEM_ERR);
    CHECK(wrong_option.told == Lines{helpless});

    ScriptedHelper helper([](Line&) {});
    pam_handle unreachable;
    sign_in_through_sshd(unreachable, "alice");
    CHECK(authenticate(unreachable, helper.arguments()) == PAM_AUTHINFO_UNAVAIL);
    CHECK(unreachable.told == Lines{helpless});

    pam_handle changed;
    changed.items = {{PAM_SERVICE, "passwd"}, {PAM_USER, "alice"}};
    CHECK(change_password(changed, helper.arguments(), PAM_UPDATE_AUTHTOK) == PAM_SUCCESS);
    CHECK(changed.told.size() == 1 && changed.told[0].starts_with("error: Your password was changed, but "));
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(a_refusal_has_one_line_with_its_reason),
        SENTENCE(whoever_is_let_pass_by_an_option_is_an_alert),
        SENTENCE(an_acceptance_is_logged_when_debugging_only),
        SENTENCE(a_name_service_that_fails_is_named_with_its_error),
        SENTENCE(a_session_is_logged_when_it_is_refused_only),
        SENTENCE(what_nobody_at_the_keyboard_can_help_is_said_as_an_error),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
