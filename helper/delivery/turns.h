#pragma once
// How many of something expensive run at once; the others wait for their turn.
#include "loop/loop.h"

#include <chrono>
#include <coroutine>
#include <list>
#include <memory>

namespace ssp {

/// Hands out places, in the order in which they were asked for. Outlives whoever waits.
class Turns {
public:
    /// `most`: places, 1 or more.
    Turns(Loop& loop, std::size_t most) : loop_(loop), free_(most) {}
    Turns(const Turns&) = delete;
    Turns& operator=(const Turns&) = delete;

    /// A place, asked for by awaiting this object, and given back when it goes. Lives in the frame of a task;
    /// destroying it while it waits gives up.
    class Turn {
    public:
        /// `patience`: how long to wait.
        Turn(Turns& turns, std::chrono::milliseconds patience);
        ~Turn();
        Turn(const Turn&) = delete;
        Turn& operator=(const Turn&) = delete;

        bool await_ready() noexcept;
        void await_suspend(std::coroutine_handle<> waiter);
        /// False: none became free in time.
        bool await_resume() const noexcept { return has_place_; }

    private:
        friend class Turns;
        void wake(bool with_place);

        Turns& turns_;
        std::chrono::milliseconds patience_;
        bool has_place_ = false;
        std::coroutine_handle<> waiter_;
        Timer late_;
    };

private:
    void hand_out();

    Loop& loop_;
    std::size_t free_;
    std::list<Turn*> waiting_;
    std::shared_ptr<char> alive_ = std::make_shared<char>(); ///< ends with this object
};

} // namespace ssp
