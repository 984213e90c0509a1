#pragma once
// The guess ledger as points of days: of one person (Standing), and of all people together (Everybody).
// Pure; both stores change them only through these functions, inside the transaction of the act itself.
// docs/explanation/guessing.md says what the points are.
#include "verifier/ports.h"

#include <cstdint>
#include <map>
#include <vector>

namespace ssp {

/// Days since 1970 and the points above zero that were spent on them.
using PointsByDay = std::map<std::int64_t, int>;

/// The ledger's day of a moment: days since 1970, UTC.
std::int64_t ledger_day(WallTime now) noexcept;

/// Points of the last 365 days. A day that lies in the future (the clock was set back) counts.
int points_of(const PointsByDay& days, WallTime now) noexcept;

/// Brings points_of() to `points`, at least 0: more are booked on the day of `now`, fewer are taken from the
/// latest days. Days that aged out go.
void set_points(PointsByDay& days, int points, WallTime now);

/// The clock was ahead and is right now: points of days that are not there yet are of today.
void set_right(PointsByDay& days, WallTime now);

/// Each day as high as in either.
void take_higher(PointsByDay& days, const PointsByDay& other);

/// The ledger of all people together.
struct Everybody {
    PointsByDay points_by_day;
    std::int64_t alarmed_day = 0; ///< of the last alarm that a fifth of the budget went in one day
    std::int64_t spent_day = 0;   ///< of the last alarm that the budget is spent
    bool operator==(const Everybody&) const = default;
};

/// The alarms that are due after a try of `person` was answered with `answer`: each at most once a day.
/// Audit rows for the journal as well.
std::vector<AuditEntry> alarms(Everybody& everybody, TryAnswer answer, const Identity& person, WallTime now,
                               const GuessLimits& limits);

} // namespace ssp
