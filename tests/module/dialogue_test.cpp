// The way from the first byte to the verdict, and everything that may break on it.
#include "fast_time.h"
#include "pam_host.h"
#include "scripted_helper.h"

#include <algorithm>
#include <dirent.h>
#include <fcntl.h>
#include <set>
#include <unistd.h>

#include "support/cmocka.h"

using namespace ssp::protocol;
using namespace ssp::testing;

namespace {

constexpr auto cannot_be_checked = "error: Your second factor cannot be checked right now";

int sign_in(pam_handle& host, const Script& script, std::vector<std::string> options = {})
{
    ScriptedHelper helper(script);
    return authenticate(host, helper.arguments(std::move(options)));
}

int sign_in(const Script& script)
{
    pam_handle host;
    sign_in_through_sshd(host);
    return sign_in(host, script);
}

std::size_t open_descriptors()
{
    std::size_t count = 0;
    DIR* folder = ::opendir("/proc/self/fd");
    while (::readdir(folder) != nullptr)
        ++count;
    ::closedir(folder);
    return count;
}

void a_trusted_device_is_asked_nothing()
{
    pam_handle host;
    sign_in_through_sshd(host);
    CHECK(sign_in(host, says(Decision::accepted)) == PAM_SUCCESS);
    CHECK(host.prompts.empty() && host.told.empty());
}

void questions_and_answers_are_passed_on_until_the_verdict()
{
    pam_handle host;
    sign_in_through_sshd(host);
    host.answers = {"3", "492831"};
    std::string first;
    std::string second;
    const int code = sign_in(host, [&](Line& line) {
        line.begin();
        line.tell("Welcome\nback");
        line.ask("Passcode or option (1-3): ");
        first = line.answer();
        line.wait();
        line.tell("careful", true);
        line.ask("Verification code: ", false);
        second = line.answer();
        line.verdict(Decision::accepted);
    });
    CHECK(code == PAM_SUCCESS);
    CHECK(first == "3" && second == "492831");
    CHECK(host.prompts ==
          (std::vector<std::string>{"on: Passcode or option (1-3): ", "off: Verification code: "}));
    CHECK(host.told == (std::vector<std::string>{"info: Welcome\nback", "error: careful"}));
}

void a_percent_sign_in_a_text_is_a_percent_sign()
{
    pam_handle host;
    sign_in_through_sshd(host);
    host.answers = {"%n%s"};
    std::string heard;
    sign_in(host, [&](Line& line) {
        line.begin();
        line.ask("100%s %n: ");
        heard = line.answer();
        line.verdict(Decision::rejected);
    });
    CHECK(host.prompts.front() == "on: 100%s %n: " && heard == "%n%s");
}

void each_verdict_has_its_code()
{
    CHECK(sign_in(says(Decision::rejected)) == PAM_AUTH_ERR);
    CHECK(sign_in(says(Decision::locked)) == PAM_AUTH_ERR);
    CHECK(sign_in(says(Decision::not_enrolled)) == PAM_AUTH_ERR);
    CHECK(sign_in(says(Decision::unavailable)) == PAM_AUTHINFO_UNAVAIL);
}

void what_nobody_at_the_keyboard_can_help_is_said_in_words()
{
    pam_handle host;
    sign_in_through_sshd(host);
    CHECK(sign_in(host, says(Decision::unavailable)) == PAM_AUTHINFO_UNAVAIL);
    CHECK(has_line_with(host.told, cannot_be_checked));
    pam_handle refused;
    sign_in_through_sshd(refused);
    CHECK(sign_in(refused, says(Decision::rejected)) == PAM_AUTH_ERR && refused.told.empty());
}

void a_helper_that_goes_is_noticed_at_every_point()
{
    CHECK(sign_in([](Line&) {}) == PAM_AUTHINFO_UNAVAIL);
    CHECK(sign_in([](Line& line) { line.begin(); }) == PAM_AUTHINFO_UNAVAIL);
    CHECK(sign_in([](Line& line) {
              line.begin();
              line.ask("Verification code: ");
          }) == PAM_AUTHINFO_UNAVAIL);
    CHECK(sign_in([](Line& line) {
              line.begin();
              line.ask("Verification code: ");
              line.answer();
              line.raw("\x14");
          }) == PAM_AUTHINFO_UNAVAIL);
}

void a_helper_that_hangs_is_refused()
{
    CHECK(sign_in([](Line& line) {
              line.begin();
              line.answer();
          }) == PAM_AUTHINFO_UNAVAIL);
    CHECK(sign_in([](Line& line) {
              line.begin();
              line.ask("Verification code: ");
              line.answer();
              line.tell("sent");
              line.answer();
          }) == PAM_AUTHINFO_UNAVAIL);
}

void a_helper_that_says_wait_may_work_for_long()
{
    CHECK(sign_in([](Line& line) {
              line.begin();
              for (int i = 0; i < 12; ++i) {
                  advance(std::chrono::seconds(2));
                  line.wait();
              }
              line.verdict(Decision::accepted);
          }) == PAM_SUCCESS);
}

void half_a_message_is_no_sign_of_life()
{
    CHECK(sign_in([](Line& line) {
              line.begin();
              line.raw(std::string_view("\x14\x00\x13", 3));
              line.answer();
          }) == PAM_AUTHINFO_UNAVAIL);
}

void waiting_ends_with_the_time_of_the_conversation()
{
    pam_handle host;
    sign_in_through_sshd(host);
    const auto script = [](Line& line) {
        line.begin();
        for (int i = 0; i < 30; ++i) {
            line.wait();
            advance(std::chrono::seconds(1));
        }
        line.verdict(Decision::accepted);
        line.answer();
    };
    CHECK(sign_in(host, script, {"timeout=20"}) == PAM_AUTHINFO_UNAVAIL);
}

void an_answer_after_the_time_of_the_conversation_does_not_help()
{
    pam_handle host;
    sign_in_through_sshd(host);
    host.answers = {"492831"};
    host.while_prompted = [](pam_handle&) { advance(std::chrono::seconds(301)); };
    CHECK(sign_in(host, [](Line& line) {
              line.begin();
              line.ask("Verification code: ");
              line.answer();
              line.verdict(Decision::accepted);
          }) == PAM_AUTHINFO_UNAVAIL);
}

void a_helper_that_decided_while_the_person_thought_is_still_heard()
{
    pam_handle host;
    sign_in_through_sshd(host);
    ScriptedHelper helper([](Line& line) {
        line.begin();
        line.ask("Verification code: ");
        line.tell("Your time is up.", true);
        line.verdict(Decision::rejected);
    });
    host.while_prompted = [&](pam_handle&) { helper.stop(); };
    CHECK(authenticate(host, helper.arguments()) == PAM_AUTH_ERR);
    CHECK(has_line_with(host.told, "Your time is up."));
}

void a_helper_that_went_while_the_person_thought_has_nothing_more_asked()
{
    pam_handle host;
    sign_in_through_sshd(host);
    ScriptedHelper helper([](Line& line) {
        line.begin();
        line.ask("Verification code: ");
        line.ask("And the next one: ");
        line.verdict(Decision::accepted);
    });
    host.while_prompted = [&](pam_handle&) { helper.stop(); };
    CHECK(authenticate(host, helper.arguments()) == PAM_AUTHINFO_UNAVAIL);
    CHECK(host.prompts.size() == 1);
}

void an_acceptance_without_the_answer_is_none()
{
    pam_handle host;
    sign_in_through_sshd(host);
    ScriptedHelper helper([](Line& line) {
        line.begin();
        line.ask("Verification code: ");
        line.verdict(Decision::accepted);
    });
    host.while_prompted = [&](pam_handle&) { helper.stop(); };
    CHECK(authenticate(host, helper.arguments()) == PAM_AUTHINFO_UNAVAIL);
}

void a_person_who_hangs_up_leaves_and_is_refused()
{
    pam_handle host;
    sign_in_through_sshd(host);
    host.answers = {std::nullopt};
    std::string heard;
    const auto script = [&](Line& line) {
        line.begin();
        line.ask("Verification code: ");
        heard = line.answer();
        line.verdict(Decision::accepted);
    };
    CHECK(sign_in(host, script) == PAM_CONV_ERR);
    CHECK(heard == "<left>");
}

void a_person_who_cannot_be_told_has_left()
{
    pam_handle host;
    sign_in_through_sshd(host);
    host.conversation_result = PAM_CONV_ERR;
    std::string heard;
    const auto script = [&](Line& line) {
        line.begin();
        line.tell("Two notices.");
        heard = line.answer();
        line.verdict(Decision::accepted);
    };
    CHECK(sign_in(host, script) == PAM_CONV_ERR);
    CHECK(heard == "<left>");
}

void a_conversation_that_fails_is_a_refusal_whatever_it_brought()
{
    for (const int result : {PAM_CONV_ERR, PAM_CONV_AGAIN, PAM_BUF_ERR, PAM_ABORT, PAM_SYSTEM_ERR}) {
        pam_handle host;
        sign_in_through_sshd(host);
        host.answers = {"492831"};
        host.conversation_result = result;
        std::string heard;
        const auto script = [&](Line& line) {
            line.begin();
            line.ask("Verification code: ");
            heard = line.answer();
            line.verdict(Decision::accepted);
        };
        CHECK(sign_in(host, script) == PAM_CONV_ERR);
        CHECK(heard == "<left>");
    }
}

void an_empty_answer_is_passed_on_as_an_empty_answer()
{
    pam_handle host;
    sign_in_through_sshd(host);
    std::string heard = "?";
    sign_in(host, [&](Line& line) {
        line.begin();
        line.ask("Verification code: ");
        heard = line.answer();
        line.verdict(Decision::rejected);
    });
    CHECK(heard.empty());
}

void sshds_fake_answers_are_passed_on_as_they_are()
{
    pam_handle host;
    sign_in_through_sshd(host);
    host.answers = {"\b\n\r\x7fIN"};
    std::string heard;
    sign_in(host, [&](Line& line) {
        line.begin();
        line.ask("Verification code: ");
        heard = line.answer();
        line.verdict(Decision::rejected);
    });
    CHECK(heard == "\b\n\r\x7fIN");
    CHECK(!has_line_with(host.log, "IN"));
}

void an_answer_of_512_bytes_is_passed_on_and_a_longer_one_refused()
{
    for (const std::size_t length : {std::size_t{512}, std::size_t{513}, std::size_t{1} << 20U}) {
        pam_handle host;
        sign_in_through_sshd(host);
        host.answers = {std::string(length, '1')};
        std::string heard;
        const int code = sign_in(host, [&](Line& line) {
            line.begin();
            line.ask("Verification code: ");
            heard = line.answer();
            line.verdict(Decision::accepted);
        });
        CHECK(code == (length <= 512 ? PAM_SUCCESS : PAM_CONV_ERR));
        CHECK(heard == (length <= 512 ? std::string(length, '1') : "<left>"));
    }
}

void an_answer_is_in_no_log_even_when_debugging()
{
    pam_handle host;
    sign_in_through_sshd(host);
    host.answers = {"Passw0rd-1"};
    sign_in(host,
            [&](Line& line) {
                line.begin();
                line.ask("Your key JBSWY3DP: ");
                line.answer();
                line.verdict(Decision::rejected);
            },
            {"debug"});
    CHECK(!host.log.empty() && !has_line_with(host.log, "Passw0rd-1") &&
          !has_line_with(host.log, "JBSWY3DP"));
}

void answers_and_what_was_shown_are_wiped_from_memory()
{
    pam_handle host;
    sign_in_through_sshd(host);
    host.answers = {"Wiped-4711"};
    wiped.clear();
    sign_in(host, [&](Line& line) {
        line.begin();
        line.ask("Your key JBSWY3DP: ");
        line.answer();
        line.verdict(Decision::rejected);
    });
    const auto reply = [](const std::string& memory) { return memory == "Wiped-4711"; };
    const auto frame = [](const std::string& memory) {
        return memory.size() > 10 && memory.size() < 100 && memory.ends_with("Wiped-4711");
    };
    CHECK(std::ranges::count_if(wiped, reply) == 1 && std::ranges::count_if(wiped, frame) == 1);
    CHECK(wiped.back().size() == max_frame_bytes);
}

/// Of this process, those that a program started now would inherit.
std::set<int> inheritable_descriptors()
{
    std::set<int> found;
    for (int fd = 3; fd < 64; ++fd) {
        const int flags = ::fcntl(fd, F_GETFD);
        if (flags >= 0 && (flags & FD_CLOEXEC) == 0)
            found.insert(fd);
    }
    return found;
}

void a_program_that_the_host_starts_meanwhile_inherits_nothing()
{
    pam_handle host;
    sign_in_through_sshd(host);
    const auto before = inheritable_descriptors();
    std::set<int> meanwhile = {-1};
    // More than once: in the helper's thread UBSan opens a pipe now and then, and closes it at once.
    host.while_prompted = [&](pam_handle&) {
        for (int i = 0; i < 1000 && meanwhile != before; ++i)
            meanwhile = inheritable_descriptors();
    };
    sign_in(host, [](Line& line) {
        line.begin();
        line.ask("Verification code: ");
        line.answer();
        line.verdict(Decision::rejected);
    });
    CHECK(meanwhile == before);
}

void a_user_who_changes_in_mid_conversation_is_refused()
{
    for (const char* other : {"daemon", ""}) {
        pam_handle host;
        sign_in_through_sshd(host);
        host.answers = {"492831"};
        host.while_prompted = [&](pam_handle& h) { h.items[PAM_USER] = other; };
        CHECK(sign_in(host, [](Line& line) {
                  line.begin();
                  line.ask("Verification code: ");
                  line.answer();
                  line.verdict(Decision::accepted);
              }) == PAM_SYSTEM_ERR);
    }
}

void without_a_socket_the_refusal_is_readable()
{
    pam_handle host;
    sign_in_through_sshd(host);
    ScriptedHelper helper(says(Decision::accepted));
    ::unlink(helper.socket().c_str());
    CHECK(authenticate(host, helper.arguments()) == PAM_AUTHINFO_UNAVAIL);
    CHECK(has_line_with(host.told, cannot_be_checked) && has_line_with(host.log, helper.socket()));
    CHECK(helper.connections() == 0);
}

void ten_thousand_sign_ins_leave_no_descriptor_behind()
{
    ScriptedHelper accepting(says(Decision::accepted));
    ScriptedHelper going([](Line& line) { line.begin(); });
    const auto before = open_descriptors();
    for (int i = 0; i < 5000; ++i) {
        pam_handle host;
        sign_in_through_sshd(host);
        CHECK(authenticate(host, accepting.arguments()) == PAM_SUCCESS);
        CHECK(authenticate(host, going.arguments()) == PAM_AUTHINFO_UNAVAIL);
    }
    accepting.stop();
    going.stop();
    CHECK(open_descriptors() == before);
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(a_trusted_device_is_asked_nothing),
        SENTENCE(questions_and_answers_are_passed_on_until_the_verdict),
        SENTENCE(a_percent_sign_in_a_text_is_a_percent_sign),
        SENTENCE(each_verdict_has_its_code),
        SENTENCE(what_nobody_at_the_keyboard_can_help_is_said_in_words),
        SENTENCE(a_helper_that_goes_is_noticed_at_every_point),
        SENTENCE(a_helper_that_hangs_is_refused),
        SENTENCE(a_helper_that_says_wait_may_work_for_long),
        SENTENCE(half_a_message_is_no_sign_of_life),
        SENTENCE(waiting_ends_with_the_time_of_the_conversation),
        SENTENCE(an_answer_after_the_time_of_the_conversation_does_not_help),
        SENTENCE(a_helper_that_decided_while_the_person_thought_is_still_heard),
        SENTENCE(a_helper_that_went_while_the_person_thought_has_nothing_more_asked),
        SENTENCE(an_acceptance_without_the_answer_is_none),
        SENTENCE(a_person_who_hangs_up_leaves_and_is_refused),
        SENTENCE(a_person_who_cannot_be_told_has_left),
        SENTENCE(a_conversation_that_fails_is_a_refusal_whatever_it_brought),
        SENTENCE(an_empty_answer_is_passed_on_as_an_empty_answer),
        SENTENCE(sshds_fake_answers_are_passed_on_as_they_are),
        SENTENCE(an_answer_of_512_bytes_is_passed_on_and_a_longer_one_refused),
        SENTENCE(an_answer_is_in_no_log_even_when_debugging),
        SENTENCE(answers_and_what_was_shown_are_wiped_from_memory),
        SENTENCE(a_program_that_the_host_starts_meanwhile_inherits_nothing),
        SENTENCE(a_user_who_changes_in_mid_conversation_is_refused),
        SENTENCE(without_a_socket_the_refusal_is_readable),
        SENTENCE(ten_thousand_sign_ins_leave_no_descriptor_behind),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
