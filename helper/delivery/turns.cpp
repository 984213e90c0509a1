#include "delivery/turns.h"

namespace ssp {

Turns::Turn::Turn(Turns& turns, std::chrono::milliseconds patience)
    : turns_(turns), patience_(patience), late_(turns.loop_, [this] { wake(false); })
{
}

Turns::Turn::~Turn()
{
    turns_.waiting_.remove(this);
    if (!has_place_)
        return;
    ++turns_.free_;
    // Not here: whoever is woken may destroy what is being destroyed.
    turns_.loop_.later([turns = &turns_, alive = std::weak_ptr(turns_.alive_)] {
        if (!alive.expired())
            turns->hand_out();
    });
}

bool Turns::Turn::await_ready() noexcept
{
    // Nobody is overtaken: a place that is free now may be meant for who waits.
    if (turns_.free_ == 0 || !turns_.waiting_.empty())
        return false;
    --turns_.free_;
    has_place_ = true;
    return true;
}

void Turns::Turn::await_suspend(std::coroutine_handle<> waiter)
{
    waiter_ = waiter;
    turns_.waiting_.push_back(this);
    late_.arm(patience_);
}

/// May destroy this object.
void Turns::Turn::wake(bool with_place)
{
    turns_.waiting_.remove(this);
    late_.disarm();
    has_place_ = with_place;
    waiter_.resume();
}

void Turns::hand_out()
{
    while (free_ > 0 && !waiting_.empty()) {
        --free_;
        waiting_.front()->wake(true);
    }
}

} // namespace ssp
