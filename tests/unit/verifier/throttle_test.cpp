#include "verifier/throttle.h"

#include "support/cmocka.h"

using namespace ssp;
using throttle::Counters;

namespace {

const GuessLimits limits;
const WallTime start{Seconds(1795420800)};

TryCost costs(int points)
{
    TryCost cost;
    cost.points = points;
    return cost;
}
TryCost phone(int points)
{
    TryCost cost;
    cost.points = points;
    cost.phone = true;
    return cost;
}

void at_the_edge_of_the_budget_a_ten_point_try_is_refused_and_a_one_point_try_is_not()
{
    Counters c;
    c.guess_points = 899;
    CHECK(throttle::charge(c, costs(10), start, limits).answer == TryAnswer::budget_spent);
    CHECK(c.guess_points == 899);
    CHECK(throttle::charge(c, costs(1), start, limits).answer == TryAnswer::granted);
    CHECK(c.guess_points == 900);
    CHECK(throttle::charge(c, costs(1), start, limits).answer == TryAnswer::budget_spent);
    CHECK(throttle::charge(c, costs(0), start, limits).answer == TryAnswer::granted);
}

void text_and_voice_are_off_from_three_hundred_points_and_the_app_is_not()
{
    Counters c;
    c.guess_points = 300;
    CHECK(throttle::charge(c, phone(1), start, limits).answer == TryAnswer::budget_spent);
    CHECK(!throttle::may_send(c, 1, start, limits));
    CHECK(throttle::charge(c, costs(3), start, limits).answer == TryAnswer::granted);
}

void nothing_is_sent_whose_code_could_not_be_judged()
{
    Counters c;
    c.guess_points = 290;
    CHECK(throttle::may_send(c, 10, start, limits));
    c.guess_points = 291;
    CHECK(!throttle::may_send(c, 10, start, limits));
    CHECK(throttle::may_send(c, 1, start, limits));
}

void a_slice_of_the_ledger_ends_before_the_ledger_does_and_a_success_gives_it_back()
{
    Counters c;
    auto cost = costs(3);
    cost.most_since_success = 10;
    for (int i = 0; i < 3; ++i)
        CHECK(throttle::charge(c, cost, start, limits).answer == TryAnswer::granted);
    CHECK(throttle::charge(c, cost, start, limits).answer == TryAnswer::budget_spent);
    CHECK(c.guess_points == 9 && c.consecutive_failures == 3);
    CHECK(throttle::charge(c, costs(3), start, limits).answer == TryAnswer::granted);
    throttle::succeed(c, 0, start);
    CHECK(throttle::charge(c, cost, start, limits).answer == TryAnswer::granted);
}

void five_failures_in_a_row_wait_thirty_seconds_and_then_twice_as_long()
{
    Counters c;
    auto now = start;
    for (int i = 0; i < 5; ++i)
        CHECK(throttle::charge(c, costs(1), now, limits).answer == TryAnswer::granted);
    CHECK(throttle::charge(c, costs(1), now, limits).answer == TryAnswer::throttled);
    now += Seconds(29);
    CHECK(throttle::charge(c, costs(1), now, limits).answer == TryAnswer::throttled);
    now += Seconds(1);
    CHECK(throttle::charge(c, costs(1), now, limits).answer == TryAnswer::granted);
    CHECK(*c.throttled_until == now + Seconds(60));
}

void ten_failures_in_a_row_wait_half_an_hour()
{
    Counters c;
    c.consecutive_failures = 9;
    CHECK(throttle::charge(c, costs(1), start, limits).answer == TryAnswer::granted);
    CHECK(*c.throttled_until == start + Seconds(1800));
}

void a_success_gives_back_its_own_misses_and_nothing_else()
{
    Counters c;
    c.guess_points = 500;
    CHECK(throttle::charge(c, costs(3), start, limits).answer == TryAnswer::granted);
    CHECK(throttle::charge(c, costs(3), start, limits).answer == TryAnswer::granted);
    throttle::succeed(c, 6, start);
    CHECK(c.guess_points == 500);
    CHECK(c.consecutive_failures == 0 && c.points_since_success == 0 && !c.throttled_until);
}

void an_unlock_gives_back_three_hundred_points_at_most()
{
    Counters c;
    c.guess_points = 900;
    c.locked_by_desk = true;
    throttle::unlock(c, limits);
    CHECK(c.guess_points == 600 && !c.locked_by_desk);
}

void a_person_locked_by_the_desk_is_refused_and_not_charged()
{
    Counters c;
    c.locked_by_desk = true;
    CHECK(throttle::charge(c, costs(1), start, limits).answer == TryAnswer::locked);
    CHECK(c.guess_points == 0 && c.consecutive_failures == 0);
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(at_the_edge_of_the_budget_a_ten_point_try_is_refused_and_a_one_point_try_is_not),
        SENTENCE(text_and_voice_are_off_from_three_hundred_points_and_the_app_is_not),
        SENTENCE(nothing_is_sent_whose_code_could_not_be_judged),
        SENTENCE(a_slice_of_the_ledger_ends_before_the_ledger_does_and_a_success_gives_it_back),
        SENTENCE(five_failures_in_a_row_wait_thirty_seconds_and_then_twice_as_long),
        SENTENCE(ten_failures_in_a_row_wait_half_an_hour),
        SENTENCE(a_success_gives_back_its_own_misses_and_nothing_else),
        SENTENCE(an_unlock_gives_back_three_hundred_points_at_most),
        SENTENCE(a_person_locked_by_the_desk_is_refused_and_not_charged),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
