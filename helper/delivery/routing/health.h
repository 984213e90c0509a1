#pragma once
// How well one provider works, and the breaker that spares people from waiting for one that does not.
#include "base/clock.h"
#include "verifier/ports.h"

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ssp {

/// The breaker of one provider.
enum class Breaker : std::uint8_t {
    closed = 1, ///< it is asked
    open,       ///< it failed too often: not asked for a while
    half_open,  ///< that while is over: one message may find out
};

/// What an outcome changed at the breaker.
enum class BreakerChange { none, opened, opened_again, closed };

/// Of one provider, since the configuration was read. Counts every attempt; remembers no message.
///
/// Five failures within a minute open the breaker for 30 seconds. After them one message is let through: if
/// it fails too, the breaker opens for twice as long, up to ten minutes; else it closes. Credentials and
/// configuration open it at once, because the next message would fail as well. A bad number is no failure of
/// the provider.
class Health {
public:
    static constexpr std::size_t most_failures = 5;
    static constexpr Seconds failure_window{60};
    static constexpr Seconds first_rest{30};
    static constexpr Seconds longest_rest{600};
    static constexpr std::size_t most_times = 100;
    static constexpr std::size_t most_said = 200;
    static constexpr std::size_t outcomes = 8; ///< by the number of DeliveryOutcome; 0 is not used

    /// `clock` outlives this object.
    explicit Health(const Clock& clock) : clock_(clock) {}
    Health(const Health&) = delete;
    Health& operator=(const Health&) = delete;

    /// One message at this provider, from the question until it is known what became of it. One that goes
    /// without end() was given up (the person left): it counts as nothing, and frees the half-open breaker.
    class Attempt {
    public:
        Attempt(Attempt&& other) noexcept;
        Attempt& operator=(Attempt&&) = delete;
        ~Attempt();
        /// Once. `said`: what the gateway said, for the administrator.
        BreakerChange end(DeliveryOutcome outcome, std::string_view said);
        /// Whether this message finds out if the breaker may close.
        bool is_probe() const noexcept { return probe_; }
        std::chrono::milliseconds took() const;

    private:
        friend class Health;
        Attempt(Health& health, bool probe);
        Health* health_;
        bool probe_;
        BootTime began_;
    };

    /// Nothing while the breaker is open, or half-open with its one message under way.
    std::optional<Attempt> admit();
    /// For an administrator who asks this provider by name: always, and what comes of it moves the breaker as
    /// a message of a half-open one does.
    Attempt insist();

    Breaker breaker() const;
    /// Until it is half-open; 0 unless it is open.
    std::chrono::milliseconds rest() const;
    /// The last message was queued by the gateway, not sent.
    bool degraded() const noexcept { return degraded_; }
    std::uint32_t count(DeliveryOutcome outcome) const;
    std::uint32_t tried() const;
    /// Accepted and queued.
    std::uint32_t handed_over() const;
    /// Milliseconds that `percent` of the last hundred handed over took at most (nearest rank); nothing when
    /// there was none.
    std::optional<std::chrono::milliseconds> percentile(int percent) const;
    std::optional<WallTime> last_success() const noexcept { return last_success_; }
    std::optional<WallTime> last_error_at() const noexcept { return last_error_at_; }
    /// One line, at most most_said characters of printable ASCII.
    const std::string& last_error() const noexcept { return last_error_; }

private:
    BreakerChange note(DeliveryOutcome outcome, std::string_view said, bool probe,
                       std::chrono::milliseconds took);
    BreakerChange fail(DeliveryOutcome outcome, bool probe);
    void open_for(Seconds rest);

    const Clock& clock_;
    std::array<std::uint32_t, outcomes> counts_{};
    std::deque<std::chrono::milliseconds> times_;
    std::deque<BootTime> failures_; ///< at most most_failures, oldest first
    std::optional<BootTime> open_until_;
    Seconds rest_{0}; ///< of the last opening; 0: closed since
    bool probing_ = false;
    bool degraded_ = false;
    std::optional<WallTime> last_success_;
    std::optional<WallTime> last_error_at_;
    std::string last_error_;
};

/// Whether an outcome says that the provider, not the number, failed.
constexpr bool is_failure(DeliveryOutcome outcome) noexcept
{
    return outcome == DeliveryOutcome::retry || outcome == DeliveryOutcome::credentials ||
           outcome == DeliveryOutcome::configuration || outcome == DeliveryOutcome::unknown;
}

/// Whether a code may be on its way for sure.
constexpr bool is_handed_over(DeliveryOutcome outcome) noexcept
{
    return outcome == DeliveryOutcome::accepted || outcome == DeliveryOutcome::queued;
}

} // namespace ssp
