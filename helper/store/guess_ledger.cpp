#include "store/guess_ledger.h"

#include "verifier/throttle.h"

#include <algorithm>
#include <fmt/format.h>

namespace ssp {

namespace {

void take_back(PointsByDay& days, int points)
{
    while (points > 0 && !days.empty()) {
        auto latest = std::prev(days.end());
        const int taken = std::min(points, latest->second);
        points -= taken;
        latest->second -= taken;
        if (latest->second == 0)
            days.erase(latest);
    }
}

AuditEntry alarm(std::string_view event, const Identity& person, std::string detail)
{
    AuditEntry entry;
    entry.event = event;
    entry.person = person;
    entry.actor = "ssp-mfad";
    entry.detail = std::move(detail);
    return entry;
}

} // namespace

std::int64_t ledger_day(WallTime now) noexcept
{
    return std::chrono::floor<std::chrono::days>(now).time_since_epoch().count();
}

int points_of(const PointsByDay& days, WallTime now) noexcept
{
    int points = 0;
    for (auto it = days.lower_bound(ledger_day(now) - throttle::ledger_days); it != days.end(); ++it)
        points += it->second;
    return points;
}

void set_points(PointsByDay& days, int points, WallTime now)
{
    const auto today = ledger_day(now);
    days.erase(days.begin(), days.lower_bound(today - throttle::ledger_days));
    const int change = std::max(0, points) - points_of(days, now);
    if (change > 0)
        days[today] += change;
    else
        take_back(days, -change);
}

std::vector<AuditEntry> alarms(Everybody& everybody, TryAnswer answer, const Identity& person, WallTime now,
                               const GuessLimits& limits)
{
    static constexpr int alarming_share = 5; // a fifth of the budget, in one day
    const auto today = ledger_day(now);
    const auto& days = everybody.points_by_day;
    const auto of_today = days.find(today);
    const int points = of_today == days.end() ? 0 : of_today->second;

    std::vector<AuditEntry> due;
    if (points >= limits.everybody_points / alarming_share && everybody.alarmed_day != today) {
        everybody.alarmed_day = today;
        due.push_back(alarm(audit_event::many_wrong_codes, person,
                            fmt::format("{} points for wrong codes of all people today, of {} for a year; "
                                        "the last by this person",
                                        points, limits.everybody_points)));
    }
    if (answer == TryAnswer::everybody_spent && everybody.spent_day != today) {
        everybody.spent_day = today;
        due.push_back(alarm(audit_event::codes_held_back, person,
                            fmt::format("{} points for wrong codes of all people in a year, of {}: short "
                                        "codes are refused to whoever had no success for a day",
                                        points_of(days, now), limits.everybody_points)));
    }
    return due;
}

void set_right(PointsByDay& days, WallTime now)
{
    const auto today = ledger_day(now);
    int ahead = 0;
    for (auto it = days.upper_bound(today); it != days.end(); it = days.erase(it))
        ahead += it->second;
    if (ahead > 0)
        days[today] += ahead;
}

void take_higher(PointsByDay& days, const PointsByDay& other)
{
    for (const auto& [spent_on, points] : other) {
        auto& here = days[spent_on];
        here = std::max(here, points);
    }
}

} // namespace ssp
