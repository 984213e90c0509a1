// Codes by text message and voice call, as a later sign-in uses them.
#include "sign_in_world.h"

#include "support/cmocka.h"

using namespace ssp;
using namespace ssp::testing;

namespace {

void the_send_is_booked_and_the_challenge_open_before_anything_leaves()
{
    World world;
    world.bind_text();
    bool booked = false;
    world.delivery.on_deliver = [&] {
        const auto next = run_now(world.store.reserve_send(world.id(), SendRequest{}, AuditEntry{}));
        booked = next->answer == SendAnswer::too_soon;
    };
    ScriptedClaimant person({"1"}, ScriptedClaimant::Afterwards::never_answers);
    RootTask<Verdict> root(world.task(person));
    root.start([] {});
    CHECK(booked);
    CHECK(world.has_live_challenge());
}

void a_text_message_carries_tag_code_and_warning_and_no_more()
{
    World world;
    world.policy.organisation = "Example Corp";
    world.bind_text();
    ScriptedClaimant person({"1", world.code_that_came(), "n"});
    CHECK(world.verdict_of(person) == Verdict::accepted);
    const auto& message = world.delivery.messages.at(0);
    CHECK(message.channel == Channel::text_message);
    CHECK(message.to.equals("+12055550123"));
    CHECK(message.digits.empty());
    CHECK(message.reference.size() == 32);
    CHECK_TEXT(std::string(message.text.reveal()),
               message.tag + " " + world.delivery.code(0) +
                   " is your Example Corp sign-in code, valid 5 minutes. Do not share it with anyone.");
    CHECK(person.asked().at(1).find("The message begins " + message.tag + ". Valid 5 minutes.") !=
          std::string::npos);
}

void a_voice_call_carries_digits_alone()
{
    World world;
    world.bind_voice();
    CHECK(world.verdict_of({"1", world.code_that_came(), "n"}) == Verdict::accepted);
    const auto& message = world.delivery.messages.at(0);
    CHECK(message.channel == Channel::voice_call && message.text.empty() && message.digits.size() == 5);
}

void a_message_is_in_the_language_of_the_number_s_region()
{
    World world;
    world.policy.wordings["es"].text = "{tag} {code} es su clave.";
    world.policy.wordings["de"].text = "{tag} {code}: Ihr Code.";
    world.policy.language = "de";
    world.policy.region_languages = {{"MX", "es"}};
    world.bind_text();
    world.bind_voice();
    for (const auto& [region, language, ending] :
         {std::tuple("MX", "es", " es su clave."), std::tuple("US", "de", ": Ihr Code.")}) {
        world.delivery.region = region;
        CHECK(world.verdict_of({"1", world.code_that_came(), "n"}) == Verdict::accepted);
        const auto& text = world.delivery.messages.back();
        CHECK_TEXT(text.language, language);
        CHECK(text.text.reveal().ends_with(ending));
        CHECK(world.verdict_of({"2", world.code_that_came(), "n"}) == Verdict::accepted);
        CHECK_TEXT(world.delivery.messages.back().language, language);
    }
}

void an_origin_is_the_last_line_of_a_text_message()
{
    World world;
    world.policy.origin = "login.example.com";
    world.bind_text();
    CHECK(world.verdict_of({"1", world.code_that_came(), "n"}) == Verdict::accepted);
    CHECK(world.delivery.messages.at(0).text.reveal().ends_with("\n@login.example.com #" +
                                                                world.delivery.code(0)));
}

void a_new_code_voids_the_old_one_and_adds_no_tries()
{
    World world;
    world.bind_text();
    const auto wait = [&] { world.clock.advance(Seconds(30)); };
    const Step old_code{"{old}", [&](const std::string&) { return world.delivery.code(0); }};
    ScriptedClaimant person(
        {"1", world.another_code(), World::meanwhile("r", wait), old_code, world.another_code()});
    CHECK(world.verdict_of(person) == Verdict::locked);
    CHECK(world.delivery.messages.size() == 2);
    CHECK(world.delivery.code(0) != world.delivery.code(1));
    CHECK(world.known().guess_points == 3);
}

void a_new_code_asked_for_too_soon_is_not_sent_and_the_old_one_stays_good()
{
    World world;
    world.bind_text();
    ScriptedClaimant person({"1", "r", world.code_that_came(), "n"});
    CHECK(world.verdict_of(person) == Verdict::accepted);
    CHECK(world.delivery.messages.size() == 1);
    CHECK(person.asked().at(2).starts_with("Not so soon after the last one: please wait 30 seconds.\n"));
}

void choosing_another_way_leads_back_and_voids_the_code()
{
    World world;
    world.bind_text();
    world.bind_app();
    ScriptedClaimant person({"1", "c"}, ScriptedClaimant::Afterwards::never_answers);
    RootTask<Verdict> root(world.task(person));
    root.start([] {});
    CHECK(person.last_asked().starts_with("Enter the code from your app, or choose:\n"));
    CHECK(!world.has_live_challenge());
}

void a_call_has_two_tries_and_the_third_needs_a_new_call()
{
    World world;
    world.bind_voice();
    const auto wait = [&] { world.clock.advance(Seconds(30)); };
    ScriptedClaimant person({"1", world.another_code(), world.another_code(), world.code_that_came(),
                             World::meanwhile("r", wait), world.code_that_came(), "n"});
    CHECK(world.verdict_of(person) == Verdict::accepted);
    CHECK(person.asked().at(3).starts_with(
        "That code is not valid, 1 try left.\nThe tries for this code are used up: type r for a new one.\n"));
    CHECK(person.asked().at(4).starts_with("That code is no longer good"));
    CHECK(world.known().guess_points == 0);
}

void a_new_call_has_its_own_two_tries_within_the_three_of_the_attempt()
{
    World world;
    world.bind_voice();
    const auto wait = [&] { world.clock.advance(Seconds(30)); };
    ScriptedClaimant person({"1", world.another_code(), World::meanwhile("r", wait), world.another_code(),
                             world.code_that_came(), "n"});
    CHECK(world.verdict_of(person) == Verdict::accepted);
    CHECK(person.asked().at(4).starts_with("That code is not valid, 1 try left.\nr = call again"));
}

void a_code_dies_at_the_end_of_its_life_and_a_late_one_costs_nothing()
{
    World world;
    world.bind_text();
    const auto just_in_time = [&] { world.clock.advance(Seconds(299)); };
    const Step in_time{"{code}", [&](const std::string&) {
                           just_in_time();
                           return world.delivery.last_code();
                       }};
    CHECK(world.verdict_of({"1", in_time, "n"}) == Verdict::accepted);

    const Step late{"{code}", [&](const std::string&) {
                        world.clock.advance(Seconds(300));
                        return world.delivery.last_code();
                    }};
    ScriptedClaimant person({"1", late});
    CHECK(!world.sign_in(person));
    CHECK(person.last_asked().starts_with(
        "That code is no longer good: it has expired, or a newer one was sent.\n"));
    CHECK(world.known().guess_points == 0 && world.known().consecutive_failures == 0);
}

void a_code_of_another_length_or_kind_costs_nothing()
{
    World world;
    world.bind_text();
    world.bind_app();
    world.give_recovery_codes();
    ScriptedClaimant person({"1", "12345", "7K4Q-92AB-CDEF0", world.code_that_came(), "n"});
    CHECK(world.verdict_of(person) == Verdict::accepted);
    CHECK(person.asked().at(2).starts_with("This code has six digits.\n"));
    CHECK(person.asked().at(3).starts_with(
        "This is not the code that was sent. For another way type c first.\n"));
    CHECK(world.count("code-refused") == 0);
}

void an_app_code_typed_for_a_text_message_is_compared_with_the_message_alone()
{
    World world;
    world.bind_text();
    world.bind_app();
    ScriptedClaimant person({"1", world.app_code()});
    CHECK(!world.sign_in(person));
    CHECK(world.known().guess_points == 1);
    CHECK(world.known().authenticators.at(1).last_step == 0);
}

void when_a_way_fails_it_is_said_and_what_still_works_is_named()
{
    const struct {
        DeliveryOutcome outcome;
        const char* said;
    } failures[] = {
        {DeliveryOutcome::bad_number, "The number ending 23 cannot be reached by text message.\n"},
        {DeliveryOutcome::retry, "The text message to the number ending 23 could not be sent.\n"},
        {DeliveryOutcome::credentials, "The text message to the number ending 23 could not be sent.\n"},
        {DeliveryOutcome::configuration, "The text message to the number ending 23 could not be sent.\n"},
        {DeliveryOutcome::unknown,
         "It is not certain that the message was sent; if it comes, its code is not valid.\n"},
    };
    for (const auto& failure : failures) {
        World world;
        world.bind_text();
        world.bind_voice();
        world.bind_app();
        world.give_recovery_codes();
        world.delivery.outcomes = {failure.outcome};
        ScriptedClaimant person({"1"}, ScriptedClaimant::Afterwards::never_answers);
        RootTask<Verdict> root(world.task(person));
        root.start([] {});
        CHECK_TEXT(
            person.last_asked().substr(0, person.last_asked().find("Enter")),
            failure.said +
                std::string("What still works: voice call, app code or recovery code. Or ask Portal Support\n"
                            "205 555 0100, reference EFGH-JK.\n"));
        CHECK(!world.has_live_challenge());
        CHECK_TEXT(person.faults(), "");
    }
}

void a_gateway_that_is_down_leaves_the_other_ways()
{
    World world;
    world.bind_text();
    world.bind_app();
    world.delivery.down = true;
    ScriptedClaimant person({"1", world.app_code(), "n"});
    CHECK(world.verdict_of(person) == Verdict::accepted);
    CHECK(person.asked().at(1).starts_with("The text message to the number ending 23 could not be sent.\n"));
}

void whoever_has_no_other_way_is_sent_to_the_desk()
{
    World world;
    world.bind_text();
    world.delivery.down = true;
    ScriptedClaimant person({"1", "", ""});
    CHECK(world.verdict_of(person) == Verdict::rejected);
    CHECK(person.asked().at(1).find("\nPlease ask Portal Support 205 555 0100, reference 0123-45.\n") !=
          std::string::npos);
}

void a_code_that_comes_back_frees_its_send()
{
    World world;
    world.bind_text();
    for (int i = 0; i < 20; ++i)
        CHECK(world.verdict_of({"1", world.code_that_came(), "n"}) == Verdict::accepted);
    CHECK(world.delivery.messages.size() == 20);
}

void three_messages_a_quarter_of_an_hour_are_enough()
{
    World world;
    world.bind_text();
    for (int i = 0; i < 3; ++i) {
        ScriptedClaimant leaves({"1"});
        CHECK(!world.sign_in(leaves));
        world.clock.advance(Seconds(60));
    }
    ScriptedClaimant person({"1"});
    CHECK(!world.sign_in(person));
    CHECK(person.last_asked().starts_with("Not so soon after the last one: please wait 12 minutes.\n"));
    CHECK(world.delivery.messages.size() == 3);
}

void ten_messages_a_day_are_enough()
{
    World world;
    world.bind_text();
    for (int i = 0; i < 11; ++i) {
        ScriptedClaimant leaves({"1"});
        CHECK(!world.sign_in(leaves));
        world.clock.advance(std::chrono::hours(1));
    }
    ScriptedClaimant person({"1"});
    CHECK(!world.sign_in(person));
    CHECK(person.last_asked().starts_with("No more messages or calls for now: today's are used up.\n"));
    CHECK(world.delivery.messages.size() == 10);
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(the_send_is_booked_and_the_challenge_open_before_anything_leaves),
        SENTENCE(a_text_message_carries_tag_code_and_warning_and_no_more),
        SENTENCE(a_voice_call_carries_digits_alone),
        SENTENCE(a_message_is_in_the_language_of_the_number_s_region),
        SENTENCE(an_origin_is_the_last_line_of_a_text_message),
        SENTENCE(a_new_code_voids_the_old_one_and_adds_no_tries),
        SENTENCE(a_new_code_asked_for_too_soon_is_not_sent_and_the_old_one_stays_good),
        SENTENCE(choosing_another_way_leads_back_and_voids_the_code),
        SENTENCE(a_call_has_two_tries_and_the_third_needs_a_new_call),
        SENTENCE(a_new_call_has_its_own_two_tries_within_the_three_of_the_attempt),
        SENTENCE(a_code_dies_at_the_end_of_its_life_and_a_late_one_costs_nothing),
        SENTENCE(a_code_of_another_length_or_kind_costs_nothing),
        SENTENCE(an_app_code_typed_for_a_text_message_is_compared_with_the_message_alone),
        SENTENCE(when_a_way_fails_it_is_said_and_what_still_works_is_named),
        SENTENCE(a_gateway_that_is_down_leaves_the_other_ways),
        SENTENCE(whoever_has_no_other_way_is_sent_to_the_desk),
        SENTENCE(a_code_that_comes_back_frees_its_send),
        SENTENCE(three_messages_a_quarter_of_an_hour_are_enough),
        SENTENCE(ten_messages_a_day_are_enough),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
