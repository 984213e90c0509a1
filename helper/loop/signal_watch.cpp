#include "loop/signal_watch.h"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <systemd/sd-event.h>
#include <utility>

namespace ssp {

SignalWatch::SignalWatch(Loop& loop, int signal, std::function<void()> came) : came_(std::move(came))
{
    sigset_t set;
    ::sigemptyset(&set);
    ::sigaddset(&set, signal);
    ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
    const auto on_signal = [](sd_event_source*, const signalfd_siginfo*, void* self) {
        static_cast<SignalWatch*>(self)->came_();
        return 0;
    };
    const int rc = sd_event_add_signal(loop.raw(), &source_, signal, on_signal, this);
    if (rc < 0) {
        std::fprintf(stderr, "sd_event_add_signal: %s\n", std::strerror(-rc));
        std::abort();
    }
}

SignalWatch::~SignalWatch() { sd_event_source_disable_unref(source_); }

} // namespace ssp
