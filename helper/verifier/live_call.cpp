#include "verifier/live_call.h"

#include <utility>

namespace ssp {

LiveCall::LiveCall(Delivery& delivery, std::string reference) noexcept
    : delivery_(&delivery), reference_(std::move(reference))
{
}

LiveCall::LiveCall(LiveCall&& other) noexcept
    : delivery_(std::exchange(other.delivery_, nullptr)), reference_(std::move(other.reference_))
{
}

LiveCall& LiveCall::operator=(LiveCall&& other) noexcept
{
    if (this != &other) {
        hang_up();
        delivery_ = std::exchange(other.delivery_, nullptr);
        reference_ = std::move(other.reference_);
    }
    return *this;
}

CallState LiveCall::state() const
{
    return delivery_ == nullptr ? CallState::unknown : delivery_->call_state(reference_);
}

void LiveCall::hang_up() noexcept
{
    if (delivery_ != nullptr)
        std::exchange(delivery_, nullptr)->release(reference_);
}

} // namespace ssp
