#include "verifier/throttle.h"

#include <algorithm>

namespace ssp::throttle {

namespace {

bool is_throttled(const Counters& counters, WallTime now)
{
    return counters.throttled_until && now < *counters.throttled_until;
}

bool succeeded_lately(const Counters& counters, WallTime now)
{
    static constexpr Seconds lately = std::chrono::hours(24);
    return counters.succeeded_at && now - *counters.succeeded_at < lately &&
           *counters.succeeded_at - now < lately;
}

/// What the ledgers say to a try of that many points.
TryAnswer afford(const Counters& counters, const TryCost& cost, WallTime now, const GuessLimits& limits)
{
    if (cost.points <= 0)
        return TryAnswer::granted;
    const int budget =
        cost.phone ? std::min(limits.phone_off_points, limits.yearly_points) : limits.yearly_points;
    if (counters.guess_points + cost.points > budget)
        return TryAnswer::budget_spent;
    if (cost.most_since_success && counters.points_since_success + cost.points > *cost.most_since_success)
        return TryAnswer::budget_spent;
    if (counters.everybody_points + cost.points > limits.everybody_points && !succeeded_lately(counters, now))
        return TryAnswer::everybody_spent;
    return TryAnswer::granted;
}

} // namespace

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

bool are_codes_held_back(const Counters& counters, WallTime now, const GuessLimits& limits)
{
    return counters.everybody_points >= limits.everybody_points && !succeeded_lately(counters, now);
}

TryReservation charge(Counters& counters, const TryCost& cost, WallTime now, const GuessLimits& limits)
{
    if (counters.locked_by_desk)
        return {TryAnswer::locked};
    if (is_throttled(counters, now))
        return {TryAnswer::throttled, counters.throttled_until};
    if (cost.authenticator && counters.authenticator_failures >= limits.disable_after)
        return {TryAnswer::authenticator_disabled};
    if (const auto answer = afford(counters, cost, now, limits); answer != TryAnswer::granted)
        return {answer};

    counters.guess_points += cost.points;
    counters.everybody_points += cost.points;
    counters.authenticator_failures += cost.authenticator ? 1 : 0;
    counters.points_since_success += cost.points;
    counters.consecutive_failures += 1;
    const auto wait = interval_after(counters.consecutive_failures, limits);
    counters.throttled_until = wait > Seconds(0) ? std::optional(now + wait) : std::nullopt;
    return {TryAnswer::granted, std::nullopt,
            cost.authenticator && counters.authenticator_failures >= limits.disable_after};
}

void succeed(Counters& counters, int refund_points, WallTime now)
{
    const int given_back = std::clamp(refund_points, 0, counters.guess_points);
    counters.guess_points -= given_back;
    counters.everybody_points = std::max(0, counters.everybody_points - given_back);
    counters.authenticator_failures = 0;
    counters.succeeded_at = now;
    counters.points_since_success = 0;
    counters.consecutive_failures = 0;
    counters.throttled_until.reset();
}

bool may_send(const Counters& counters, int points, WallTime now, const GuessLimits& limits)
{
    TryCost cost;
    cost.points = points;
    cost.phone = true;
    return !counters.locked_by_desk && !is_throttled(counters, now) &&
           afford(counters, cost, now, limits) == TryAnswer::granted;
}

void unlock(Counters& counters, const GuessLimits& limits)
{
    counters.locked_by_desk = false;
    counters.guess_points = std::max(0, counters.guess_points - limits.desk_refund_points);
    counters.consecutive_failures = 0;
    counters.throttled_until.reset();
}

} // namespace ssp::throttle
