#pragma once
// A voice call that somebody at a prompt waits for.
#include "verifier/attempt.h"
#include "verifier/live_call.h"
#include "verifier/prompts.h"

#include <string>

namespace ssp {

/// What the person has been told about their call. sshd shows text with the next prompt only, so that each
/// prompt says how the call stands, and the first one after its end how it ended.
class CallProgress {
public:
    /// `still_works`: put under an end that leaves the person without a code. `to`: whom is called.
    CallProgress(prompts::PhoneOption to, std::string still_works);

    /// A new call; it was announced in words already. The one before must be hung up.
    void follow(LiveCall call);
    /// Puts before the next question what the call does now.
    void tell(Attempt& attempt);
    /// Called when a question was answered with nothing. True: somebody looks how the call stands. That is so
    /// if there is something new to see, or if a call goes on and the question stood for a second at least:
    /// clients without a terminal answer within milliseconds.
    bool is_look(const Attempt& attempt) const;
    LiveCall& call() noexcept { return call_; }

private:
    bool goes_on(CallState state) const noexcept { return state != CallState::unknown && !is_end(state); }

    prompts::PhoneOption to_;
    std::string still_works_;
    LiveCall call_;
    CallState told_ = CallState::unknown;
    bool is_new_ = true;
    BootTime told_at_{};
};

/// False when a call begun now could not be waited for: ringing, listening and typing take call_needs.
bool call_can_finish(const Attempt& attempt);

/// 25 seconds of ringing, 17 of speech, 10 of typing.
inline constexpr Seconds call_needs{52};

} // namespace ssp
