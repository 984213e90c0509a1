#pragma once
// The guess ledger's arithmetic, pure: both stores call it inside their transaction.
#include "verifier/policy.h"
#include "verifier/ports.h"

namespace ssp::throttle {

/// The counters of one person that limit guessing.
struct Counters {
    bool locked_by_desk = false;
    int guess_points = 0;
    int points_since_success = 0;
    int consecutive_failures = 0;
    std::optional<WallTime> throttled_until;
    std::optional<WallTime> succeeded_at; ///< a code was accepted last; a trusted device shows none
    int authenticator_failures = 0;       ///< in a row, of TryCost::authenticator
    int everybody_points = 0;             ///< of all people together
};

/// True while everybody's points are spent and this person had no success for a day: no short code is
/// judged or sent then. A success in the future is one that a clock was wrong about.
bool are_codes_held_back(const Counters& counters, WallTime now, const GuessLimits& limits);

/// Charges one try to `counters` if it is allowed; leaves them untouched otherwise.
TryReservation charge(Counters& counters, const TryCost& cost, WallTime now, const GuessLimits& limits);

/// How long the next try has to wait after `failures` consecutive ones; zero below `deny`.
Seconds interval_after(int failures, const GuessLimits& limits);

/// After a success in the same sign-in: the points of its own misses come back, to everybody too; failures
/// and throttle end.
void succeed(Counters& counters, int refund_points, WallTime now);

/// True if a message or call may be sent to this person now: its code costs `points` to try, and a code that
/// could not be judged is not sent.
bool may_send(const Counters& counters, int points, WallTime now, const GuessLimits& limits);

/// What an unlock by the desk gives back.
void unlock(Counters& counters, const GuessLimits& limits);

/// How many points age out: `day` counts days since 1970; points of a day before `day - 365` are free again.
inline constexpr int ledger_days = 365;

} // namespace ssp::throttle
