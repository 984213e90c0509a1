#pragma once
// The event loop of a daemon: sd-event, wrapped so that a descriptor, a timer and a signal are values that
// end with their owner. One loop per daemon, one thread; everything here is called on that thread.
#include "base/result.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <vector>

struct sd_event;
struct sd_event_source;

namespace ssp {

class Loop {
public:
    /// Ends the program when sd-event cannot be had: there is nothing to serve without it.
    Loop();
    ~Loop();
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    /// Serves until stop(); returns the code given there, or a negative errno of the loop itself.
    int run();
    void stop(int code);
    /// Handles what is ready, waiting at most `wait`; for tests and for leaf programs without run().
    void run_once(std::chrono::milliseconds wait);

    /// Runs `job` on the next turn. The way to destroy what is calling you.
    void later(std::function<void()> job);

    /// Feeds systemd's watchdog from here on, when the unit has one (sd_watchdog_enabled(3)): a loop that
    /// hangs is killed and started anew.
    void feed_watchdog();

    sd_event* raw() const noexcept { return event_; }

private:
    static int run_jobs(sd_event_source* source, void* self);

    sd_event* event_ = nullptr;
    sd_event_source* deferred_ = nullptr;
    sd_event_source* never_ = nullptr; ///< holds the timer descriptor, for when there are no more to be had
    std::vector<std::function<void()>> jobs_;
};

/// Watches one descriptor that somebody else owns and closes after this object went. Level-triggered.
class IoWatch {
public:
    /// `ready` gets the EPOLL* bits. It may destroy nothing that holds this watch: use Loop::later().
    IoWatch(Loop& loop, int fd, std::uint32_t events, std::function<void(std::uint32_t)> ready);
    ~IoWatch();
    IoWatch(const IoWatch&) = delete;
    IoWatch& operator=(const IoWatch&) = delete;
    void set_events(std::uint32_t events);
    /// No more callbacks, a hang-up included.
    void stop() noexcept;

private:
    static int on_ready(sd_event_source* source, int fd, std::uint32_t events, void* self);

    std::function<void(std::uint32_t)> ready_;
    sd_event_source* source_ = nullptr;
    std::uint32_t events_;
};

/// Calls back once, some time from now (CLOCK_MONOTONIC); arming again replaces the earlier time.
class Timer {
public:
    Timer(Loop& loop, std::function<void()> expired);
    ~Timer();
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;
    void arm(std::chrono::milliseconds from_now);
    void disarm() noexcept;

private:
    static int on_time(sd_event_source* source, std::uint64_t usec, void* self);

    Loop& loop_;
    std::function<void()> expired_;
    sd_event_source* source_ = nullptr;
};

} // namespace ssp
