#include "delivery/routing/attempts.h"

#include <algorithm>
#include <utility>

namespace ssp {

namespace {

/// The greater is told when several providers said different things. What may have been sent outweighs what
/// certainly was not; what time heals outweighs what it does not.
int weight(DeliveryOutcome outcome)
{
    switch (outcome) {
    case DeliveryOutcome::configuration: return 1;
    case DeliveryOutcome::credentials: return 2;
    case DeliveryOutcome::retry: return 3;
    case DeliveryOutcome::bad_number: return 4;
    case DeliveryOutcome::unknown: return 5;
    case DeliveryOutcome::queued: return 6;
    case DeliveryOutcome::accepted: return 7;
    }
    return 5;
}

} // namespace

Attempts::Attempts(Channel channel, std::vector<std::size_t> providers)
    : channel_(channel), providers_(std::move(providers))
{
}

std::optional<std::size_t> Attempts::provider() const
{
    if (next_ >= providers_.size())
        return std::nullopt;
    return providers_[next_];
}

void Attempts::passed_over()
{
    note(DeliveryOutcome::retry);
    go_on();
}

void Attempts::answered(DeliveryOutcome outcome, bool surely_not_sent)
{
    // A request that never left cannot have arrived, whatever else is unknown about it.
    if (outcome == DeliveryOutcome::unknown && surely_not_sent)
        outcome = DeliveryOutcome::retry;
    note(outcome);
    switch (outcome) {
    case DeliveryOutcome::accepted:
    case DeliveryOutcome::queued:
    case DeliveryOutcome::bad_number: return out_of_time();
    case DeliveryOutcome::unknown:
        if (channel_ == Channel::voice_call)
            return out_of_time();
        break;
    case DeliveryOutcome::retry:
        if (surely_not_sent && !again_) {
            again_ = true;
            return;
        }
        break;
    case DeliveryOutcome::credentials:
    case DeliveryOutcome::configuration: break;
    }
    go_on();
}

DeliveryOutcome Attempts::outcome() const noexcept
{
    if (providers_.empty())
        return DeliveryOutcome::configuration;
    return outcome_.value_or(DeliveryOutcome::retry); // nobody was asked: nothing was sent
}

void Attempts::note(DeliveryOutcome outcome)
{
    if (!outcome_ || weight(outcome) > weight(*outcome_))
        outcome_ = outcome;
}

void Attempts::go_on()
{
    again_ = false;
    ++next_;
}

Seconds Budget::left() const
{
    const auto left = std::chrono::floor<Seconds>(ends_ - clock_.boot_time());
    return std::max(left, Seconds(0));
}

bool Budget::bears(std::chrono::milliseconds pause) const
{
    return ends_ - clock_.boot_time() >= pause + Seconds(1);
}

} // namespace ssp
