#include "delivery/local_delivery.h"

#include "delivery/providers/message_json.h"
#include "delivery/providers/open_provider.h"
#include "loop/journal.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace ssp {

namespace {

std::string_view word(DeliveryOutcome outcome)
{
    switch (outcome) {
    case DeliveryOutcome::accepted: return "accepted";
    case DeliveryOutcome::queued: return "queued";
    case DeliveryOutcome::bad_number: return "bad-number";
    case DeliveryOutcome::retry: return "retry";
    case DeliveryOutcome::credentials: return "credentials";
    case DeliveryOutcome::configuration: return "configuration";
    case DeliveryOutcome::unknown: return "unknown";
    }
    return "unknown";
}

Severity severity_of(DeliveryOutcome outcome)
{
    switch (outcome) {
    case DeliveryOutcome::accepted:
    case DeliveryOutcome::queued: return Severity::info;
    case DeliveryOutcome::credentials:
    case DeliveryOutcome::configuration: return Severity::error; // no message will pass until it is repaired
    default: return Severity::warning;
    }
}

} // namespace

Result<std::shared_ptr<LocalDelivery>> LocalDelivery::open(const DeliveryConfig& config, Programs& programs,
                                                           const Clock& clock)
{
    std::shared_ptr<LocalDelivery> delivery(new LocalDelivery(config.phones));
    for (const auto& one : config.providers) {
        auto provider = open_provider(one, config.demo, programs, clock);
        if (!provider)
            return provider.error();
        delivery->lines_.push_back({one.name, one.text_message, one.voice_call, std::move(*provider)});
    }
    return delivery;
}

NumberJudgement LocalDelivery::judge(std::string_view typed, Channel channel, const std::string& region) const
{
    return judge_.judge(typed, channel, region);
}

Task<Handover> LocalDelivery::hand_over(const OutboundMessage& message)
{
    const auto began = std::chrono::steady_clock::now();
    const Line* line = line_for(message.channel);
    Handover handover;
    if (line == nullptr) {
        handover.outcome = DeliveryOutcome::configuration;
    } else if (!judge_.permits(message.to.reveal(), message.channel)) {
        handover.outcome = DeliveryOutcome::bad_number;
    } else {
        auto sending = line->provider->send(message);
        auto sent = co_await std::move(sending).outcome();
        if (sent)
            handover = std::move(*sent);
    }
    const auto took = std::chrono::steady_clock::now() - began;
    const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(took).count();
    journal(severity_of(handover.outcome), "message",
            {{"outcome", word(handover.outcome)},
             {"channel", word(message.channel)},
             {"provider", line == nullptr ? "none" : std::string_view(line->name)},
             {"number", masked(message.to.reveal())},
             {"reference", message.reference},
             {"said", handover.said},
             {"milliseconds", std::to_string(milliseconds)}});
    co_return handover;
}

const LocalDelivery::Line* LocalDelivery::line_for(Channel channel) const
{
    const auto carries = [channel](const Line& line) {
        return channel == Channel::text_message ? line.text_message : line.voice_call;
    };
    const auto found = std::ranges::find_if(lines_, carries);
    return found == lines_.end() ? nullptr : &*found;
}

} // namespace ssp
