#pragma once
#include <chrono>

namespace ssp {

using Seconds = std::chrono::seconds;
using WallTime = std::chrono::sys_seconds;

/// Time since the machine started, suspend included; never goes back (CLOCK_BOOTTIME).
using BootTime = std::chrono::milliseconds;

/// What time it is. The verifier asks nobody else; tests hand in a ManualClock.
class Clock {
public:
    virtual ~Clock() = default;
    /// UTC, whole seconds.
    virtual WallTime now() const noexcept = 0;
    virtual BootTime boot_time() const noexcept = 0;
};

class SystemClock final : public Clock {
public:
    WallTime now() const noexcept override;
    BootTime boot_time() const noexcept override;
};

} // namespace ssp
