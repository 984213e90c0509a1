#include "delivery/routing/health.h"

#include "delivery/routing/words.h"

#include <algorithm>
#include <utility>

namespace ssp {

namespace {

/// Nobody repairs these by waiting, and each message would show that again.
bool opens_at_once(DeliveryOutcome outcome)
{
    return outcome == DeliveryOutcome::credentials || outcome == DeliveryOutcome::configuration;
}

} // namespace

Health::Attempt::Attempt(Health& health, bool probe)
    : health_(&health), probe_(probe), began_(health.clock_.boot_time())
{
}

Health::Attempt::Attempt(Attempt&& other) noexcept
    : health_(std::exchange(other.health_, nullptr)), probe_(other.probe_), began_(other.began_)
{
}

Health::Attempt::~Attempt()
{
    if (health_ != nullptr && probe_)
        health_->probing_ = false;
}

BreakerChange Health::Attempt::end(DeliveryOutcome outcome, std::string_view said)
{
    auto& health = *std::exchange(health_, nullptr);
    return health.note(outcome, said, probe_, health.clock_.boot_time() - began_);
}

std::chrono::milliseconds Health::Attempt::took() const
{
    return health_ == nullptr ? std::chrono::milliseconds(0) : health_->clock_.boot_time() - began_;
}

std::optional<Health::Attempt> Health::admit()
{
    switch (breaker()) {
    case Breaker::closed: return Attempt(*this, false);
    case Breaker::open: return std::nullopt;
    case Breaker::half_open: break;
    }
    if (probing_)
        return std::nullopt;
    return insist();
}

Health::Attempt Health::insist()
{
    const bool probe = breaker() != Breaker::closed;
    probing_ = probing_ || probe;
    return {*this, probe};
}

Breaker Health::breaker() const
{
    if (!open_until_)
        return Breaker::closed;
    return clock_.boot_time() < *open_until_ ? Breaker::open : Breaker::half_open;
}

std::chrono::milliseconds Health::rest() const
{
    return breaker() == Breaker::open ? *open_until_ - clock_.boot_time() : std::chrono::milliseconds(0);
}

BreakerChange Health::note(DeliveryOutcome outcome, std::string_view said, bool probe,
                           std::chrono::milliseconds took)
{
    ++counts_[static_cast<std::size_t>(outcome)];
    if (probe)
        probing_ = false;
    if (is_handed_over(outcome)) {
        last_success_ = clock_.now();
        times_.push_back(took);
        if (times_.size() > most_times)
            times_.pop_front();
        degraded_ = outcome == DeliveryOutcome::queued;
    } else {
        last_error_at_ = clock_.now();
        last_error_ = one_line(said, most_said);
    }
    if (is_failure(outcome))
        return fail(outcome, probe);
    if (!probe || !open_until_)
        return BreakerChange::none;
    open_until_.reset();
    rest_ = Seconds(0);
    return BreakerChange::closed;
}

BreakerChange Health::fail(DeliveryOutcome outcome, bool probe)
{
    // What began before the breaker opened says nothing new about now.
    if (open_until_ && !probe)
        return BreakerChange::none;
    if (probe && open_until_) {
        open_for(std::min(rest_ * 2, longest_rest));
        return BreakerChange::opened_again;
    }
    const auto now = clock_.boot_time();
    failures_.push_back(now);
    while (failures_.size() > most_failures || now - failures_.front() > failure_window)
        failures_.pop_front();
    if (failures_.size() < most_failures && !opens_at_once(outcome))
        return BreakerChange::none;
    open_for(first_rest);
    return BreakerChange::opened;
}

void Health::open_for(Seconds rest)
{
    rest_ = rest;
    open_until_ = clock_.boot_time() + rest;
    failures_.clear();
}

std::uint32_t Health::count(DeliveryOutcome outcome) const
{
    return counts_[static_cast<std::size_t>(outcome)];
}

std::uint32_t Health::tried() const
{
    std::uint32_t sum = 0;
    for (const auto count : counts_)
        sum += count;
    return sum;
}

std::uint32_t Health::handed_over() const
{
    return count(DeliveryOutcome::accepted) + count(DeliveryOutcome::queued);
}

std::optional<std::chrono::milliseconds> Health::percentile(int percent) const
{
    if (times_.empty())
        return std::nullopt;
    std::vector<std::chrono::milliseconds> sorted(times_.begin(), times_.end());
    std::ranges::sort(sorted);
    const auto rank = (sorted.size() * static_cast<std::size_t>(percent) + 99) / 100;
    return sorted[std::max<std::size_t>(rank, 1) - 1];
}

} // namespace ssp
