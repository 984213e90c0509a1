#include "loop/sleep.h"

#include <coroutine>
#include <memory>

namespace ssp {

namespace {

/// Lives in the frame of sleep_for().
class Sleep {
public:
    Sleep(Loop& loop, std::chrono::milliseconds wait)
        : loop_(loop), wait_(wait), timer_(loop, [this] { wake_later(); })
    {
    }
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> sleeper)
    {
        sleeper_ = sleeper;
        timer_.arm(wait_);
    }
    void await_resume() const noexcept {}

private:
    /// On the next turn: who wakes up may destroy this timer, which is the caller now.
    void wake_later()
    {
        loop_.later([sleeper = sleeper_, alive = std::weak_ptr(alive_)] {
            if (!alive.expired())
                sleeper.resume();
        });
    }

    Loop& loop_;
    std::chrono::milliseconds wait_;
    std::coroutine_handle<> sleeper_;
    std::shared_ptr<char> alive_ = std::make_shared<char>(); ///< ends with this object
    Timer timer_;
};

} // namespace

Task<void> sleep_for(Loop& loop, std::chrono::milliseconds wait)
{
    Sleep sleep(loop, wait);
    co_await sleep;
}

} // namespace ssp
