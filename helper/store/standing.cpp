#include "store/standing.h"

#include "verifier/throttle.h"

#include <algorithm>

namespace ssp {

namespace {

throttle::Counters counters_of(const Standing& standing, WallTime now)
{
    throttle::Counters counters;
    counters.locked_by_desk = standing.locked_by_desk;
    counters.guess_points = guess_points(standing, now);
    counters.points_since_success = standing.points_since_success;
    counters.consecutive_failures = standing.consecutive_failures;
    counters.throttled_until = standing.throttled_until;
    return counters;
}

void take_back(std::map<std::int64_t, int>& points_by_day, int points)
{
    while (points > 0 && !points_by_day.empty()) {
        auto latest = std::prev(points_by_day.end());
        const int taken = std::min(points, latest->second);
        points -= taken;
        latest->second -= taken;
        if (latest->second == 0)
            points_by_day.erase(latest);
    }
}

/// Writes counters back; the ledger takes the difference of the points, and days that aged out go.
void keep(Standing& standing, const throttle::Counters& counters, WallTime now)
{
    const auto today = ledger_day(now);
    auto& days = standing.points_by_day;
    days.erase(days.begin(), days.lower_bound(today - throttle::ledger_days));
    const int change = counters.guess_points - guess_points(standing, now);
    if (change > 0)
        days[today] += change;
    else
        take_back(days, -change);
    standing.locked_by_desk = counters.locked_by_desk;
    standing.points_since_success = counters.points_since_success;
    standing.consecutive_failures = counters.consecutive_failures;
    standing.throttled_until = counters.throttled_until;
}

/// When one more may follow if at most `count` may lie within `window`; nothing: now.
std::optional<WallTime> free_at(const std::vector<Sending>& sendings, int count, Seconds window, WallTime now)
{
    if (count <= 0)
        return now + window;
    const auto limit = static_cast<std::size_t>(count);
    if (sendings.size() < limit)
        return std::nullopt;
    const auto at = sendings[sendings.size() - limit].at + window;
    return now < at ? std::optional(at) : std::nullopt;
}

constexpr Seconds quarter_hour = std::chrono::minutes(15);
constexpr Seconds day = std::chrono::hours(24);

} // namespace

std::int64_t ledger_day(WallTime now) noexcept
{
    return std::chrono::floor<std::chrono::days>(now).time_since_epoch().count();
}

int guess_points(const Standing& standing, WallTime now) noexcept
{
    int points = 0;
    const auto& days = standing.points_by_day;
    for (auto it = days.lower_bound(ledger_day(now) - throttle::ledger_days); it != days.end(); ++it)
        points += it->second;
    return points;
}

TryReservation charge(Standing& standing, const TryCost& cost, WallTime now, const GuessLimits& limits)
{
    auto counters = counters_of(standing, now);
    const auto reservation = throttle::charge(counters, cost, now, limits);
    if (reservation.answer == TryAnswer::granted)
        keep(standing, counters, now);
    return reservation;
}

void succeed(Standing& standing, int refund_points, WallTime now)
{
    auto counters = counters_of(standing, now);
    throttle::succeed(counters, std::max(0, refund_points));
    keep(standing, counters, now);
}

SendReservation reserve_sending(Standing& standing, Channel channel, WallTime now,
                                const GuessLimits& guess_limits, const SendLimits& limits)
{
    if (!throttle::may_send(counters_of(standing, now), now, guess_limits))
        return {SendAnswer::locked, {}, {}, {}, {}};

    auto& sendings = standing.sendings;
    if (auto until = free_at(sendings, limits.per_day, day, now))
        return {SendAnswer::exhausted, until, "per_day", {}, {}};
    const auto after_last = free_at(sendings, 1, limits.between, now);
    const auto after_quarter = free_at(sendings, limits.per_quarter_hour, quarter_hour, now);
    if (after_last || after_quarter)
        return {SendAnswer::too_soon,
                std::max(after_last, after_quarter),
                after_quarter ? "per_quarter_hour" : "between",
                {},
                {}};

    std::erase_if(sendings, [now](const Sending& old) { return old.at + day <= now; });
    const auto later = std::find_if(sendings.begin(), sendings.end(),
                                    [now](const Sending& other) { return now < other.at; });
    sendings.insert(later, {channel, now});
    return {SendAnswer::granted, {}, {}, {}, {}};
}

void refund_sending(Standing& standing, Channel channel)
{
    auto& sendings = standing.sendings;
    for (auto it = sendings.end(); it != sendings.begin();)
        if ((--it)->channel == channel) {
            sendings.erase(it);
            return;
        }
}

void forgive_the_wait(Standing& standing, Channel channel, Seconds between)
{
    auto& sendings = standing.sendings;
    const auto of_channel = [channel](const Sending& one) { return one.channel == channel; };
    const auto latest = std::find_if(sendings.rbegin(), sendings.rend(), of_channel);
    if (latest == sendings.rend())
        return;
    latest->at -= between;
    std::ranges::stable_sort(sendings, {}, &Sending::at);
}

void change(Standing& standing, DeskAct act, std::string reason, WallTime now, const GuessLimits& limits)
{
    if (act == DeskAct::unlock) {
        auto counters = counters_of(standing, now);
        throttle::unlock(counters, limits);
        keep(standing, counters, now);
        standing.lock_reason.clear();
        return;
    }
    end_all_trust(standing);
    if (act == DeskAct::lock) {
        standing.locked_by_desk = true;
        standing.lock_reason = std::move(reason);
    }
}

bool ends_challenges(DeskAct act) noexcept { return act == DeskAct::lock || act == DeskAct::reset; }

void describe(Subscriber& subscriber, const Standing& standing, WallTime now)
{
    subscriber.locked_by_desk = standing.locked_by_desk;
    subscriber.lock_reason = standing.lock_reason;
    subscriber.guess_points = guess_points(standing, now);
    subscriber.points_since_success = standing.points_since_success;
    subscriber.consecutive_failures = standing.consecutive_failures;
    subscriber.throttled_until = standing.throttled_until;
    subscriber.epoch = standing.epoch;
}

void end_all_trust(Standing& standing) noexcept { standing.epoch += 1; }

} // namespace ssp
