#include "store/standing.h"

#include "verifier/throttle.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace ssp {

namespace {

throttle::Counters counters_of(const Standing& standing, const Everybody& everybody, WallTime now)
{
    throttle::Counters counters;
    counters.locked_by_desk = standing.locked_by_desk;
    counters.guess_points = guess_points(standing, now);
    counters.points_since_success = standing.points_since_success;
    counters.consecutive_failures = standing.consecutive_failures;
    counters.throttled_until = standing.throttled_until;
    counters.succeeded_at = standing.succeeded_at;
    counters.everybody_points = points_of(everybody.points_by_day, now);
    return counters;
}

void keep(Standing& standing, const throttle::Counters& counters, WallTime now)
{
    set_points(standing.points_by_day, counters.guess_points, now);
    standing.locked_by_desk = counters.locked_by_desk;
    standing.points_since_success = counters.points_since_success;
    standing.consecutive_failures = counters.consecutive_failures;
    standing.throttled_until = counters.throttled_until;
    standing.succeeded_at = counters.succeeded_at;
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

int guess_points(const Standing& standing, WallTime now) noexcept
{
    return points_of(standing.points_by_day, now);
}

TryReservation charge(Standing& standing, Everybody& everybody, int& authenticator_failures,
                      const TryCost& cost, WallTime now, const GuessLimits& limits)
{
    auto counters = counters_of(standing, everybody, now);
    counters.authenticator_failures = authenticator_failures;
    const auto reservation = throttle::charge(counters, cost, now, limits);
    if (reservation.answer != TryAnswer::granted)
        return reservation;
    keep(standing, counters, now);
    set_points(everybody.points_by_day, counters.everybody_points, now);
    authenticator_failures = counters.authenticator_failures;
    return reservation;
}

void succeed(Standing& standing, Everybody& everybody, int refund_points, WallTime now)
{
    auto counters = counters_of(standing, everybody, now);
    throttle::succeed(counters, refund_points, now);
    keep(standing, counters, now);
    set_points(everybody.points_by_day, counters.everybody_points, now);
}

SendReservation reserve_sending(Standing& standing, const Everybody& everybody, const SendRequest& request,
                                WallTime now, const GuessLimits& guess_limits, const SendLimits& limits)
{
    if (!throttle::may_send(counters_of(standing, everybody, now), request.points, now, guess_limits))
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
    sendings.insert(later, {request.channel, now});
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
        auto counters = counters_of(standing, {}, now); // everybody's points stay spent
        throttle::unlock(counters, limits);
        keep(standing, counters, now);
        standing.lock_reason.clear();
        return;
    }
    end_all_trust(standing);
    standing.succeeded_at.reset();
    if (act == DeskAct::lock) {
        standing.locked_by_desk = true;
        standing.lock_reason = std::move(reason);
    }
}

bool ends_challenges(DeskAct act) noexcept { return act == DeskAct::lock || act == DeskAct::reset; }

void set_right(Standing& standing, WallTime now, const GuessLimits& limits)
{
    set_right(standing.points_by_day, now);
    if (standing.succeeded_at && now < *standing.succeeded_at)
        standing.succeeded_at.reset();
    for (auto& sending : standing.sendings)
        sending.at = std::min(sending.at, now);
    if (standing.throttled_until) {
        const auto wait = throttle::interval_after(standing.consecutive_failures, limits);
        standing.throttled_until = std::min(*standing.throttled_until, now + wait);
    }
}

void take_higher(Standing& standing, const Standing& other)
{
    if (other.locked_by_desk && !standing.locked_by_desk) {
        standing.locked_by_desk = true;
        standing.lock_reason = other.lock_reason;
    }
    standing.points_since_success = std::max(standing.points_since_success, other.points_since_success);
    standing.consecutive_failures = std::max(standing.consecutive_failures, other.consecutive_failures);
    standing.throttled_until = std::max(standing.throttled_until, other.throttled_until);
    standing.epoch = std::max(standing.epoch, other.epoch);
    take_higher(standing.points_by_day, other.points_by_day);
    std::vector<Sending> both;
    std::ranges::set_union(standing.sendings, other.sendings, std::back_inserter(both), {}, &Sending::at,
                           &Sending::at);
    standing.sendings = std::move(both);
}

void describe(Subscriber& subscriber, const Standing& standing, const Everybody& everybody, WallTime now,
              const GuessLimits& limits)
{
    for (auto& authenticator : subscriber.authenticators)
        authenticator.disabled = authenticator.failures >= limits.disable_after;
    subscriber.codes_held_back =
        throttle::are_codes_held_back(counters_of(standing, everybody, now), now, limits);
    subscriber.locked_by_desk = standing.locked_by_desk;
    subscriber.lock_reason = standing.lock_reason;
    subscriber.guess_points = guess_points(standing, now);
    subscriber.points_since_success = standing.points_since_success;
    subscriber.consecutive_failures = standing.consecutive_failures;
    subscriber.throttled_until = standing.throttled_until;
    subscriber.epoch = standing.epoch;
}

bool is_over(const std::optional<std::int64_t>& epoch, const Standing& standing) noexcept
{
    return epoch && *epoch != standing.epoch;
}

void end_all_trust(Standing& standing) noexcept { standing.epoch += 1; }

} // namespace ssp
