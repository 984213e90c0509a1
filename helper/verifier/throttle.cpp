#include "verifier/throttle.h"

#include <algorithm>

namespace ssp::throttle {

namespace {

bool is_throttled(const Counters& counters, WallTime now)
{
    return counters.throttled_until && now < *counters.throttled_until;
}

/// How long the next try has to wait after `failures` consecutive ones; zero below `deny`.
Seconds interval_after(int failures, const GuessLimits& limits)
{
    if (failures < limits.deny)
        return Seconds(0);
    auto interval = limits.fail_interval;
    for (int i = limits.deny; i < failures && interval < limits.longest_interval; ++i)
        interval *= 2;
    if (failures >= limits.lock_after)
        interval = std::max(interval, limits.unlock_time);
    return std::min(interval, std::max(limits.longest_interval, limits.unlock_time));
}

} // namespace

TryReservation charge(Counters& counters, const TryCost& cost, WallTime now, const GuessLimits& limits)
{
    if (counters.locked_by_desk)
        return {TryAnswer::locked, std::nullopt};
    if (is_throttled(counters, now))
        return {TryAnswer::throttled, counters.throttled_until};
    const int budget =
        cost.phone ? std::min(limits.phone_off_points, limits.yearly_points) : limits.yearly_points;
    if (cost.points > 0 && counters.guess_points + cost.points > budget)
        return {TryAnswer::budget_spent, std::nullopt};
    if (cost.points > 0 && cost.most_since_success &&
        counters.points_since_success + cost.points > *cost.most_since_success)
        return {TryAnswer::budget_spent, std::nullopt};

    counters.guess_points += cost.points;
    counters.points_since_success += cost.points;
    counters.consecutive_failures += 1;
    const auto wait = interval_after(counters.consecutive_failures, limits);
    counters.throttled_until = wait > Seconds(0) ? std::optional(now + wait) : std::nullopt;
    return {TryAnswer::granted, std::nullopt};
}

void succeed(Counters& counters, int refund_points)
{
    counters.guess_points = std::max(0, counters.guess_points - refund_points);
    counters.points_since_success = 0;
    counters.consecutive_failures = 0;
    counters.throttled_until.reset();
}

bool may_send(const Counters& counters, WallTime now, const GuessLimits& limits)
{
    return !counters.locked_by_desk && !is_throttled(counters, now) &&
           counters.guess_points < std::min(limits.phone_off_points, limits.yearly_points);
}

void unlock(Counters& counters, const GuessLimits& limits)
{
    counters.locked_by_desk = false;
    counters.guess_points = std::max(0, counters.guess_points - limits.desk_refund_points);
    counters.consecutive_failures = 0;
    counters.throttled_until.reset();
}

} // namespace ssp::throttle
