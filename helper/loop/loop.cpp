#include "loop/loop.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sys/epoll.h>
#include <systemd/sd-event.h>
#include <utility>

namespace ssp {

namespace {

/// sd-event fails only when memory or descriptors are gone; a daemon without its loop refuses by ending.
/// ESTALE: the loop has ended, and whoever tidies up after it need not know.
void must(int rc, const char* what)
{
    if (rc >= 0 || rc == -ESTALE)
        return;
    std::fprintf(stderr, "%s: %s\n", what, std::strerror(-rc));
    std::abort();
}

} // namespace

Loop::Loop()
{
    must(sd_event_new(&event_), "sd_event_new");
    must(sd_event_add_defer(event_, &deferred_, run_jobs, this), "sd_event_add_defer");
    must(sd_event_source_set_enabled(deferred_, SD_EVENT_OFF), "sd_event_source_set_enabled");
    must(sd_event_add_time(event_, &never_, CLOCK_MONOTONIC, UINT64_MAX, 0, nullptr, nullptr),
         "sd_event_add_time");
}

Loop::~Loop()
{
    sd_event_source_disable_unref(never_);
    sd_event_source_disable_unref(deferred_);
    sd_event_unref(event_);
}

int Loop::run() { return sd_event_loop(event_); }

void Loop::stop(int code) { sd_event_exit(event_, code); }

void Loop::run_once(std::chrono::milliseconds wait)
{
    const auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(wait).count();
    must(sd_event_run(event_, static_cast<std::uint64_t>(microseconds)), "sd_event_run");
}

void Loop::later(std::function<void()> job)
{
    jobs_.push_back(std::move(job));
    must(sd_event_source_set_enabled(deferred_, SD_EVENT_ONESHOT), "sd_event_source_set_enabled");
}

void Loop::feed_watchdog() { must(sd_event_set_watchdog(event_, 1), "sd_event_set_watchdog"); }

int Loop::run_jobs(sd_event_source*, void* self)
{
    const auto jobs = std::exchange(static_cast<Loop*>(self)->jobs_, {});
    for (const auto& job : jobs)
        job();
    return 0;
}

IoWatch::IoWatch(Loop& loop, int fd, std::uint32_t events, std::function<void(std::uint32_t)> ready)
    : ready_(std::move(ready)), events_(events)
{
    must(sd_event_add_io(loop.raw(), &source_, fd, events, on_ready, this), "sd_event_add_io");
}

IoWatch::~IoWatch() { sd_event_source_disable_unref(source_); }

void IoWatch::set_events(std::uint32_t events)
{
    if (events == events_)
        return;
    events_ = events;
    must(sd_event_source_set_io_events(source_, events), "sd_event_source_set_io_events");
}

void IoWatch::stop() noexcept { sd_event_source_set_enabled(source_, SD_EVENT_OFF); }

int IoWatch::on_ready(sd_event_source*, int, std::uint32_t events, void* self)
{
    static_cast<IoWatch*>(self)->ready_(events);
    return 0;
}

Timer::Timer(Loop& loop, std::function<void()> expired) : loop_(loop), expired_(std::move(expired)) {}

Timer::~Timer() { sd_event_source_disable_unref(source_); }

void Timer::arm(std::chrono::milliseconds from_now)
{
    const auto usec =
        static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(from_now).count());
    if (source_ == nullptr) {
        must(sd_event_add_time_relative(loop_.raw(), &source_, CLOCK_MONOTONIC, usec, 10'000, on_time, this),
             "sd_event_add_time_relative");
        return;
    }
    must(sd_event_source_set_time_relative(source_, usec), "sd_event_source_set_time_relative");
    must(sd_event_source_set_enabled(source_, SD_EVENT_ONESHOT), "sd_event_source_set_enabled");
}

void Timer::disarm() noexcept
{
    if (source_ != nullptr)
        sd_event_source_set_enabled(source_, SD_EVENT_OFF);
}

int Timer::on_time(sd_event_source*, std::uint64_t, void* self)
{
    static_cast<Timer*>(self)->expired_();
    return 0;
}

} // namespace ssp
