#include "delivery/routing/health.h"

#include <initializer_list>

#include "routing_world.h"
#include "support/cmocka.h"

using namespace ssp;
using namespace ssp::testing;

namespace {

struct Watched {
    ManualClock clock;
    Health health{clock};

    /// One message that ended so; none when the breaker let none through.
    std::optional<BreakerChange> message(DeliveryOutcome outcome, Seconds takes = Seconds(0))
    {
        auto attempt = health.admit();
        if (!attempt)
            return std::nullopt;
        clock.advance(takes);
        return attempt->end(outcome, "HTTP 503");
    }
    void fails(int times, Seconds between = Seconds(0))
    {
        for (int i = 0; i < times; ++i) {
            CHECK(message(DeliveryOutcome::retry).has_value());
            clock.advance(between);
        }
    }
    /// From now until a message is let through.
    Seconds rests_for()
    {
        Seconds waited{0};
        while (!health.admit()) {
            clock.advance(Seconds(1));
            CHECK(++waited <= Seconds(1000));
        }
        return waited;
    }
};

void five_failures_within_a_minute_open_the_breaker_for_half_a_minute()
{
    Watched one;
    one.fails(4);
    CHECK(one.health.breaker() == Breaker::closed);
    CHECK(one.message(DeliveryOutcome::unknown) == BreakerChange::opened);
    CHECK(one.health.breaker() == Breaker::open && one.health.rest() == Seconds(30));
    CHECK(!one.message(DeliveryOutcome::accepted));
    CHECK(one.rests_for() == Seconds(30));
}

void failures_that_are_far_apart_do_not()
{
    Watched one;
    one.fails(40, Seconds(16)); // never five in a minute
    CHECK(one.health.breaker() == Breaker::closed);
    Watched other;
    other.fails(5, Seconds(15)); // the first is 60 seconds old when the fifth comes
    CHECK(other.health.breaker() == Breaker::open);
}

void what_needs_a_repair_opens_it_at_once()
{
    for (const auto outcome : {DeliveryOutcome::credentials, DeliveryOutcome::configuration}) {
        Watched one;
        CHECK(one.message(outcome) == BreakerChange::opened);
        CHECK(one.health.rest() == Seconds(30));
    }
}

void a_bad_number_or_a_queue_is_no_failure_of_the_provider()
{
    Watched one;
    for (int i = 0; i < 20; ++i) {
        CHECK(one.message(DeliveryOutcome::bad_number) == BreakerChange::none);
        CHECK(one.message(DeliveryOutcome::queued) == BreakerChange::none);
    }
    CHECK(one.health.breaker() == Breaker::closed);
}

void after_the_rest_one_message_finds_out_and_the_others_are_not_kept_waiting()
{
    Watched one;
    one.fails(5);
    one.clock.advance(Seconds(30));
    CHECK(one.health.breaker() == Breaker::half_open);
    auto probe = one.health.admit();
    CHECK(probe && probe->is_probe());
    CHECK(!one.health.admit() && !one.health.admit());
    CHECK(probe->end(DeliveryOutcome::accepted, "") == BreakerChange::closed);
    auto next = one.health.admit();
    CHECK(next && !next->is_probe());
}

void a_probe_that_fails_doubles_the_rest_up_to_ten_minutes_and_success_forgets_it()
{
    Watched one;
    one.fails(5);
    for (const int seconds : {30, 60, 120, 240, 480, 600, 600}) {
        CHECK(one.rests_for() == Seconds(seconds));
        CHECK(one.message(DeliveryOutcome::retry) == BreakerChange::opened_again);
    }
    CHECK(one.rests_for() == Seconds(600));
    CHECK(one.message(DeliveryOutcome::bad_number) == BreakerChange::closed); // the provider answers
    one.fails(4);
    CHECK(one.health.breaker() == Breaker::closed);
    one.fails(1);
    CHECK(one.rests_for() == Seconds(30));
}

void a_probe_whose_person_left_does_not_hold_the_breaker()
{
    Watched one;
    one.fails(5);
    one.clock.advance(Seconds(30));
    {
        const auto probe = one.health.admit();
        CHECK(probe && !one.health.admit());
    }
    CHECK(one.health.admit().has_value());
    CHECK(one.health.tried() == 5);
}

void what_began_before_the_breaker_opened_changes_nothing_when_it_ends_after()
{
    Watched one;
    auto early = one.health.admit();
    auto late = one.health.admit();
    one.fails(5);
    CHECK(early->end(DeliveryOutcome::accepted, "") == BreakerChange::none);
    CHECK(one.health.breaker() == Breaker::open);
    CHECK(late->end(DeliveryOutcome::credentials, "") == BreakerChange::none);
    CHECK(one.health.rest() == Seconds(30));
}

void an_administrator_may_ask_a_resting_provider_and_so_closes_the_breaker()
{
    Watched one;
    one.fails(5);
    auto first = one.health.insist();
    CHECK(first.is_probe() && first.end(DeliveryOutcome::retry, "") == BreakerChange::opened_again);
    CHECK(one.health.rest() == Seconds(60));
    auto second = one.health.insist();
    CHECK(second.end(DeliveryOutcome::accepted, "") == BreakerChange::closed);
    CHECK(one.message(DeliveryOutcome::accepted) == BreakerChange::none);
}

void outcomes_times_and_the_last_words_are_kept()
{
    Watched one;
    CHECK(!one.health.percentile(50) && !one.health.last_success() && !one.health.last_error_at());
    for (int i = 1; i <= 150; ++i)
        CHECK(one.message(DeliveryOutcome::accepted, Seconds(i)).has_value());
    // the last hundred took 51 to 150 seconds
    CHECK(one.health.percentile(50) == Seconds(100) && one.health.percentile(95) == Seconds(145));
    const auto success = one.clock.now();
    CHECK(one.message(DeliveryOutcome::retry, Seconds(5)).has_value());
    CHECK(one.health.last_success() == success && one.health.last_error_at() == one.clock.now());
    CHECK_TEXT(one.health.last_error(), "HTTP 503");
    CHECK(one.health.percentile(95) == Seconds(145)); // a refusal is no hand-over
    CHECK(one.health.tried() == 151 && one.health.handed_over() == 150);
    CHECK(one.health.count(DeliveryOutcome::retry) == 1);
}

void a_queue_degrades_until_something_is_sent_again()
{
    Watched one;
    CHECK(one.message(DeliveryOutcome::queued).has_value() && one.health.degraded());
    CHECK(one.message(DeliveryOutcome::retry).has_value() && one.health.degraded());
    CHECK(one.message(DeliveryOutcome::accepted).has_value() && !one.health.degraded());
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(five_failures_within_a_minute_open_the_breaker_for_half_a_minute),
        SENTENCE(failures_that_are_far_apart_do_not),
        SENTENCE(what_needs_a_repair_opens_it_at_once),
        SENTENCE(a_bad_number_or_a_queue_is_no_failure_of_the_provider),
        SENTENCE(after_the_rest_one_message_finds_out_and_the_others_are_not_kept_waiting),
        SENTENCE(a_probe_that_fails_doubles_the_rest_up_to_ten_minutes_and_success_forgets_it),
        SENTENCE(a_probe_whose_person_left_does_not_hold_the_breaker),
        SENTENCE(what_began_before_the_breaker_opened_changes_nothing_when_it_ends_after),
        SENTENCE(an_administrator_may_ask_a_resting_provider_and_so_closes_the_breaker),
        SENTENCE(outcomes_times_and_the_last_words_are_kept),
        SENTENCE(a_queue_degrades_until_something_is_sent_again),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
