#pragma once
#include "base/task.h"
#include "loop/loop.h"

#include <chrono>
#include <functional>
#include <memory>

namespace ssp {

/// Asks at regular times whether the daemon still does its work, and feeds systemd's watchdog
/// (sd_watchdog_enabled(3)) when it answered: a daemon of which any part hangs is killed and started anew.
/// An error is an answer: on a full disk a restart helps nobody.
class Heartbeat {
public:
    /// `ask`: called on the loop at each third of the unit's WatchdogSec, but at least every 5 seconds; its
    /// task ends when every part that serves has come by. It is not asked again before that.
    Heartbeat(Loop& loop, std::function<Task<void>()> ask);
    ~Heartbeat();
    Heartbeat(const Heartbeat&) = delete;
    Heartbeat& operator=(const Heartbeat&) = delete;

    /// Whoever was asked is gone and will not answer: the next time somebody else is asked.
    void forget() noexcept { asked_.reset(); }

private:
    void beat();

    std::function<Task<void>()> ask_;
    std::chrono::milliseconds interval_;
    std::unique_ptr<RootTask<void>> asked_;
    Timer timer_;
};

} // namespace ssp
