#pragma once
// How one person stands: what limits guessing and sending, and what ends trust. Pure; both stores keep one
// per person and change it only through these functions, inside the transaction of the act itself.
#include "store/guess_ledger.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ssp {

/// One message or call that was reserved and whose code did not come back.
struct Sending {
    Channel channel = Channel::text_message;
    WallTime at{};
    bool operator==(const Sending&) const = default;
};

struct Standing {
    bool locked_by_desk = false;
    std::string lock_reason;
    int points_since_success = 0;
    int consecutive_failures = 0;
    std::optional<WallTime> throttled_until;
    std::optional<WallTime> succeeded_at; ///< when a code was accepted last
    std::int64_t epoch = 0;               ///< trust granted in an earlier epoch has ended
    PointsByDay points_by_day;            ///< the guess ledger
    std::vector<Sending> sendings;        ///< of the last 24 hours, oldest first
    bool operator==(const Standing&) const = default;
};

/// Points spent in the last 365 days.
int guess_points(const Standing& standing, WallTime now) noexcept;

/// throttle::charge() on a standing, everybody's ledger and the failures of the authenticator guessed at;
/// what it costs is booked on the day of `now`.
TryReservation charge(Standing& standing, Everybody& everybody, int& authenticator_failures,
                      const TryCost& cost, WallTime now, const GuessLimits& limits);

/// throttle::succeed() on a standing and everybody's ledger; what comes back is taken from the latest days.
void succeed(Standing& standing, Everybody& everybody, int refund_points, WallTime now);

/// Books one message or call if the person's own three limits allow it: rolling windows, never calendar days.
SendReservation reserve_sending(Standing& standing, const Everybody& everybody, const SendRequest& request,
                                WallTime now, const GuessLimits& guess_limits, const SendLimits& limits);

/// A code came back: the latest booking of its channel is forgotten.
void refund_sending(Standing& standing, Channel channel);

/// The latest booking of this channel surely never left: it counts as before, but nobody waits `between`
/// (SendLimits) for another way because of it.
void forgive_the_wait(Standing& standing, Channel channel, Seconds between);

/// What a desk act changes here; all but unlock end all trust.
void change(Standing& standing, DeskAct act, std::string reason, WallTime now, const GuessLimits& limits);
/// True for the acts after which no code that is under way may be typed any more.
bool ends_challenges(DeskAct act) noexcept;

/// The clock was ahead and is right now: waits last no longer than they would have, days of the ledger and
/// sendings that are not there yet count as of now.
void set_right(Standing& standing, WallTime now, const GuessLimits& limits);

/// Whatever limits guessing and sending is as high as in either.
void take_higher(Standing& standing, const Standing& other);

/// Copies what a caller of the port may see of a standing, and says which authenticators are disabled.
void describe(Subscriber& subscriber, const Standing& standing, const Everybody& everybody, WallTime now,
              const GuessLimits& limits);

/// Subscriber::identity.uid of a person whose tie of uid and name was forgotten by a reset.
inline constexpr std::uint32_t no_uid = 0xffffffffU;

/// Why something that names an epoch which is over was refused.
inline constexpr const char* trust_ended_meanwhile = "all trust was ended meanwhile";

/// All trust ended since somebody read this epoch; nothing: they did not.
bool is_over(const std::optional<std::int64_t>& epoch, const Standing& standing) noexcept;

/// Whatever ends all trust at once.
void end_all_trust(Standing& standing) noexcept;

} // namespace ssp
