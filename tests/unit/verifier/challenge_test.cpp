#include "sign_in_world.h"

#include "support/cmocka.h"

using namespace ssp;
using namespace ssp::testing;

namespace {

/// The kinds of evidence in the audit trail.
std::string last_detail(const World& world, std::string_view event)
{
    std::string detail;
    for (const auto& row : world.store.audit())
        if (row.event == event)
            detail = row.method + ": " + row.detail;
    return detail;
}

void an_app_code_is_accepted_at_once_and_costs_nothing_in_the_end()
{
    World world;
    world.bind_app();
    CHECK(world.verdict_of({world.app_code(), "n"}) == Verdict::accepted);
    CHECK(world.known().guess_points == 0);
    CHECK(world.delivery.messages.empty());
    CHECK_TEXT(last_detail(world, "sign-in-accepted"), "app: reference 0123-45");
}

void a_code_may_be_typed_as_the_app_shows_it()
{
    World world;
    world.bind_app();
    auto code = world.app_code();
    CHECK(world.verdict_of({" " + code.insert(3, " ") + " ", "n"}) == Verdict::accepted);
}

void an_app_code_works_once_however_it_is_written()
{
    World world;
    world.bind_app();
    auto code = world.app_code();
    CHECK(world.verdict_of({code, "n"}) == Verdict::accepted);
    ScriptedClaimant again({code, code.substr(0, 3) + "-" + code.substr(3), code});
    CHECK(world.verdict_of(again) == Verdict::locked);
    CHECK(world.count("sign-in-accepted") == 1);
    CHECK(last_detail(world, "code-refused").starts_with("app: code used again, reference "));
    CHECK(again.asked().at(1).starts_with("That code is not valid, or was used before: 2 tries left.\n"));
}

void a_wrong_app_code_costs_three_points_and_the_third_one_ends_the_call()
{
    World world;
    world.bind_app();
    const auto wrong = world.wrong_app_code();
    CHECK(world.verdict_of({wrong, wrong, wrong}) == Verdict::locked);
    const auto person = world.known();
    CHECK(person.guess_points == 9);
    CHECK(person.points_since_success == 9);
    CHECK(person.consecutive_failures == 3);
    CHECK(world.count("code-refused") == 3);
    CHECK(world.count("sign-in-refused") == 1);
}

void a_success_gives_back_the_misses_of_its_own_sign_in_only()
{
    World world;
    world.bind_app();
    const auto wrong = world.wrong_app_code();
    ScriptedClaimant leaves({wrong, wrong});
    CHECK(!world.sign_in(leaves));
    CHECK(world.known().guess_points == 6);
    CHECK(world.verdict_of({wrong, world.app_code(), "n"}) == Verdict::accepted);
    CHECK(world.known().guess_points == 6);
    CHECK(world.known().points_since_success == 0);
    CHECK(world.known().consecutive_failures == 0);
}

void a_wrong_text_code_costs_one_point_and_a_wrong_voice_code_ten()
{
    World world;
    world.bind_text();
    world.bind_voice();
    ScriptedClaimant by_text({"1", world.another_code()});
    CHECK(!world.sign_in(by_text));
    CHECK(world.known().guess_points == 1);
    world.clock.advance(Seconds(60));
    ScriptedClaimant by_voice({"2", world.another_code()});
    CHECK(!world.sign_in(by_voice));
    CHECK(world.known().guess_points == 11);
}

void a_six_digit_voice_code_costs_one_point()
{
    World world;
    world.policy.voice_digits = 6;
    world.bind_voice();
    ScriptedClaimant person({"1", world.another_code()});
    CHECK(!world.sign_in(person));
    CHECK(world.known().guess_points == 1);
    CHECK(world.delivery.last_code().size() == 6);
}

void a_recovery_code_works_once_and_a_wrong_one_costs_no_points()
{
    World world;
    world.bind_app();
    const auto codes = world.give_recovery_codes();
    CHECK(world.verdict_of({codes[1], "n"}) == Verdict::accepted);
    CHECK(last_detail(world, "sign-in-accepted").starts_with("recovery-code: reference "));
    ScriptedClaimant again({codes[1], "0000-0000-00000", codes[2], "n"});
    CHECK(world.verdict_of(again) == Verdict::accepted);
    CHECK(world.known().guess_points == 0);
    CHECK(world.known().look_up_secrets_left == 4);
    CHECK(again.asked().at(1).starts_with(
        "That recovery code is not valid, or was used before: 2 tries left.\n"));
}

void a_code_of_one_challenge_does_not_work_in_another()
{
    World world;
    world.bind_text();
    ScriptedClaimant first_window({"1"}, ScriptedClaimant::Afterwards::never_answers);
    RootTask<Verdict> first(world.task(first_window));
    first.start([] {});
    CHECK(world.has_live_challenge());
    const auto code_of_first = world.delivery.last_code();

    world.clock.advance(Seconds(60));
    ScriptedClaimant second_window({"1", code_of_first, world.code_that_came(), "n"});
    CHECK(world.verdict_of(second_window) == Verdict::accepted);
    CHECK(second_window.asked().at(2).starts_with("That code is not valid, 2 tries left.\n"));
    CHECK(!world.has_live_challenge());
    CHECK(!first.finished());
}

void a_code_without_a_challenge_is_explained_and_costs_nothing()
{
    World world;
    world.bind_text();
    ScriptedClaimant person({"123456", "1", world.code_that_came(), "n"});
    CHECK(world.verdict_of(person) == Verdict::accepted);
    CHECK(person.asked().at(1).starts_with("That is no option. Choose one first; the code is sent then.\n"));
    CHECK(world.count("code-refused") == 0);
}

void a_recovery_code_of_somebody_who_has_none_is_explained_and_costs_nothing()
{
    World world;
    world.bind_app();
    ScriptedClaimant person({"7K4Q-92AB-CDEF0", world.app_code(), "n"});
    CHECK(world.verdict_of(person) == Verdict::accepted);
    CHECK(world.count("code-refused") == 0);
}

void only_the_ways_that_a_person_has_are_listed()
{
    World world;
    world.bind_voice();
    ScriptedClaimant person({"2", "1", world.code_that_came(), "n"});
    CHECK(world.verdict_of(person) == Verdict::accepted);
    CHECK_TEXT(person.asked().front(), "Choose how to receive your access code:\n"
                                       "  1  Voice call to the number ending 07\n"
                                       "Passcode or option (1-1): ");
}

void a_way_that_is_switched_off_is_neither_listed_nor_accepted()
{
    World world;
    world.bind_app();
    world.bind_text();
    world.bind_voice();
    world.policy.authenticator_app = false;
    world.policy.text_message = false;
    ScriptedClaimant person({world.app_code(), "1", world.code_that_came(), "n"});
    CHECK(world.verdict_of(person) == Verdict::accepted);
    CHECK(person.asked().front().find("app") == std::string::npos);
    CHECK(person.asked().front().find("Text") == std::string::npos);
    CHECK(world.delivery.messages.at(0).channel == Channel::voice_call);
}

void who_has_no_way_left_is_refused_and_never_enrolled_again()
{
    World world;
    world.bind_app();
    world.policy.authenticator_app = false;
    ScriptedClaimant person({""});
    CHECK(world.verdict_of(person) == Verdict::locked);
    CHECK(person.last_asked().starts_with(
        "None of the ways to get a code can be used for this account now.\nHelp: "));
}

/// Spends points as a patient guesser would, with a pause after each try.
void spend(World& world, int points)
{
    for (int spent = 0; spent < points; spent += 3) {
        TryCost cost;
        cost.points = 3;
        (void)run_now(world.store.reserve_try(world.id(), cost));
        world.clock.advance(std::chrono::hours(2));
    }
}

void from_300_points_on_only_app_and_recovery_codes_are_left()
{
    World world;
    world.bind_text();
    world.bind_app();
    spend(world, 300);
    CHECK(world.known().guess_points == 300);
    ScriptedClaimant person({"1", world.app_code(), "n"});
    CHECK(world.verdict_of(person) == Verdict::accepted);
    CHECK_TEXT(person.asked().front(),
               "Messages and calls are off for now: there were too many wrong codes.\n"
               "Enter the code from your app.\nVerification code: ");
    CHECK(world.delivery.messages.empty());
}

void from_900_points_on_only_a_recovery_code_is_left_and_works()
{
    World world;
    world.bind_app();
    const auto codes = world.give_recovery_codes();
    spend(world, 900);
    ScriptedClaimant person({world.app_code(), codes[0], "n"});
    CHECK(world.verdict_of(person) == Verdict::accepted);
    CHECK_TEXT(person.asked().front(), "Enter a recovery code.\nVerification code: ");
}

void a_call_is_off_when_its_ten_points_do_not_fit_while_a_text_message_is_not()
{
    World world;
    world.bind_text();
    world.bind_voice();
    spend(world, 291);
    ScriptedClaimant person({"1", world.code_that_came(), "n"});
    CHECK(world.verdict_of(person) == Verdict::accepted);
    CHECK(person.asked().front().find("Calls are off for now: there were too many wrong codes.\n") !=
          std::string::npos);
    CHECK(person.asked().front().find("2  ") == std::string::npos);
    CHECK(world.delivery.messages.size() == 1);
    CHECK(world.known().guess_points == 291);
}

void a_code_that_was_spoken_is_judged_no_more_when_its_ten_points_are_spent_meanwhile()
{
    World world;
    world.bind_text();
    world.bind_voice();
    spend(world, 288);
    ScriptedClaimant person({"2",
                             Step{"{code}",
                                  [&world](const std::string&) {
                                      spend(world, 3);
                                      return world.delivery.last_code();
                                  }},
                             "1"});
    CHECK(!world.sign_in(person));
    CHECK(person.asked().at(2).starts_with("Messages and calls are off for now: there were too many wrong "
                                           "codes.\nWhat still works: text message."));
    world.clock.advance(Seconds(60));
    CHECK(world.verdict_of({"1", world.code_that_came(), "n"}) == Verdict::accepted);
    CHECK(world.known().guess_points == 291);
}

void the_last_three_points_of_a_year_are_enough_for_an_app_code()
{
    World world;
    world.bind_app();
    spend(world, 897);
    CHECK(world.verdict_of({world.app_code(), "n"}) == Verdict::accepted);
    spend(world, 3);
    CHECK(world.verdict_of(Script{""}) == Verdict::locked);
}

void the_last_recovery_code_is_taken()
{
    World world;
    world.bind_app();
    std::vector<SecretString> one;
    one.emplace_back("0123456789ABC");
    (void)run_now(world.store.replace_look_up_secrets(world.id(), {std::move(one), {}}, AuditEntry{}));
    CHECK(world.verdict_of({"0123-4567-89ABC", "n"}) == Verdict::accepted);
    CHECK(world.known().look_up_secrets_left == 0);
}

void while_codes_are_held_back_there_is_neither_a_phone_nor_an_app()
{
    for (const bool app : {false, true})
        for (const bool phone : {false, true}) {
            if (!app && !phone)
                continue;
            World world;
            if (app)
                world.bind_app();
            if (phone)
                world.bind_text();
            const auto codes = world.give_recovery_codes();
            world.clock.advance(std::chrono::hours(24)); // since the last success
            world.policy.guessing.everybody_points = 0;
            world.store.set_limits(world.policy.guessing, world.policy.sending);
            ScriptedClaimant person({"1", codes[0], "n"});
            CHECK(world.verdict_of(person) == Verdict::accepted);
            CHECK(person.asked().at(0).starts_with("Codes cannot be used just now. Please try again later.\n"
                                                   "Enter a recovery code."));
            CHECK(world.delivery.messages.empty());
        }
}

void five_wrong_codes_in_a_row_make_the_next_sign_in_wait()
{
    World world;
    world.bind_app();
    const auto wrong = world.wrong_app_code();
    CHECK(world.verdict_of({wrong, wrong, wrong}) == Verdict::locked);
    world.connection = "connection-2";
    ScriptedClaimant person({wrong, wrong, world.app_code()});
    CHECK(world.verdict_of(person) == Verdict::locked);
    CHECK(person.was_told("There were too many wrong codes. You can try again in 30 seconds.\nHelp: "));

    world.connection = "connection-3";
    ScriptedClaimant soon({""});
    CHECK(world.verdict_of(soon) == Verdict::locked);
    CHECK(soon.last_asked().starts_with(
        "There were too many wrong codes. You can try again in 30 seconds.\nHelp: "));
    world.clock.advance(Seconds(30));
    CHECK(world.verdict_of({world.app_code(), "n"}) == Verdict::accepted);
}

void many_wrong_codes_are_put_before_the_owner_once()
{
    World world;
    world.bind_text();
    world.bind_app();
    world.bind_voice();
    for (int i = 0; i < 3; ++i) {
        CHECK(world.known().notices.empty());
        ScriptedClaimant guesser({"2", world.another_code()});
        CHECK(!world.sign_in(guesser));
        world.clock.advance(std::chrono::hours(1));
    }
    CHECK(world.known().points_since_success == 30);
    ScriptedClaimant owner({world.app_code(), "n"});
    CHECK(world.verdict_of(owner) == Verdict::accepted);
    CHECK(owner.was_told("Many wrong codes were typed for your account"));
    ScriptedClaimant later({world.app_code(1), "n"});
    CHECK(world.verdict_of(later) == Verdict::accepted);
    CHECK_TEXT(later.told(), "");
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(an_app_code_is_accepted_at_once_and_costs_nothing_in_the_end),
        SENTENCE(a_code_may_be_typed_as_the_app_shows_it),
        SENTENCE(an_app_code_works_once_however_it_is_written),
        SENTENCE(a_wrong_app_code_costs_three_points_and_the_third_one_ends_the_call),
        SENTENCE(a_success_gives_back_the_misses_of_its_own_sign_in_only),
        SENTENCE(a_wrong_text_code_costs_one_point_and_a_wrong_voice_code_ten),
        SENTENCE(a_six_digit_voice_code_costs_one_point),
        SENTENCE(a_recovery_code_works_once_and_a_wrong_one_costs_no_points),
        SENTENCE(a_code_of_one_challenge_does_not_work_in_another),
        SENTENCE(a_code_without_a_challenge_is_explained_and_costs_nothing),
        SENTENCE(a_recovery_code_of_somebody_who_has_none_is_explained_and_costs_nothing),
        SENTENCE(only_the_ways_that_a_person_has_are_listed),
        SENTENCE(a_way_that_is_switched_off_is_neither_listed_nor_accepted),
        SENTENCE(who_has_no_way_left_is_refused_and_never_enrolled_again),
        SENTENCE(from_300_points_on_only_app_and_recovery_codes_are_left),
        SENTENCE(from_900_points_on_only_a_recovery_code_is_left_and_works),
        SENTENCE(a_call_is_off_when_its_ten_points_do_not_fit_while_a_text_message_is_not),
        SENTENCE(a_code_that_was_spoken_is_judged_no_more_when_its_ten_points_are_spent_meanwhile),
        SENTENCE(the_last_three_points_of_a_year_are_enough_for_an_app_code),
        SENTENCE(the_last_recovery_code_is_taken),
        SENTENCE(while_codes_are_held_back_there_is_neither_a_phone_nor_an_app),
        SENTENCE(five_wrong_codes_in_a_row_make_the_next_sign_in_wait),
        SENTENCE(many_wrong_codes_are_put_before_the_owner_once),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
