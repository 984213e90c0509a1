#include "sign_in_world.h"
#include "verifier/binding.h"

#include "support/cmocka.h"

using namespace ssp;
using namespace ssp::testing;

namespace {

Script by_text(const World& world)
{
    return {"1", "205 555 0123", world.code_that_came(), "n", "later", "n"};
}

void a_first_sign_in_is_accepted_by_the_binding_and_recorded_with_its_source()
{
    World world;
    CHECK(world.verdict_of(by_text(world)) == Verdict::accepted);
    const auto& row = world.store.audit().at(0);
    CHECK_TEXT(row.event + " | " + row.method + " | " + row.source + " | " + row.detail,
               "authenticator-bound | text | 192.0.2.7 | first sign-in, accepted, number ending 23, "
               "reference 0123-45");
    const auto person = world.known();
    CHECK(person.authenticators.size() == 1);
    CHECK(person.authenticators[0].secret.equals("+12055550123"));
    CHECK(person.guess_points == 0 && person.consecutive_failures == 0);
    CHECK(!world.has_live_challenge());
}

void a_first_sign_in_is_told_at_the_next_one()
{
    World world;
    CHECK(world.verdict_of(by_text(world)) == Verdict::accepted);
    ScriptedClaimant next({"1", world.code_that_came(), "n"});
    CHECK(world.verdict_of(next) == Verdict::accepted);
    CHECK(next.was_told("Multi-factor authentication was set up on 23 November from 192.0.2.7"));
}

void an_enrolment_that_ends_at_any_prompt_before_the_code_leaves_nothing()
{
    for (const std::size_t answers : {0U, 1U, 2U}) {
        World world;
        auto script = by_text(world);
        script.resize(answers, "");
        ScriptedClaimant person(std::move(script));
        CHECK(!world.sign_in(person));
        const auto found = world.find();
        CHECK(!found || found->authenticators.empty());
        CHECK(!found || found->notices.empty());
        CHECK(world.verdict_of({"", ""}) == Verdict::rejected); // and the next sign-in begins anew
    }
    for (const char* last : {"3", "k"}) {
        World world;
        ScriptedClaimant person({"3", last});
        CHECK(!world.sign_in(person));
        CHECK(world.known().authenticators.empty());
    }
}

void an_enrolment_that_ends_after_the_code_is_an_enrolment()
{
    for (const std::size_t answers : {3U, 4U, 5U}) {
        World world;
        auto script = by_text(world);
        script.resize(answers, "");
        ScriptedClaimant person(std::move(script));
        CHECK(!world.sign_in(person));
        CHECK(world.known().authenticators.size() == 1);
        CHECK(world.known().notices.size() == 1);
        CHECK(world.known().look_up_secrets_left == 0);
        CHECK(!world.has_trust());
    }
}

void a_wrong_code_binds_nothing_and_three_of_them_end_the_call()
{
    World world;
    ScriptedClaimant person(
        {"1", "205 555 0123", world.another_code(), world.another_code(), world.another_code()});
    CHECK(world.verdict_of(person) == Verdict::locked);
    CHECK(world.known().authenticators.empty());
    CHECK(world.known().guess_points == 3);
    ScriptedClaimant again({"1"});
    CHECK(world.verdict_of(again) == Verdict::locked);
}

void a_number_that_cannot_be_used_is_refused_with_its_reason()
{
    World world;
    ScriptedClaimant person({"1", "911", "205 555 0123", world.code_that_came(), "n", "later", "n"});
    CHECK(world.verdict_of(person) == Verdict::accepted);
    CHECK(person.asked().at(2).starts_with("This is not a mobile number. Please check the number.\n"));
    CHECK(world.delivery.messages.size() == 1);
}

void a_judge_who_puts_another_number_in_its_place_is_not_believed()
{
    World world;
    world.delivery.judged_instead = "+442079460000";
    ScriptedClaimant person({"1", "205 555 0123", "205 555 0123", "205 555 0123"});
    CHECK(world.verdict_of(person) == Verdict::rejected);
    CHECK(world.delivery.messages.empty());
    CHECK(person.asked().at(2).starts_with("This number cannot be used. Please check the number.\n"));
}

void what_was_typed_must_be_the_ending_of_the_number()
{
    CHECK(is_ending_of("205 555 0123", "+12055550123"));
    CHECK(is_ending_of("(205) 555-0123", "+12055550123"));
    CHECK(is_ending_of("1 205 555 0123", "+12055550123"));
    CHECK(is_ending_of("+1 205 555 0123", "+12055550123"));
    CHECK(is_ending_of("0171 2345678", "+491712345678"));
    CHECK(is_ending_of("00491712345678", "+491712345678"));
    CHECK(is_ending_of("06 1234567", "+39061234567"));

    CHECK(!is_ending_of("205 555 0123", "+12055550124"));
    CHECK(!is_ending_of("205 555 0123", "+9999912055550123")); // the rest is no country code
    CHECK(!is_ending_of("+1 205 555 0123", "+4412055550123"));
    CHECK(!is_ending_of("+205 555 0123", "+12055550123"));
    CHECK(!is_ending_of("23", "+12055550123"));
    CHECK(!is_ending_of("00000000", "+12055550123"));
    CHECK(!is_ending_of("", "+12055550123"));
    CHECK(!is_ending_of("205 555 0123", ""));
    CHECK(!is_ending_of("205 555 0123", "12055550123"));
    CHECK(!is_ending_of(std::string(64, '1'), "+12055550123"));
}

void a_number_longer_than_any_is_not_even_judged()
{
    World world;
    ScriptedClaimant person({"1", std::string(65, '2'), std::string(512, '+'), "c", "", ""});
    CHECK(world.verdict_of(person) == Verdict::rejected);
    CHECK(world.delivery.judged == 0);
}

void when_numbers_cannot_be_judged_another_way_is_open()
{
    World world;
    world.delivery.down = true;
    ScriptedClaimant person({"1", "205 555 0123", "3", world.code_of_shown_key(), "n", "later", "n"});
    CHECK(world.verdict_of(person) == Verdict::accepted);
    CHECK(person.asked().at(2).starts_with(
        "Numbers cannot be checked now. Choose another way, or try later.\n"));
}

void when_a_message_cannot_be_sent_another_way_is_open()
{
    World world;
    world.delivery.outcomes = {DeliveryOutcome::bad_number};
    ScriptedClaimant person({"1", "205 555 0123", "3", world.code_of_shown_key(), "n", "later", "n"});
    CHECK(world.verdict_of(person) == Verdict::accepted);
    CHECK(person.asked().at(2).starts_with("The number ending 23 cannot be reached by text message.\n"
                                           "Help: Portal Support 205 555 0100, reference "));
}

void the_code_that_proved_an_app_does_not_work_again()
{
    World world;
    std::string used;
    const Step first_code{"{code}", [&](const std::string& screen) {
                              used = world.app_code(World::key_on(screen));
                              return used;
                          }};
    CHECK(world.verdict_of({"3", first_code, "n", "later", "n"}) == Verdict::accepted);
    const auto key = world.known().authenticators.at(0).secret.clone();
    ScriptedClaimant person({used, world.app_code(key, 1), "n"});
    CHECK(world.verdict_of(person) == Verdict::accepted);
    CHECK(person.asked().at(1).starts_with("That code is not valid, or was used before: 2 tries left.\n"));
}

void a_wrong_app_code_may_be_tried_again_and_the_key_stays_the_same()
{
    World world;
    const Step wrong{"{wrong}",
                     [&](const std::string& screen) { return world.app_code(World::key_on(screen), 5); }};
    ScriptedClaimant person({"3", wrong, "12345", "i", "i", world.code_of_shown_key(), "n", "later", "n"});
    CHECK(world.verdict_of(person) == Verdict::accepted);
    CHECK(person.asked().at(2).starts_with(
        "That code is not valid (is the clock of the phone right?), 2 tries left.\n"));
    CHECK(person.asked().at(2).find("Key: ") == std::string::npos);
    CHECK(person.asked().at(3).starts_with("This code has six digits.\n"));
    CHECK(person.asked().at(4) != person.asked().at(5));
    CHECK_TEXT(person.asked().at(5), person.asked().at(1));
    CHECK(world.known().guess_points == 0);
}

void an_app_with_a_name_too_long_for_a_qr_code_is_set_up_by_its_key()
{
    World world;
    world.person.name = std::string(200, 'n');
    ScriptedClaimant person({"3", world.code_of_shown_key(), "n", "later", "n"});
    CHECK(world.verdict_of(person) == Verdict::accepted);
    CHECK(person.asked().at(1).starts_with("Type this key into your authenticator app"));
    CHECK(person.asked().at(1).find("i = ") == std::string::npos);
}

void an_issuer_in_many_letters_still_gets_a_qr_code()
{
    World world;
    world.policy.issuer = "Acme & Sons Ltd.";
    world.person.name = "alexandra.johnson";
    ScriptedClaimant person({"3", world.code_of_shown_key(), "n", "later", "n"});
    CHECK(world.verdict_of(person) == Verdict::accepted);
    CHECK(person.asked().at(1).starts_with("Scan this with your authenticator app"));
}

void nothing_pushes_a_qr_code_off_the_screen()
{
    World world;
    world.person.name = std::string(36, 'n');
    ScriptedClaimant person({"3", "", world.code_of_shown_key(), "n", "later", "n"});
    CHECK(world.verdict_of(person) == Verdict::accepted); // verdict_of() measures
    CHECK(std::count(person.asked().at(2).begin(), person.asked().at(2).end(), '\n') == 23);
}

void ways_that_are_switched_off_are_not_offered()
{
    World world;
    world.policy.text_message = false;
    world.policy.voice_call = false;
    ScriptedClaimant person({"2", "1", world.code_of_shown_key(), "saved", "n"});
    CHECK(world.verdict_of(person) == Verdict::accepted);
    CHECK_TEXT(person.asked().front(),
               "Set up multi-factor authentication: once, about two minutes.\n"
               "Choose how to receive your access code:\n"
               "  1  Authenticator app     a six-digit code from Google Authenticator or similar\n"
               "Help: Portal Support 205 555 0100, reference 0123-45\n"
               "Passcode or option (1-1): ");
    CHECK(person.asked().at(3).starts_with("Authenticator app is set up.\nRecovery codes: "));
}

void login_gives_too_little_time_for_a_call_or_an_app_and_says_so()
{
    World world;
    world.service = "login";
    ScriptedClaimant person({"2", "1", "205 555 0123", world.code_that_came(), "later"});
    CHECK(world.verdict_of(person) == Verdict::accepted);
    CHECK_TEXT(person.asked().front().substr(0, person.asked().front().find("Help:")),
               "Set up multi-factor authentication: once, about two minutes.\n"
               "Choose how to receive your access code:\n"
               "  1  Text message          a six-digit code to your mobile phone\n"
               "Calls and apps are not set up here: this login gives 60 seconds. Use ssh.\n");

    const struct {
        bool call;
        bool app;
        const char* says;
    } one_of_them[] = {
        {true, false, "A call is not set up here: this login gives 60 seconds. Sign in over ssh for it.\n"},
        {false, true, "An app is not set up here: this login gives 60 seconds. Sign in over ssh for it.\n"},
    };
    for (const auto& one : one_of_them) {
        World other;
        other.service = "login";
        other.policy.voice_call = one.call;
        other.policy.authenticator_app = one.app;
        ScriptedClaimant leaves({});
        CHECK(!other.sign_in(leaves));
        CHECK(leaves.last_asked().find(one.says) != std::string::npos);
        other.policy.text_message = false;
        ScriptedClaimant nobody({""});
        CHECK(other.verdict_of(nobody) == Verdict::not_enrolled);
        CHECK(nobody.last_asked().starts_with(
            "Multi-factor authentication cannot be set up here. Sign in over ssh"));
    }
}

void a_second_way_is_bound_beside_the_first()
{
    World world;
    CHECK(world.verdict_of({"1", "205 555 0123", world.code_that_came(), "3", world.code_of_shown_key(),
                            "saved", "y"}) == Verdict::accepted);
    CHECK(world.known().authenticators.size() == 2);
    CHECK(world.known().look_up_secrets_left == 6);
    CHECK(world.has_trust());
    CHECK(world.verdict_of(Script{}) == Verdict::accepted);
}

void a_second_way_gives_back_no_point_that_an_earlier_sign_in_paid()
{
    World world;
    world.policy.guessing.deny = world.policy.guessing.lock_after = 1000;
    world.store.set_limits(world.policy.guessing, world.policy.sending);
    CHECK(world.verdict_of({"1", "205 555 0123", world.another_code(), world.another_code(),
                            world.another_code()}) == Verdict::locked);
    world.clock.advance(std::chrono::hours(1));
    world.connection += "+";
    CHECK(world.verdict_of({"1", "205 555 0123", world.code_that_came(), "3", world.code_of_shown_key(),
                            "later", "n"}) == Verdict::accepted);
    CHECK(world.known().authenticators.size() == 2);
    CHECK(world.known().guess_points == 3);
}

void a_second_way_that_fails_takes_nothing_back()
{
    World world;
    ScriptedClaimant person({"1", "205 555 0123", world.code_that_came(), "2", "205 555 0107",
                             world.another_code(), world.another_code(), "c", "n", "later", "n"});
    CHECK(world.verdict_of(person) == Verdict::accepted);
    CHECK(world.known().authenticators.size() == 1);

    World impatient;
    ScriptedClaimant leaver({"1", "205 555 0123", impatient.code_that_came(), "", ""});
    CHECK(impatient.verdict_of(leaver) == Verdict::accepted);
    CHECK_TEXT(leaver.told(), "");
}

void recovery_codes_count_when_they_are_saved_and_not_before()
{
    World world;
    std::string seen;
    const auto read_one = [&seen](std::string word) {
        return Step{word, [&seen, word](const std::string& screen) {
                        seen = screen.substr(screen.rfind("safe.\n  ") + 8, 15);
                        return word;
                    }};
    };
    ScriptedClaimant keeper({"3", world.code_of_shown_key(), "n", "what?", read_one("Saved"), "n"});
    CHECK(world.verdict_of(keeper) == Verdict::accepted);
    CHECK(keeper.asked().at(4).starts_with(
        "Please type saved or later; your password is not asked for here.\n"));
    CHECK(world.verdict_of({seen, "n"}) == Verdict::accepted);
    CHECK(world.count("recovery-codes-issued") == 1);

    World other;
    CHECK(other.verdict_of({"3", other.code_of_shown_key(), "n", read_one("later"), "n"}) ==
          Verdict::accepted);
    CHECK(other.known().look_up_secrets_left == 0);
    ScriptedClaimant person({seen});
    CHECK(!other.sign_in(person));
    CHECK(person.last_asked().starts_with("There is no recovery code for this account, or none is left.\n"));
}

void an_account_that_belongs_to_no_person_sets_nothing_up()
{
    for (const std::uint32_t uid : {1U, 106U, 999U, 61184U, 65519U, 65534U, 65535U, 0xffffffffU}) {
        World world;
        world.person = {uid, "gdm"};
        ScriptedClaimant person({"1"});
        CHECK(world.verdict_of(person) == Verdict::not_enrolled);
        CHECK(person.last_asked().starts_with("Multi-factor authentication is not set up for this account"));
        CHECK(!world.find() && world.delivery.messages.empty());
    }
    for (const std::uint32_t uid : {0U, 1000U, 60513U, 200000U}) {
        World world;
        world.person = {uid, "alice"};
        CHECK(world.verdict_of(by_text(world)) == Verdict::accepted);
    }
}

void whoever_is_enrolled_meanwhile_in_another_window_cannot_be_enrolled_over()
{
    // Somebody who knows the password waits at the last prompt until the owner has set up their phone.
    World world;
    const auto owner_enrols = [&] { world.bind_app(); };
    const Step late_code{"{code}", [&](const std::string&) {
                             owner_enrols();
                             return world.delivery.last_code();
                         }};
    ScriptedClaimant person({"1", "205 555 0123", late_code});
    CHECK(world.verdict_of(person) == Verdict::rejected);
    CHECK(person.was_told("Multi-factor authentication was set up in another window."));
    CHECK(world.known().authenticators.size() == 1);
    CHECK(world.known().authenticators[0].kind == AuthenticatorKind::authenticator_app);

    World by_app;
    const Step late_app_code{"{code}", [&](const std::string& screen) {
                                 by_app.bind_text();
                                 return by_app.app_code(World::key_on(screen));
                             }};
    CHECK(by_app.verdict_of({"3", late_app_code}) == Verdict::rejected);
    CHECK(by_app.known().authenticators.size() == 1);
}

void the_store_itself_refuses_a_first_authenticator_beside_another()
{
    World world;
    world.bind_app();
    NewAuthenticator second;
    second.kind = AuthenticatorKind::text_message;
    second.secret = SecretString(std::string_view("+12055550123"));
    second.only_as_first = true;
    CHECK(!*run_now(world.store.bind(world.id(), std::move(second), 0, AuditEntry{})));
    CHECK(world.known().authenticators.size() == 1);
}

/// The desk resets the person while somebody sits at the prompt.
Step while_the_desk_resets(World& world, std::string text)
{
    return World::meanwhile(std::move(text), [&world] {
        (void)run_now(world.store.act(world.id(), DeskAct::reset, "stolen", AuditEntry{}));
    });
}

void a_reset_in_the_middle_leaves_whoever_enrolled_nothing_to_come_back_with()
{
    {
        World world; // recovery codes
        CHECK(!world.sign_in_with(
            {"1", "205 555 0123", world.code_that_came(), "n", while_the_desk_resets(world, "saved")}));
        CHECK(world.known().look_up_secrets_left == 0);
    }
    {
        World world; // a second way
        CHECK(!world.sign_in_with({"1", "205 555 0123", world.code_that_came(),
                                   while_the_desk_resets(world, "3"), world.code_of_shown_key()}));
        CHECK(world.known().authenticators.empty());
    }
    {
        World world; // a device
        CHECK(!world.sign_in_with(
            {"1", "205 555 0123", world.code_that_came(), "n", "later", while_the_desk_resets(world, "y")}));
        CHECK(run_now(world.store.list_trust(world.id()))->empty());
    }
}

void a_device_that_is_remembered_after_trust_was_ended_is_not()
{
    for (const auto act : {DeskAct::reset, DeskAct::forget_devices}) {
        World world;
        world.bind_app();
        CHECK(!world.sign_in_with({world.app_code(), World::meanwhile("y", [&world, act] {
                                       (void)run_now(
                                           world.store.act(world.id(), act, "stolen", AuditEntry{}));
                                   })}));
        CHECK(run_now(world.store.list_trust(world.id()))->empty());
    }
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(a_first_sign_in_is_accepted_by_the_binding_and_recorded_with_its_source),
        SENTENCE(a_first_sign_in_is_told_at_the_next_one),
        SENTENCE(an_enrolment_that_ends_at_any_prompt_before_the_code_leaves_nothing),
        SENTENCE(an_enrolment_that_ends_after_the_code_is_an_enrolment),
        SENTENCE(a_wrong_code_binds_nothing_and_three_of_them_end_the_call),
        SENTENCE(a_number_that_cannot_be_used_is_refused_with_its_reason),
        SENTENCE(a_judge_who_puts_another_number_in_its_place_is_not_believed),
        SENTENCE(what_was_typed_must_be_the_ending_of_the_number),
        SENTENCE(a_number_longer_than_any_is_not_even_judged),
        SENTENCE(when_numbers_cannot_be_judged_another_way_is_open),
        SENTENCE(when_a_message_cannot_be_sent_another_way_is_open),
        SENTENCE(the_code_that_proved_an_app_does_not_work_again),
        SENTENCE(a_wrong_app_code_may_be_tried_again_and_the_key_stays_the_same),
        SENTENCE(an_app_with_a_name_too_long_for_a_qr_code_is_set_up_by_its_key),
        SENTENCE(an_issuer_in_many_letters_still_gets_a_qr_code),
        SENTENCE(nothing_pushes_a_qr_code_off_the_screen),
        SENTENCE(ways_that_are_switched_off_are_not_offered),
        SENTENCE(login_gives_too_little_time_for_a_call_or_an_app_and_says_so),
        SENTENCE(a_second_way_is_bound_beside_the_first),
        SENTENCE(a_second_way_gives_back_no_point_that_an_earlier_sign_in_paid),
        SENTENCE(a_second_way_that_fails_takes_nothing_back),
        SENTENCE(recovery_codes_count_when_they_are_saved_and_not_before),
        SENTENCE(an_account_that_belongs_to_no_person_sets_nothing_up),
        SENTENCE(whoever_is_enrolled_meanwhile_in_another_window_cannot_be_enrolled_over),
        SENTENCE(the_store_itself_refuses_a_first_authenticator_beside_another),
        SENTENCE(a_reset_in_the_middle_leaves_whoever_enrolled_nothing_to_come_back_with),
        SENTENCE(a_device_that_is_remembered_after_trust_was_ended_is_not),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
