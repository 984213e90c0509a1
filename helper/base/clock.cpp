#include "base/clock.h"

#include <ctime>

namespace ssp {

WallTime SystemClock::now() const noexcept
{
    return std::chrono::floor<Seconds>(std::chrono::system_clock::now());
}

BootTime SystemClock::boot_time() const noexcept
{
    timespec t{};
    clock_gettime(CLOCK_BOOTTIME, &t);
    return std::chrono::duration_cast<BootTime>(Seconds(t.tv_sec) + std::chrono::nanoseconds(t.tv_nsec));
}

} // namespace ssp
