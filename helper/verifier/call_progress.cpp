#include "verifier/call_progress.h"

#include <utility>

namespace ssp {

CallProgress::CallProgress(prompts::PhoneOption to, std::string still_works)
    : to_(std::move(to)), still_works_(std::move(still_works))
{
}

void CallProgress::follow(LiveCall call)
{
    call_ = std::move(call);
    told_ = CallState::unknown;
    is_new_ = true;
}

void CallProgress::tell(Attempt& attempt)
{
    const auto state = call_.state();
    const bool is_announced = is_new_ && state <= CallState::ringing;
    const bool end_was_told = is_end(state) && state == told_;
    if (!is_announced && !end_was_told) {
        attempt.put_before_next(prompts::call_stands(to_, state));
        if (is_end(state) && state != CallState::played)
            attempt.put_before_next(still_works_);
    }
    is_new_ = false;
    told_ = state;
    told_at_ = attempt.ports.clock.boot_time();
}

bool CallProgress::is_look(const Attempt& attempt) const
{
    static constexpr Seconds of_a_person{1};
    const auto state = call_.state();
    return state != told_ || (goes_on(state) && attempt.ports.clock.boot_time() - told_at_ >= of_a_person);
}

bool call_can_finish(const Attempt& attempt)
{
    const auto left = attempt.time_left();
    return !left || *left >= call_needs;
}

} // namespace ssp
