#include "server/retention.h"

#include "loop/sleep.h"

#include <algorithm>
#include <utility>

namespace ssp {

Retention::Retention(Loop& loop, Clock& clock, std::function<void(const Error&)> failed)
    : Retention(loop, clock, std::move(failed), Pace{})
{
}

Retention::Retention(Loop& loop, Clock& clock, std::function<void(const Error&)> failed, Pace pace)
    : loop_(loop), clock_(clock), failed_(std::move(failed)), pace_(pace), timer_(loop, [this] { look(); })
{
}

void Retention::keep(Trail trail, std::chrono::days keep)
{
    stop();
    trail_ = std::move(trail);
    keep_ = keep;
    if (keep_ > std::chrono::days(0))
        timer_.arm(std::chrono::milliseconds(0));
}

void Retention::stop()
{
    timer_.disarm();
    look_.reset();
    trail_ = {};
}

void Retention::look()
{
    timer_.arm(pace_.between_looks);
    if (look_ && !look_->finished())
        return;
    look_ = std::make_unique<RootTask<void>>(cut_one_day());
    look_->start([this] {
        if (const auto ended = look_->take(); !ended && failed_)
            failed_(ended.error());
    });
}

Task<void> Retention::cut_one_day()
{
    using std::chrono::days;
    auto asked = trail_.oldest();
    const auto oldest = co_await asked;
    if (!oldest)
        co_return;
    const WallTime day_after = std::chrono::floor<days>(*oldest) + days(1);
    const WallTime before = std::min(clock_.now() - keep_, day_after);
    for (;;) {
        auto cutting = trail_.cut(before);
        const int rows = co_await cutting;
        if (rows == 0)
            co_return;
        auto pause = sleep_for(loop_, pace_.between_batches);
        co_await pause;
    }
}

} // namespace ssp
