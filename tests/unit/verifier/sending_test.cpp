// Before a code is sent: the number is judged again, and the limits are asked.
#include "sign_in_world.h"

#include "support/cmocka.h"

using namespace ssp;
using namespace ssp::testing;

namespace {

AuditEntry last_of(const World& world, std::string_view event)
{
    for (auto it = world.store.audit().rbegin(); it != world.store.audit().rend(); ++it)
        if (it->event == event)
            return *it;
    throw std::runtime_error("no such row: " + std::string(event));
}

void limit_all_texts(World& world, int per_hour)
{
    SendLimits limits;
    limits.texts_per_hour = per_hour;
    world.store.set_limits(world.policy.guessing, limits);
}

void a_limit_of_everybody_tells_nothing_of_others_and_leaves_the_other_ways()
{
    World world;
    world.bind_text();
    world.bind_app();
    limit_all_texts(world, 0);
    ScriptedClaimant person({"1", world.app_code(), "n"});
    CHECK(world.verdict_of(person) == Verdict::accepted);
    CHECK(person.asked().at(1).starts_with(
        "No message or call can be sent just now. Please try again later.\nWhat still works: app code."));
    CHECK(world.delivery.messages.empty() && !world.has_live_challenge());
}

void which_limit_held_is_in_the_audit_trail()
{
    World world;
    world.bind_text();
    limit_all_texts(world, 0);
    ScriptedClaimant person({"1", "", ""});
    CHECK(world.verdict_of(person) == Verdict::rejected);
    const auto row = last_of(world, "send-refused");
    CHECK_TEXT(row.detail, "limit texts_per_hour, region US, number ending 23, reference 0123-45");
    CHECK_TEXT(row.person.name + " " + row.source + " " + row.method + " " + row.service,
               "alice 192.0.2.7 text sshd");
}

void a_new_code_that_a_limit_refuses_leaves_the_old_one_good()
{
    World world;
    world.bind_text();
    limit_all_texts(world, 1);
    ScriptedClaimant person(
        {"1", World::meanwhile("r", [&] { world.clock.advance(Seconds(30)); }), world.code_that_came(), "n"});
    CHECK(world.verdict_of(person) == Verdict::accepted);
    CHECK(person.asked().at(2).starts_with("No message or call can be sent just now."));
}

void a_number_that_the_rules_permit_no_more_gets_nothing_and_is_counted_nowhere()
{
    World world;
    world.bind(AuthenticatorKind::text_message, SecretString(std::string_view("2055550123")));
    world.bind_app();
    world.delivery.refused = true;
    ScriptedClaimant person({"1", "1", world.app_code(), "n"});
    CHECK(world.verdict_of(person) == Verdict::accepted);
    for (std::size_t i = 1; i <= 2; ++i)
        CHECK(person.asked().at(i).starts_with("The number ending 23 cannot be reached by text message.\n"));
    CHECK(world.delivery.messages.empty());
    CHECK(world.count("send-refused") == 0);
}

void when_nobody_judges_numbers_nothing_is_counted()
{
    World world;
    world.bind_text();
    for (int i = 0; i < 20; ++i) {
        world.delivery.down = true;
        ScriptedClaimant person({"1", "", ""});
        CHECK(world.verdict_of(person) == Verdict::rejected);
    }
    world.delivery.down = false;
    CHECK(world.verdict_of({"1", world.code_that_came(), "n"}) == Verdict::accepted);
}

void a_message_that_the_gateway_refused_is_not_counted_for_others_and_one_that_may_have_left_is()
{
    for (const auto outcome :
         {DeliveryOutcome::retry, DeliveryOutcome::credentials, DeliveryOutcome::unknown}) {
        World world;
        world.bind_text();
        SendLimits limits;
        limits.between = Seconds(0);
        limits.texts_per_hour = 1;
        world.store.set_limits(world.policy.guessing, limits);
        world.delivery.outcomes = {outcome};
        ScriptedClaimant person({"1", "1", "", ""});
        CHECK(world.verdict_of(person) == Verdict::rejected);
        const bool goes_out = outcome != DeliveryOutcome::unknown;
        CHECK(world.delivery.messages.size() == (goes_out ? 2 : 1));
        CHECK(world.count("send-refused") == (goes_out ? 0 : 1));
    }
}

void an_enrolment_is_limited_like_a_sign_in()
{
    World world;
    limit_all_texts(world, 0);
    ScriptedClaimant person({"1", "2055550123", "", ""});
    CHECK(world.verdict_of(person) == Verdict::rejected);
    CHECK(person.asked().at(2).starts_with("No message or call can be sent just now."));
    CHECK(world.delivery.messages.empty() && last_of(world, "send-refused").person.name == "alice");
}

void the_address_that_is_counted_is_the_one_of_the_sign_in()
{
    World world;
    world.bind_text();
    SendLimits limits;
    limits.source_per_quarter_hour = 1;
    limits.between = Seconds(0);
    world.store.set_limits(world.policy.guessing, limits);
    ScriptedClaimant leaves({"1"});
    CHECK(!world.sign_in(leaves));
    ScriptedClaimant person({"1", "", ""});
    CHECK(world.verdict_of(person) == Verdict::rejected);
    CHECK(last_of(world, "send-refused").detail.starts_with("limit source_per_quarter_hour"));
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(a_limit_of_everybody_tells_nothing_of_others_and_leaves_the_other_ways),
        SENTENCE(which_limit_held_is_in_the_audit_trail),
        SENTENCE(a_new_code_that_a_limit_refuses_leaves_the_old_one_good),
        SENTENCE(a_number_that_the_rules_permit_no_more_gets_nothing_and_is_counted_nowhere),
        SENTENCE(when_nobody_judges_numbers_nothing_is_counted),
        SENTENCE(a_message_that_the_gateway_refused_is_not_counted_for_others_and_one_that_may_have_left_is),
        SENTENCE(an_enrolment_is_limited_like_a_sign_in),
        SENTENCE(the_address_that_is_counted_is_the_one_of_the_sign_in),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
