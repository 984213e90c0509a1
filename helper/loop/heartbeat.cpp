#include "loop/heartbeat.h"

#include <algorithm>
#include <systemd/sd-daemon.h>

namespace ssp {

namespace {

std::chrono::milliseconds interval_of_unit() noexcept
{
    constexpr std::chrono::milliseconds longest{5000};
    std::uint64_t usec = 0;
    if (::sd_watchdog_enabled(0, &usec) <= 0)
        return longest;
    return std::min(longest, std::chrono::milliseconds(usec / 3000));
}

} // namespace

Heartbeat::Heartbeat(Loop& loop, std::function<Task<void>()> ask)
    : ask_(std::move(ask)), interval_(interval_of_unit()), timer_(loop, [this] { beat(); })
{
    timer_.arm(interval_);
}

Heartbeat::~Heartbeat() = default;

void Heartbeat::beat()
{
    timer_.arm(interval_);
    if (asked_ && !asked_->finished())
        return;
    asked_ = std::make_unique<RootTask<void>>(ask_());
    asked_->start([] { ::sd_notify(0, "WATCHDOG=1"); });
}

} // namespace ssp
