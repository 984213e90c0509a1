#pragma once
#include "base/task.h"
#include "loop/loop.h"

#include <chrono>

namespace ssp {

/// Ends `wait` from when it is awaited. `loop` outlives the task.
Task<void> sleep_for(Loop& loop, std::chrono::milliseconds wait);

} // namespace ssp
