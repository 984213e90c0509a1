// The module as a guest: whatever its host did with signals stays so, and nothing that is the host's is
// touched.
#include "pam_host.h"
#include "scripted_helper.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/cmocka.h"

using namespace ssp::protocol;
using namespace ssp::testing;

namespace {

/// Two questions, with all that may stand between them.
void ask_twice(Line& line)
{
    line.begin();
    line.tell("Welcome.");
    line.ask("Passcode or option (1-3): ");
    const bool first = line.answer() == "3";
    line.wait();
    line.tell("Careful.", true);
    line.ask("Verification code: ", false);
    line.verdict(line.answer() == "492831" && first ? Decision::accepted : Decision::rejected);
}

int sign_in(const ScriptedHelper& helper, const std::string& second = "492831")
{
    pam_handle host;
    sign_in_through_sshd(host);
    host.answers = {"3", second};
    return authenticate(host, helper.arguments());
}

std::size_t threads()
{
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator("/proc/self/task"),
                                                  std::filesystem::directory_iterator{}));
}

/// What this process does with each signal, and which it blocks.
struct Signals {
    Signals() noexcept
    {
        ::sigprocmask(SIG_SETMASK, nullptr, &blocked);
        for (int number = 1; number < NSIG; ++number)
            ::sigaction(number, nullptr, &actions.at(static_cast<std::size_t>(number)));
    }
    bool operator==(const Signals& other) const
    {
        for (std::size_t i = 1; i < actions.size(); ++i)
            if (actions.at(i).sa_handler != other.actions.at(i).sa_handler ||
                actions.at(i).sa_flags != other.actions.at(i).sa_flags ||
                ::sigismember(&blocked, static_cast<int>(i)) !=
                    ::sigismember(&other.blocked, static_cast<int>(i)))
                return false;
        return true;
    }

    sigset_t blocked{};
    std::array<struct sigaction, NSIG> actions{};
};

void the_host_s_signals_are_as_they_were()
{
    for (const auto& verdict : {Decision::accepted, Decision::rejected}) {
        ScriptedHelper helper(ask_twice);
        const auto before_threads = threads();
        const Signals before;
        CHECK(sign_in(helper, verdict == Decision::accepted ? "492831" : "000000") ==
              (verdict == Decision::accepted ? PAM_SUCCESS : PAM_AUTH_ERR));
        CHECK(Signals() == before);
        CHECK(threads() == before_threads);
        CHECK(::waitpid(-1, nullptr, WNOHANG) == -1 && errno == ECHILD);
    }
}

void a_host_that_ignores_its_children_and_blocks_every_signal_is_served()
{
    ScriptedHelper helper(ask_twice);
    sigset_t all;
    sigset_t before;
    ::sigfillset(&all);
    ::sigprocmask(SIG_SETMASK, &all, &before);
    const auto of_children = ::signal(SIGCHLD, SIG_IGN);
    const Signals unusual;
    const int code = sign_in(helper);
    const bool unchanged = Signals() == unusual;
    ::signal(SIGCHLD, of_children);
    ::sigprocmask(SIG_SETMASK, &before, nullptr);
    CHECK(code == PAM_SUCCESS && unchanged);
}

volatile std::sig_atomic_t alarms = 0;

void an_alarm_at_any_instruction_changes_nothing()
{
    sigset_t alarm;
    ::sigemptyset(&alarm);
    ::sigaddset(&alarm, SIGALRM);
    ::sigprocmask(SIG_BLOCK, &alarm, nullptr);
    ScriptedHelper helper(ask_twice); // its thread keeps it blocked
    ::sigprocmask(SIG_UNBLOCK, &alarm, nullptr);
    struct sigaction action = {};
    struct sigaction before = {};
    action.sa_handler = [](int) { alarms = alarms + 1; }; // without SA_RESTART: every wait is interrupted
    ::sigaction(SIGALRM, &action, &before);
    int rounds = 0;
    bool all_served = true;
    for (; rounds < 50 || (alarms < 500 && rounds < 20000); ++rounds) {
        // Each round has its own rhythm, so that no place is missed for ever.
        const itimerval often{{0, 97 + rounds % 61}, {0, 31 + rounds % 53}};
        ::setitimer(ITIMER_REAL, &often, nullptr);
        all_served = all_served && sign_in(helper) == PAM_SUCCESS;
    }
    const itimerval never{};
    ::setitimer(ITIMER_REAL, &never, nullptr);
    ::sigaction(SIGALRM, &before, nullptr);
    CHECK(all_served);
    CHECK(alarms >= 500);
}

