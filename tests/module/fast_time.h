#pragma once
// Time that passes at once. In programs that link fast_time.cpp a poll() in which nothing happens for 400 ms
// ends as if its whole timeout had passed, and clock_gettime() agrees.
#include <chrono>

namespace ssp::testing {

/// Lets time pass for everybody in this process.
void advance(std::chrono::milliseconds by);

} // namespace ssp::testing
