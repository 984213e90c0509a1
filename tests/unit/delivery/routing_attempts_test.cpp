// Who is asked next: every sequence of answers of up to three providers, for both channels.
#include "delivery/routing/attempts.h"

#include <array>
#include <functional>
#include <string>

#include "routing_world.h"
#include "support/cmocka.h"

using namespace ssp;
using namespace ssp::testing;

namespace {

struct Asked {
    std::size_t provider;
    DeliveryOutcome outcome;
    bool surely_not_sent;
};

using Story = std::vector<Asked>;
using Judge = std::function<void(Channel, const Story&, DeliveryOutcome told)>;

/// Plays every possible story of three providers and shows each to `judge`.
void for_every_story(const Judge& judge)
{
    for (const auto channel : {Channel::text_message, Channel::voice_call}) {
        const std::function<void(Attempts, Story)> play = [&](const Attempts& attempts, const Story& story) {
            const auto provider = attempts.provider();
            if (!provider)
                return judge(channel, story, attempts.outcome());
            CHECK(story.size() < 7);
            for (const auto outcome : every_outcome)
                for (const bool not_sent : {false, true}) {
                    auto next = attempts;
                    next.answered(outcome, not_sent);
                    auto longer = story;
                    longer.push_back({*provider, outcome, not_sent});
                    play(next, longer);
                }
        };
        play(Attempts(channel, {4, 2, 7}), {});
    }
}

bool may_have_left(const Asked& asked)
{
    return asked.outcome == DeliveryOutcome::unknown && !asked.surely_not_sent;
}

void providers_are_asked_in_the_order_of_the_route_and_each_twice_at_most()
{
    for_every_story([](Channel, const Story& story, DeliveryOutcome) {
        const std::array<std::size_t, 3> order{4, 2, 7};
        std::size_t place = 0;
        std::size_t times = 0;
        for (const auto& asked : story) {
            if (times > 0 && asked.provider != order[place]) {
                ++place;
                times = 0;
            }
            CHECK(place < order.size() && asked.provider == order[place]);
            CHECK(++times <= 2);
        }
    });
}

void the_same_provider_is_asked_again_only_when_nothing_left()
{
    int again = 0;
    for_every_story([&](Channel, const Story& story, DeliveryOutcome) {
        for (std::size_t i = 1; i < story.size(); ++i)
            if (story[i].provider == story[i - 1].provider) {
                CHECK(story[i - 1].surely_not_sent);
                ++again;
            }
    });
    CHECK(again > 0);
}

void nobody_is_asked_after_a_provider_took_it_or_the_number_is_bad()
{
    for_every_story([](Channel, const Story& story, DeliveryOutcome) {
        for (std::size_t i = 0; i + 1 < story.size(); ++i)
            CHECK(story[i].outcome != DeliveryOutcome::accepted &&
                  story[i].outcome != DeliveryOutcome::queued &&
                  story[i].outcome != DeliveryOutcome::bad_number);
    });
}

void after_a_call_that_may_have_been_made_nobody_else_calls()
{
    int ended = 0;
    for_every_story([&](Channel channel, const Story& story, DeliveryOutcome told) {
        for (std::size_t i = 0; i < story.size(); ++i)
            if (channel == Channel::voice_call && may_have_left(story[i])) {
                CHECK(i + 1 == story.size() && told == DeliveryOutcome::unknown);
                ++ended;
            }
    });
    CHECK(ended > 0);
}

void what_may_have_been_sent_is_never_told_as_not_sent()
{
    for_every_story([](Channel, const Story& story, DeliveryOutcome told) {
        for (const auto& asked : story)
            if (may_have_left(asked))
                CHECK(told == DeliveryOutcome::unknown || told == DeliveryOutcome::accepted ||
                      told == DeliveryOutcome::queued);
    });
}

void what_no_provider_took_is_never_told_as_taken()
{
    for_every_story([](Channel, const Story& story, DeliveryOutcome told) {
        const auto last = story.back().outcome;
        CHECK((told == DeliveryOutcome::accepted) == (last == DeliveryOutcome::accepted));
        CHECK((told == DeliveryOutcome::queued) == (last == DeliveryOutcome::queued));
    });
}

void a_refusal_that_waiting_may_heal_is_told_before_one_that_it_does_not()
{
    for_every_story([](Channel, const Story& story, DeliveryOutcome told) {
        bool any_retry = false;
        for (const auto& asked : story)
            any_retry = any_retry || asked.outcome == DeliveryOutcome::retry;
        if (any_retry)
            CHECK(told != DeliveryOutcome::credentials && told != DeliveryOutcome::configuration);
    });
}

void each_failure_of_a_text_goes_to_the_next_provider()
{
    for (const auto outcome : {DeliveryOutcome::retry, DeliveryOutcome::credentials,
                               DeliveryOutcome::configuration, DeliveryOutcome::unknown}) {
        Attempts attempts(Channel::text_message, {1, 2});
        attempts.answered(outcome, false);
        CHECK(attempts.provider() == 2 && !attempts.again());
        attempts.answered(DeliveryOutcome::accepted, false);
        CHECK(!attempts.provider() && attempts.outcome() == DeliveryOutcome::accepted);
    }
}

void without_anybody_to_ask_the_configuration_is_to_blame_and_with_breakers_open_nobody()
{
    CHECK(Attempts(Channel::text_message, {}).outcome() == DeliveryOutcome::configuration);
    Attempts attempts(Channel::text_message, {0, 1});
    attempts.passed_over();
    attempts.passed_over();
    CHECK(!attempts.provider() && attempts.outcome() == DeliveryOutcome::retry);
    Attempts late(Channel::voice_call, {0, 1});
    late.out_of_time();
    CHECK(!late.provider() && late.outcome() == DeliveryOutcome::retry);
}

void a_budget_gives_whole_seconds_and_never_more_than_is_left()
{
    ManualClock clock;
    const Budget budget(clock, Seconds(20));
    CHECK(budget.left() == Seconds(20));
    clock.advance(Seconds(17));
    CHECK(budget.left() == Seconds(3) && budget.bears(std::chrono::milliseconds(2000)));
    CHECK(!budget.bears(std::chrono::milliseconds(2001)));
    clock.advance(Seconds(30));
    CHECK(budget.left() == Seconds(0) && !budget.bears(std::chrono::milliseconds(0)));
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(providers_are_asked_in_the_order_of_the_route_and_each_twice_at_most),
        SENTENCE(the_same_provider_is_asked_again_only_when_nothing_left),
        SENTENCE(nobody_is_asked_after_a_provider_took_it_or_the_number_is_bad),
        SENTENCE(after_a_call_that_may_have_been_made_nobody_else_calls),
        SENTENCE(what_may_have_been_sent_is_never_told_as_not_sent),
        SENTENCE(what_no_provider_took_is_never_told_as_taken),
        SENTENCE(a_refusal_that_waiting_may_heal_is_told_before_one_that_it_does_not),
        SENTENCE(each_failure_of_a_text_goes_to_the_next_provider),
        SENTENCE(without_anybody_to_ask_the_configuration_is_to_blame_and_with_breakers_open_nobody),
        SENTENCE(a_budget_gives_whole_seconds_and_never_more_than_is_left),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