void a_helper_that_went_kills_no_host()
{
    const auto before = ::signal(SIGPIPE, SIG_DFL);
    ScriptedHelper helper([](Line& line) {
        line.begin();
        line.ask("Verification code: ");
    });
    pam_handle host;
    sign_in_through_sshd(host);
    host.answers = {"492831"};
    host.while_prompted = [&](pam_handle&) { helper.stop(); };
    const int code = authenticate(host, helper.arguments());
    ::signal(SIGPIPE, before);
    CHECK(code == PAM_AUTHINFO_UNAVAIL);
}

void the_password_that_earlier_modules_got_is_left_to_later_ones()
{
    ScriptedHelper helper(ask_twice);
    for (const char* option : {"debug", "use_first_pass", "try_first_pass"}) {
        pam_handle host;
        sign_in_through_sshd(host);
        host.items[PAM_AUTHTOK] = "Passw0rd";
        host.items[PAM_OLDAUTHTOK] = "Passw0rd-before";
        const auto items = host.items;
        const auto environment = host.environment;
        host.answers = {"3", "492831"};
        CHECK(authenticate(host, helper.arguments({option})) == PAM_SUCCESS);
        CHECK(host.items == items && host.environment == environment);
    }
}

void setcred_does_nothing_whenever_it_is_called()
{
    ScriptedHelper helper(ask_twice);
    for (const char* bad : {"", "no-such-option"}) {
        const char* arguments[] = {bad};
        for (const unsigned flags : {PAM_ESTABLISH_CRED, PAM_REINITIALIZE_CRED, PAM_REFRESH_CRED,
                                     PAM_DELETE_CRED, 0U, 0x7fffffffU}) {
            pam_handle host;
            sign_in_through_sshd(host);
            const auto items = host.items;
            for (int twice = 0; twice < 2; ++twice)
                CHECK(pam_sm_setcred(&host, static_cast<int>(flags), *bad != '\0' ? 1 : 0, arguments) ==
                      PAM_SUCCESS);
            CHECK(pam_sm_setcred(nullptr, static_cast<int>(flags), 0, nullptr) == PAM_SUCCESS);
            CHECK(host.items == items && host.data.empty() && host.log.empty() && host.prompts.empty());
        }
    }
    helper.stop();
    CHECK(helper.connections() == 0);
}

void thirty_two_questions_are_asked()
{
    ScriptedHelper helper([](Line& line) {
        line.begin();
        for (int i = 0; i < 32; ++i) {
            line.ask("Passcode or option (1-3): ");
            if (line.answer() != "x")
                return;
        }
        line.verdict(Decision::rejected);
    });
    pam_handle host;
    sign_in_through_sshd(host);
    host.answers.assign(32, "x");
    CHECK(authenticate(host, helper.arguments()) == PAM_AUTH_ERR);
    CHECK(host.prompts.size() == 32);
}

void a_screen_stays_locked_when_the_helper_dies()
{
    for (const char* locker : {"swaylock", "i3lock", "gnome-screensaver", "vlock"}) {
        pam_handle host;
        sign_in_through_sshd(host, "daemon");
        host.items[PAM_SERVICE] = locker;
        host.items.erase(PAM_RHOST);
        host.answers = {"3", "492831"};
        ScriptedHelper helper([](Line& line) {
            line.begin();
            line.ask("Passcode or option (1-3): ");
            line.answer();
            line.ask("Verification code: ");
        });
        // The most lenient line that there is: once a question was asked, nothing is ignored any more.
        const auto arguments = helper.arguments({"nullok", "ignore_unknown_user", "ignore_authinfo_unavail"});
        CHECK(authenticate(host, arguments) == PAM_AUTHINFO_UNAVAIL);
        CHECK(host.prompts.size() == 2);
        ::unlink(helper.socket().c_str());
        CHECK(authenticate(host, helper.arguments()) == PAM_AUTHINFO_UNAVAIL);
    }
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(the_host_s_signals_are_as_they_were),
        SENTENCE(a_host_that_ignores_its_children_and_blocks_every_signal_is_served),
        SENTENCE(an_alarm_at_any_instruction_changes_nothing),
        SENTENCE(a_helper_that_went_kills_no_host),
        SENTENCE(the_password_that_earlier_modules_got_is_left_to_later_ones),
        SENTENCE(setcred_does_nothing_whenever_it_is_called),
        SENTENCE(thirty_two_questions_are_asked),
        SENTENCE(a_screen_stays_locked_when_the_helper_dies),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
