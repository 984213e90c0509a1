#pragma once
#include "base/clock.h"
#include "base/task.h"
#include "loop/loop.h"

#include <functional>
#include <memory>
#include <optional>

namespace ssp {

/// Takes rows from the oldest end of the audit trail, a few at a time and with a pause between, so that
/// sign-ins are written in between. Looks once an hour, and takes the rows of one day at most each time: a
/// clock that was set years forward by mistake empties a month of the trail in a day, not all of it at once.
class Retention {
public:
    /// What it works on. Both are called on the loop; their tasks may be destroyed at any time.
    struct Trail {
        std::function<Task<std::optional<WallTime>>()> oldest; ///< when the oldest row was written
        /// Cuts a batch of rows that were written before `before`; gives how many.
        std::function<Task<int>(WallTime before)> cut;
    };
    struct Pace {
        std::chrono::milliseconds between_looks = std::chrono::hours(1);
        std::chrono::milliseconds between_batches{50};
    };

    /// `failed` hears of a trail that cannot be cut. `loop` and `clock` outlive this.
    Retention(Loop& loop, Clock& clock, std::function<void(const Error&)> failed);
    Retention(Loop& loop, Clock& clock, std::function<void(const Error&)> failed, Pace pace);

    /// Works on `trail` from now on; a look that goes on is given up. `keep`: zero keeps all rows for ever.
    void keep(Trail trail, std::chrono::days keep);
    /// Gives the trail up.
    void stop();

private:
    void look();
    Task<void> cut_one_day();

    Loop& loop_;
    Clock& clock_;
    std::function<void(const Error&)> failed_;
    Pace pace_;
    Trail trail_;
    std::chrono::days keep_{0};
    Timer timer_;
    std::unique_ptr<RootTask<void>> look_;
};

} // namespace ssp
