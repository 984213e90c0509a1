#include "delivery/routing/router.h"

#include <algorithm>
#include <string>

#include "routing_world.h"
#include "support/cmocka.h"

using namespace ssp;
using namespace ssp::testing;

namespace {

using Outcome = DeliveryOutcome;

RouteConfig route(bool voice_call, std::vector<std::string> regions, std::vector<std::string> providers)
{
    return {voice_call, std::move(regions), std::move(providers)};
}

void without_routes_all_providers_are_asked_in_the_order_of_their_names()
{
    RoutingWorld world(3);
    world[0].answers = {{Outcome::retry}};
    world[1].answers = {{Outcome::credentials}};
    CHECK(world.send(text_message()).outcome == Outcome::accepted);
    CHECK(world[0].codes.size() == 1 && world[1].codes.size() == 1 && world[2].codes.size() == 1);
}

void the_first_route_of_the_channel_that_takes_the_region_is_used()
{
    const auto routes = [] {
        return std::vector{route(true, {}, {"a"}), route(false, {"DE", "AT"}, {"c"}),
                           route(false, {}, {"b"})};
    };
    RoutingWorld world(3, routes());
    CHECK(world.send(text_message(), "AT").outcome == Outcome::accepted && world[2].codes.size() == 1);
    CHECK(world.send(text_message(), "US").outcome == Outcome::accepted && world[1].codes.size() == 1);
    CHECK(world.send(voice_call(), "AT").outcome == Outcome::accepted && world[0].codes.size() == 1);

    RoutingWorld narrow(3, {route(false, {"DE"}, {"c"})});
    CHECK(narrow.send(text_message(), "US").outcome == Outcome::configuration);
    CHECK(narrow.send(voice_call(), "US").outcome == Outcome::accepted && narrow[0].codes.size() == 1);
}

void a_second_provider_gets_the_same_code()
{
    RoutingWorld world(2);
    world[0].answers = {{Outcome::unknown}};
    CHECK(world.send(text_message()).outcome == Outcome::accepted);
    CHECK(world[0].codes == world[1].codes && world[1].codes.size() == 1);
}

void a_call_that_may_have_been_made_is_not_made_again()
{
    RoutingWorld world(2);
    world[0].answers = {{Outcome::unknown}};
    const auto handover = world.send(voice_call());
    CHECK(handover.outcome == Outcome::unknown && handover.call == nullptr && world[1].codes.empty());
}

void a_call_that_was_accepted_comes_back_and_one_that_was_not_does_not()
{
    RoutingWorld world(2);
    world[0].answers = {{Outcome::retry}};
    CHECK(world.send(voice_call()).call != nullptr);
    world[0].answers = {{Outcome::retry}};
    world[1].answers = {{Outcome::retry}};
    CHECK(world.send(voice_call()).call == nullptr);
}

void a_provider_that_surely_sent_nothing_is_asked_once_more_after_a_short_pause()
{
    for (int drawn = 0; drawn < 50; ++drawn) {
        RoutingWorld world(1);
        std::array<unsigned char, 1> skipped{};
        for (int i = 0; i < drawn * 5; ++i)
            CHECK(world.random.fill(skipped).has_value());
        world[0].answers = {{Outcome::retry, true}, {Outcome::retry, true}};
        CHECK(world.send(text_message()).outcome == Outcome::retry);
        CHECK(world[0].codes.size() == 2 && world.pauses.size() == 1);
        CHECK(world.pauses[0] >= std::chrono::milliseconds(200));
        CHECK(world.pauses[0] <= std::chrono::milliseconds(500));
    }
    RoutingWorld without_chance(1);
    without_chance.random.broken = true;
    without_chance[0].answers = {{Outcome::retry, true}};
    CHECK(without_chance.send(text_message()).outcome == Outcome::accepted);
    CHECK(without_chance.pauses == std::vector{std::chrono::milliseconds(350)});
}

void all_attempts_together_take_no_longer_than_the_message_may()
{
    RoutingWorld world(4);
    for (std::size_t i = 0; i < 4; ++i)
        world[i].answers = {{Outcome::retry, false, Seconds(8)}};
    const auto began = world.clock.boot_time();
    CHECK(world.send(text_message()).outcome == Outcome::retry); // 20 seconds
    CHECK(world.clock.boot_time() - began == Seconds(20));
    CHECK(world[0].deadlines == std::vector{Seconds(20)} && world[1].deadlines == std::vector{Seconds(12)});
    CHECK(world[2].deadlines == std::vector{Seconds(4)} && world[3].codes.empty());
}

void a_call_is_not_begun_in_the_last_seconds()
{
    RoutingWorld world(2);
    world[0].answers = {{Outcome::retry, false, Seconds(16)}};
    CHECK(world.send(voice_call()).outcome == Outcome::retry && world[1].codes.empty());
    world[0].answers = {{Outcome::retry, false, Seconds(16)}};
    CHECK(world.send(text_message()).outcome == Outcome::accepted);
}

void a_provider_with_an_open_breaker_is_passed_over_and_the_next_one_serves()
{
    RoutingWorld world(2);
    world[0].answers = {{Outcome::credentials}};
    for (int i = 0; i < 10; ++i)
        CHECK(world.send(text_message()).outcome == Outcome::accepted);
    CHECK(world[0].codes.size() == 1 && world[1].codes.size() == 10);
    world.clock.advance(Seconds(30));
    CHECK(world.send(text_message()).outcome == Outcome::accepted);
    CHECK(world[0].codes.size() == 2 && world.health(0).breaker() == Breaker::closed);
}

void a_provider_that_is_full_did_not_fail()
{
    RoutingWorld world(1);
    world[0].is_full = true;
    for (int i = 0; i < 10; ++i) {
        world[0].answers = {{DeliveryOutcome::retry}, {DeliveryOutcome::retry}};
        CHECK(world.send(voice_call()).outcome == DeliveryOutcome::retry);
    }
    CHECK(world.health(0).breaker() == Breaker::closed && world.health(0).tried() == 0);
    world[0].is_full = false;
    CHECK(world.send(voice_call()).outcome == DeliveryOutcome::accepted);
}

void with_all_breakers_open_the_answer_comes_at_once_and_waits_for_nothing()
{
    RoutingWorld world(2);
    world[0].answers = {{Outcome::credentials}};
    world[1].answers = {{Outcome::configuration}};
    CHECK(world.send(text_message()).outcome == Outcome::credentials);
    const auto before = world.clock.boot_time();
    const auto handover = world.send(text_message());
    CHECK(handover.outcome == Outcome::retry && handover.surely_not_sent);
    CHECK(world.clock.boot_time() == before && world.pauses.empty());
    CHECK(world[0].codes.size() == 1 && world[1].codes.size() == 1);
}

void a_trial_asks_one_provider_by_name_whatever_its_breaker_says()
{
    RoutingWorld world(2);
    world[1].answers = {{Outcome::credentials}, {Outcome::retry, true}};
    CHECK(world.try_provider(text_message(), "b").outcome == Outcome::credentials);
    CHECK(world.health(1).breaker() == Breaker::open);
    CHECK(world.try_provider(text_message(), "b").outcome == Outcome::retry); // once
    CHECK(world[1].codes.size() == 2 && world[0].codes.empty());
    CHECK(world.try_provider(text_message(), "b").outcome == Outcome::accepted);
    CHECK(world.health(1).breaker() == Breaker::closed);
    CHECK(world.try_provider(text_message(), "z").outcome == Outcome::configuration);
}

void a_provider_that_breaks_may_have_sent_and_says_nothing_secret()
{
    RoutingWorld world(2);
    world[0].breaks = true;
    CHECK(world.send(text_message()).outcome == Outcome::accepted && world[1].codes.size() == 1);
    CHECK(world.health(0).count(Outcome::unknown) == 1);
    CHECK_TEXT(world.health(0).last_error(), "our own fault: internal");
    const auto call = world.send(voice_call());
    CHECK(call.outcome == Outcome::unknown && world[1].codes.size() == 1);
}

void every_step_is_told_and_none_holds_number_or_code()
{
    RoutingWorld world(3);
    world[0].answers = {{Outcome::retry, true, Seconds(1)}, {Outcome::credentials}};
    CHECK(world.send(text_message()).outcome == Outcome::accepted);
    const std::vector<std::string> expected{
        "the route to US is a, b, c",
        "a: asked, 20 s for its answer at most",
        "a: retry after 1000 ms: the gateway's words",
        "a: asked again in 201 ms",
        "a: asked, 19 s for its answer at most",
        "a: credentials after 0 ms: the gateway's words",
        "b: asked, 19 s for its answer at most",
        "b: accepted after 0 ms: the gateway's words",
    };
    CHECK(world.steps.size() == expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i)
        CHECK_TEXT(world.steps[i], expected[i]);
    CHECK(world.send(text_message()).outcome == Outcome::accepted);
    CHECK_TEXT(world.steps[1], "a: not asked for 30 s more, it failed too often");
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(without_routes_all_providers_are_asked_in_the_order_of_their_names),
        SENTENCE(the_first_route_of_the_channel_that_takes_the_region_is_used),
        SENTENCE(a_second_provider_gets_the_same_code),
        SENTENCE(a_call_that_may_have_been_made_is_not_made_again),
        SENTENCE(a_call_that_was_accepted_comes_back_and_one_that_was_not_does_not),
        SENTENCE(a_provider_that_surely_sent_nothing_is_asked_once_more_after_a_short_pause),
        SENTENCE(all_attempts_together_take_no_longer_than_the_message_may),
        SENTENCE(a_call_is_not_begun_in_the_last_seconds),
        SENTENCE(a_provider_with_an_open_breaker_is_passed_over_and_the_next_one_serves),
        SENTENCE(a_provider_that_is_full_did_not_fail),
        SENTENCE(with_all_breakers_open_the_answer_comes_at_once_and_waits_for_nothing),
        SENTENCE(a_trial_asks_one_provider_by_name_whatever_its_breaker_says),
        SENTENCE(a_provider_that_breaks_may_have_sent_and_says_nothing_secret),
        SENTENCE(every_step_is_told_and_none_holds_number_or_code),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
