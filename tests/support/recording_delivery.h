#pragma once
#include "verifier/ports.h"

#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace ssp::testing {

/// Carries nothing and keeps everything. Numbers of ten digits are American ones, "+..." is taken as it is.
class RecordingDelivery final : public Delivery {
public:
    Task<NumberJudgement> judge_number(SecretString typed, Channel channel, std::string) override
    {
        ++judged;
        if (down)
            return no_judgement();
        if (refused)
            return judgement("", "Numbers of this country are not permitted.");
        std::string digits;
        for (const char c : typed.reveal())
            if (c >= '0' && c <= '9')
                digits += c;
        std::string e164;
        if (typed.reveal().starts_with('+'))
            e164 = "+" + digits;
        else if (digits.size() == 10)
            e164 = "+1" + digits;
        if (!judged_instead.empty())
            e164 = judged_instead;
        if (e164.empty())
            return judgement("", channel == Channel::voice_call ? "This is not a telephone number."
                                                                : "This is not a mobile number.");
        return judgement(std::move(e164), "");
    }

    Task<DeliveryOutcome> deliver(OutboundMessage message) override
    {
        if (on_deliver)
            on_deliver();
        if (down)
            return not_delivered();
        messages.push_back(std::move(message));
        if (new_calls != CallState::unknown && messages.back().channel == Channel::voice_call)
            call_is(new_calls);
        if (never_ends)
            return wait();
        auto outcome = DeliveryOutcome::accepted;
        if (!outcomes.empty()) {
            outcome = outcomes.front();
            outcomes.pop_front();
        }
        return delivered(outcome);
    }

    CallState call_state(const std::string& reference) const override
    {
        const auto found = calls.find(reference);
        return found == calls.end() ? CallState::unknown : found->second;
    }
    void release(const std::string& reference) noexcept override { released.push_back(reference); }

    /// The code in message number `index`; the last one without it.
    std::string code(std::size_t index) const
    {
        const auto& message = messages.at(index);
        if (message.channel == Channel::voice_call)
            return std::string(message.digits.reveal());
        return std::string(message.text.reveal().substr(message.tag.size() + 1, 6));
    }
    std::string last_code() const { return code(messages.size() - 1); }

    /// How the last call stands from now on.
    void call_is(CallState state) { calls[messages.back().reference] = state; }

    std::vector<OutboundMessage> messages;
    CallState new_calls = CallState::unknown; ///< how each call stands when it was handed over
    std::map<std::string, CallState> calls;   ///< by reference: how each stands
    std::vector<std::string> released;        ///< references, in their order
    std::deque<DeliveryOutcome> outcomes;     ///< what comes next; accepted when there is none
    std::function<void()> on_deliver;         ///< looked at before anything leaves the house
    std::string region = "US";                ///< of every number
    std::string judged_instead;               ///< the number that a judge who lies puts in the place of each
    bool down = false;
    bool refused = false; ///< every number
    bool never_ends = false;
    int judged = 0;

private:
    [[clang::no_sanitize("function")]] Task<NumberJudgement> judgement(std::string e164, std::string reason)
    {
        NumberJudgement out;
        out.usable = !e164.empty();
        out.e164 = SecretString(e164);
        out.region = out.usable ? region : "";
        out.reason = std::move(reason);
        co_return out;
    }
    [[clang::no_sanitize("function")]] static Task<NumberJudgement> no_judgement()
    {
        co_return Error{ErrorKind::delivery_unavailable, "planted"};
    }
    [[clang::no_sanitize("function")]] static Task<DeliveryOutcome> delivered(DeliveryOutcome outcome)
    {
        co_return outcome;
    }
    [[clang::no_sanitize("function")]] static Task<DeliveryOutcome> not_delivered()
    {
        co_return Error{ErrorKind::delivery_unavailable, "planted"};
    }
    [[clang::no_sanitize("function")]] static Task<DeliveryOutcome> wait()
    {
        const std::suspend_always for_ever;
        co_await for_ever;
        co_return DeliveryOutcome::accepted;
    }
};

} // namespace ssp::testing
