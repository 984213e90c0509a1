#pragma once
#include "loop/loop.h"

#include <functional>

namespace ssp {

/// Calls back on the loop when the process gets one signal. Blocks the signal for this thread, and for those
/// that it starts later: made before there are any.
class SignalWatch {
public:
    SignalWatch(Loop& loop, int signal, std::function<void()> came);
    ~SignalWatch();
    SignalWatch(const SignalWatch&) = delete;
    SignalWatch& operator=(const SignalWatch&) = delete;

private:
    std::function<void()> came_;
    sd_event_source* source_ = nullptr;
};

} // namespace ssp
