#pragma once
#include "base/task.h"
#include "loop/loop.h"

#include <chrono>
#include <stdexcept>
#include <utility>

namespace ssp::testing {

/// Turns the loop until `done()`; half a minute without it fails the test.
template <class Done> void run_until(Loop& loop, Done done)
{
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!done()) {
        if (std::chrono::steady_clock::now() > give_up)
            throw std::runtime_error("what the test waits for does not happen");
        loop.run_once(std::chrono::milliseconds(20));
    }
}

/// Runs one task to its end.
template <class T> Result<T> run(Loop& loop, Task<T> task)
{
    bool finished = false;
    RootTask<T> root(std::move(task));
    root.start([&finished] { finished = true; });
    run_until(loop, [&finished] { return finished; });
    return root.take();
}

} // namespace ssp::testing
