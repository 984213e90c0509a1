#include "command/inspection.h"

#include "protocol/delivery_codec.h"
#include "protocol/inspection_codec.h"

#include <algorithm>
#include <pwd.h>
#include <utility>

namespace ssp::command {

namespace {

constexpr std::uint32_t our_number = 1;
constexpr std::size_t most_providers = 1000;

using Clock = std::chrono::steady_clock;

/// What a state of a call means to whoever reads along.
std::string_view sentence_of(protocol::CallProgress progress)
{
    using enum protocol::CallProgress;
    switch (progress) {
    case calling: return "call: dialled";
    case ringing: return "call: the telephone rings";
    case answered: return "call: answered, waits for the key 1";
    case speaking: return "call: speaks the digits";
    case played: return "call: the digits were spoken to their end";
    case no_key: return "call: nobody pressed the key 1, so no digit was spoken";
    case hung_up: return "call: hung up before the digits were spoken to their end";
    case busy: return "call: busy";
    case no_answer: return "call: nobody answered";
    case refused: return "call: refused";
    case failed: break;
    }
    return "call: failed";
}

/// Hears one trial to its end.
class Trialled {
public:
    Trialled(Wire& wire, const std::function<void(std::chrono::milliseconds, std::string_view)>& tell)
        : wire_(wire), tell_(tell)
    {
    }
    Result<TrialEnd> hear()
    {
        while (!finished_) {
            const auto payload = wire_.receive();
            if (!payload)
                return payload.error();
            if (!take(*payload))
                return wire_.not_understood();
        }
        end_.took = now();
        return end_;
    }

private:
    bool take(std::span<const char> payload)
    {
        protocol::Step step;
        protocol::Delivered delivered;
        protocol::Called called;
        protocol::Finished finished;
        if (protocol::decode(payload, step)) {
            say(std::chrono::milliseconds(step.milliseconds), step.text);
            return step.number == our_number;
        }
        if (protocol::decode(payload, delivered) && !delivered_) {
            delivered_ = true;
            end_.handover = delivered.handover;
            return delivered.number == our_number;
        }
        if (protocol::decode(payload, called)) { // the first may come before delivered
            end_.call = called.progress;
            say(now(), sentence_of(called.progress));
            return called.number == our_number;
        }
        finished_ = protocol::decode(payload, finished) && finished.number == our_number && delivered_;
        return finished_;
    }
    /// Two clocks, one order.
    void say(std::chrono::milliseconds at, std::string_view step)
    {
        last_ = std::max(last_, at);
        tell_(last_, step);
    }
    std::chrono::milliseconds now() const
    {
        return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - began_);
    }

    Wire& wire_;
    const std::function<void(std::chrono::milliseconds, std::string_view)>& tell_;
    Clock::time_point began_ = Clock::now();
    std::chrono::milliseconds last_{0};
    bool delivered_ = false;
    bool finished_ = false;
    TrialEnd end_;
};

} // namespace

HelperDoor delivery_door(const HelperConfig& config)
{
    HelperDoor door;
    door.socket = config.delivery_socket;
    door.trusted_uids = {0};
    if (const auto* user = ::getpwnam(config.delivery_user.c_str()))
        door.trusted_uids.push_back(user->pw_uid);
    door.patience = std::chrono::minutes(2); // longer than a call rings or speaks
    door.program = "ssp-mfa-deliveryd";
    return door;
}

Result<std::vector<ProviderHealth>> survey_providers(const HelperDoor& door)
{
    auto wire = Wire::connect(door);
    if (!wire)
        return wire.error();
    if (const auto sent = wire->send(protocol::Survey{our_number}); !sent)
        return sent.error();
    std::vector<ProviderHealth> all;
    for (;;) {
        const auto payload = wire->receive();
        if (!payload)
            return payload.error();
        protocol::Finished finished;
        if (protocol::decode(*payload, finished) && finished.number == our_number)
            return all;
        ProviderHealth one;
        if (!protocol::decode(*payload, one.figures) || one.figures.number != our_number ||
            all.size() == most_providers)
            return wire->not_understood();
        one.name = std::exchange(one.figures.provider, {});
        one.kind = std::exchange(one.figures.kind, {});
        one.said = std::exchange(one.figures.said, {});
        all.push_back(std::move(one));
    }
}

Result<TrialEnd>
run_trial(const HelperDoor& door, protocol::Trial trial,
          const std::function<void(std::chrono::milliseconds at, std::string_view step)>& tell)
{
    auto wire = Wire::connect(door);
    if (!wire)
        return wire.error();
    trial.number = our_number;
    if (const auto sent = wire->send(trial); !sent)
        return sent.error();
    return Trialled(*wire, tell).hear();
}

std::string_view word(protocol::Handover handover) noexcept
{
    using enum protocol::Handover;
    switch (handover) {
    case accepted: return "accepted";
    case queued: return "queued";
    case bad_number: return "bad-number";
    case retry: return "retry";
    case credentials: return "credentials";
    case configuration: return "configuration";
    case unknown: break;
    }
    return "unknown";
}

std::string_view word(protocol::CallProgress progress) noexcept
{
    using enum protocol::CallProgress;
    switch (progress) {
    case calling: return "calling";
    case ringing: return "ringing";
    case answered: return "answered";
    case speaking: return "speaking";
    case played: return "played";
    case no_key: return "no-key";
    case hung_up: return "hung-up";
    case busy: return "busy";
    case no_answer: return "no-answer";
    case refused: return "refused";
    case failed: break;
    }
    return "failed";
}

std::string_view word(protocol::BreakerState state) noexcept
{
    switch (state) {
    case protocol::BreakerState::closed: return "closed";
    case protocol::BreakerState::open: return "open";
    case protocol::BreakerState::half_open: break;
    }
    return "half-open";
}

} // namespace ssp::command
