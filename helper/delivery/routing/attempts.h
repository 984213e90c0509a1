#pragma once
// Which provider is asked next, and whether at all. Decides only; router.h does what is decided.
#include "verifier/ports.h"

#include <chrono>
#include <cstddef>
#include <optional>
#include <vector>

namespace ssp {

/// One message's way through its providers. The rules, after each answer:
///
/// accepted, queued, bad_number   the end
/// certainly not sent             the same provider once more, then the next one
/// retry, credentials, configuration   the next one
/// unknown                        a text message: the next one, with the same code, because two equal texts
///                                do no harm; a voice call: the end, because nobody wants to be called twice
class Attempts {
public:
    /// `providers`: in the order of the route; may be empty.
    Attempts(Channel channel, std::vector<std::size_t> providers);

    /// Whom to ask now; nothing at the end.
    std::optional<std::size_t> provider() const;
    /// Whether provider() was asked once already, so that a short wait belongs before it.
    bool again() const noexcept { return again_; }

    /// provider() was not asked: its breaker is open.
    void passed_over();
    /// provider() answered. `surely_not_sent`: the request never left.
    void answered(DeliveryOutcome outcome, bool surely_not_sent);
    /// No time is left to ask anybody.
    void out_of_time() noexcept { next_ = providers_.size(); }

    /// What to tell ssp-mfad at the end. Whatever may have been sent stays unknown unless a later provider
    /// took the same message; among refusals the one that waiting may heal is told.
    DeliveryOutcome outcome() const noexcept;

private:
    void note(DeliveryOutcome outcome);
    void go_on();

    Channel channel_;
    std::vector<std::size_t> providers_;
    std::size_t next_ = 0;
    bool again_ = false;
    std::optional<DeliveryOutcome> outcome_; ///< the weightiest so far
};

/// How much of a message's time is left.
class Budget {
public:
    /// `whole`: from now on. `clock` outlives this object.
    Budget(const Clock& clock, Seconds whole) : clock_(clock), ends_(clock.boot_time() + whole) {}

    /// Whole seconds, as a provider is given them; 0: no attempt is begun any more.
    Seconds left() const;
    /// Whether an attempt can still be begun after waiting for `pause`.
    bool bears(std::chrono::milliseconds pause) const;

private:
    const Clock& clock_;
    BootTime ends_;
};

} // namespace ssp
