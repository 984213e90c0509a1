#include "verifier/prompts.h"

#include "support/scripted_claimant.h"
#include "verifier/look_up_secret.h"
#include "verifier/qr.h"

#include <array>

#include "support/cmocka.h"

using namespace ssp;
using ssp::testing::ScriptedClaimant;

namespace {

constexpr std::array all_kinds{AuthenticatorKind::text_message, AuthenticatorKind::voice_call,
                               AuthenticatorKind::authenticator_app};
const std::vector<AuthenticatorKind> all_ways(all_kinds.begin(), all_kinds.end());
/// The longest that the configuration lets through.
const std::string contact(60, 'W');
const std::string reference = "7K4Q-92";
const std::string organisation(16, '~');

/// The longest notices there can be, above the longest question about the device.
std::string everything_since_the_last_sign_in()
{
    const WallTime now(Seconds(1795420800));
    const std::string source = "2001:0db8:0000:0000:0000:0000:0000:0001";
    std::vector<std::string> notices;
    for (int i = 0; i < 10; ++i)
        notices.push_back(i % 2 == 0 ? sentence(News::guessing, {}, now, source)
                                     : remembered_sentence("SSH keys ending " + std::string(39, 'k'), now));
    return prompts::since_last_sign_in(notices, contact) + '\n' +
           prompts::ask_to_remember("SSH keys ending " + std::string(39, 'k'), 30, now);
}

std::vector<std::string> screens()
{
    using namespace prompts;
    const auto help_lines = help(contact, reference);
    const SecretString key(std::string_view("AAAA BBBB CCCC DDDD EEEE FFFF GGGG HHHH"));
    const auto qr = qr_code(SecretString(std::string(106, 'x')), Background::dark);
    std::vector<SecretString> codes;
    for (std::size_t i = 0; i < look_up_secrets_issued; ++i)
        codes.emplace_back(std::string_view("XXXX-XXXX-XXXXX"));

    std::vector<std::string> out{
        choose_first_way(all_ways, 6, {AuthenticatorKind::voice_call}, help_lines),
        choose_first_way(all_ways, 6, {AuthenticatorKind::authenticator_app}, help_lines),
        choose_first_way(all_ways, 6, {AuthenticatorKind::voice_call, AuthenticatorKind::authenticator_app},
                         help_lines),
        show_recovery_codes(codes),
        app_by_qr(*qr, key),
        app_by_key(key, organisation, std::string(40, 'n'), true),
        app_by_key(key, organisation, std::string(256, 'n'), false),
        app_by_key(key, organisation, "\x1b[2Jevil\n", false),
        app_again(true),
        choose_factor({{AuthenticatorKind::text_message, "23"}, {AuthenticatorKind::voice_call, "07"}}, true,
                      true),
        choose_factor({{AuthenticatorKind::text_message, "23"}}, false, false),
        choose_factor({}, true, true),
        wrong_code("That code is not valid (is the clock of the phone right?),", 2),
        number_refused("This is not a mobile number."),
        number_refused(std::string(200, 'r') + "\x1b"),
        wait_before_next(std::chrono::hours(24)),
        recovery_codes_left(1),
        ask_to_remember("SSH keys ending " + std::string(39, 'k'), 30, WallTime(Seconds(1798012800))),
        ask_to_remember("address 2001:0db8:0000:0000:0000:0000:0000:0001", 1, WallTime(Seconds(1798012800))),
        everything_since_the_last_sign_in(),
    };
    for (const auto kind : all_kinds) {
        const PhoneOption to{kind, "23"};
        for (const auto& text :
             {ask_for_number(kind, "US"), offer_second_way(all_ways, kind), is_set_up(kind),
              code_is_on_its_way(to, "K7", 6, Seconds(599)), ask_for_code(kind), could_not_send(to),
              number_does_not_take(to), unclear_whether_sent(kind), is_disabled(kind)})
            out.push_back(text);
    }
    for (auto state = CallState::unknown; state <= CallState::failed;
         state = static_cast<CallState>(static_cast<int>(state) + 1))
        out.push_back(call_stands({AuthenticatorKind::voice_call, "07"}, state));
    for (const auto& text :
         {nothing_typed(),
          not_a_code(),
          has_other_digits(5),
          other_way_first(),
          no_app_bound(),
          no_recovery_code_left(),
          cannot_check_numbers(),
          saved_or_later(),
          yes_or_no(),
          code_is_over(),
          code_is_used_up(),
          no_time_for_a_call(),
          no_calls_here(),
          sent_too_often(),
          sending_is_off(),
          calling_is_off(),
          app_is_off(),
          codes_are_held_back(),
          still_works({"text message", "voice call", "app code", "recovery code"}, contact, reference),
          still_works({}, contact, reference)})
        out.push_back(text);
    for (const auto& text :
         {clock_is_wrong(), locked(), throttled(Seconds(3600)), connection_used_up(), identity_changed(),
          enrolment_closed(), no_way_here(), no_way_left(), enrolled_meanwhile(), tries_used_up(),
          ended_without_answer(), ended_without_code(), no_answer_in_time(), helper_cannot_decide()})
        out.push_back(closing(text, help_lines));
    return out;
}

void every_text_is_ascii_and_fits_24_lines_of_80_columns()
{
    ScriptedClaimant terminal({});
    for (const auto& screen : screens())
        terminal.tell(screen);
    CHECK_TEXT(terminal.faults(), "");
}

void the_largest_qr_screen_takes_24_lines_and_begins_with_its_title()
{
    const auto qr = qr_code(SecretString(std::string(106, 'x')), Background::dark);
    const auto screen = prompts::app_by_qr(*qr, SecretString(std::string_view("AAAA")));
    CHECK(std::count(screen.begin(), screen.end(), '\n') == 23);
    CHECK(screen.starts_with("Scan this"));
    CHECK(screen.find("Key: AAAA\n") != std::string::npos);
    CHECK(screen.ends_with("\nVerification code: "));
}

void questions_end_as_graphical_clients_know_them()
{
    using namespace prompts;
    CHECK(choose_first_way(all_ways, 5, {}, "").ends_with("\nPasscode or option (1-3): "));
    CHECK(ask_for_code(AuthenticatorKind::voice_call).ends_with("\nVerification code: "));
    CHECK(choose_factor({}, true, false).ends_with("\nVerification code: "));
    CHECK(choose_factor({{AuthenticatorKind::text_message, "23"}}, true, false)
              .ends_with("\nPasscode or option (1-1): "));
}

void only_the_last_two_digits_of_a_number_are_shown()
{
    CHECK_TEXT(prompts::ending(SecretString(std::string_view("+12055550123"))), "23");
    CHECK_TEXT(prompts::ending(SecretString(std::string_view("+"))), "+");
    CHECK_TEXT(prompts::ending(SecretString()), "");
}

void times_are_said_in_words()
{
    CHECK_TEXT(prompts::duration(Seconds(300)), "5 minutes");
    CHECK_TEXT(prompts::duration(Seconds(60)), "1 minute");
    CHECK_TEXT(prompts::duration(Seconds(1)), "1 second");
    CHECK_TEXT(prompts::duration(Seconds(0)), "1 second");
    CHECK_TEXT(prompts::duration(Seconds(301)), "6 minutes");
    CHECK_TEXT(prompts::duration(std::chrono::hours(24)), "24 hours");
    CHECK_TEXT(prompts::day_and_month(WallTime(Seconds(1795420800))), "23 November");
}

void long_help_goes_on_two_lines()
{
    CHECK_TEXT(prompts::help("the desk", reference), "Help: the desk, reference 7K4Q-92");
    CHECK_TEXT(prompts::help(contact, reference), "Help: " + contact + ",\nreference 7K4Q-92");
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(every_text_is_ascii_and_fits_24_lines_of_80_columns),
        SENTENCE(the_largest_qr_screen_takes_24_lines_and_begins_with_its_title),
        SENTENCE(questions_end_as_graphical_clients_know_them),
        SENTENCE(only_the_last_two_digits_of_a_number_are_shown),
        SENTENCE(times_are_said_in_words),
        SENTENCE(long_help_goes_on_two_lines),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
