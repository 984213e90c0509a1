#pragma once
#include "base/clock.h"

namespace ssp::testing {

/// Time that stands still until a test moves it. Starts on 2026-11-23 08:00:00 UTC.
class ManualClock final : public Clock {
public:
    WallTime now() const noexcept override { return now_; }
    BootTime boot_time() const noexcept override { return boot_; }
    /// Both clocks.
    void advance(Seconds by)
    {
        now_ += by;
        boot_ += by;
    }
    /// The wall clock alone: somebody set it.
    void set_wall(WallTime now) { now_ = now; }

private:
    WallTime now_{Seconds(1795420800)};
    BootTime boot_{Seconds(1000)};
};

} // namespace ssp::testing
