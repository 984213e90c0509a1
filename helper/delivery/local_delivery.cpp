#include "delivery/local_delivery.h"

#include "delivery/providers/message_json.h"
#include "delivery/routing/words.h"
#include "loop/journal.h"

#include <fmt/format.h>
#include <utility>

namespace ssp {

Result<std::shared_ptr<LocalDelivery>>
LocalDelivery::open(const DeliveryConfig& config, const ProviderTools& tools, Surroundings surroundings)
{
    std::shared_ptr<LocalDelivery> delivery(new LocalDelivery(config, surroundings));
    std::vector<std::unique_ptr<Provider>> providers;
    for (const auto& one : config.providers) {
        auto provider = open_provider(one, config, tools);
        if (!provider)
            return provider.error();
        providers.push_back(std::move(*provider));
    }
    delivery->router_.set_up(config, std::move(providers));
    return delivery;
}

NumberJudgement LocalDelivery::judge(std::string_view typed, Channel channel, const std::string& region) const
{
    return judge_.judge(typed, channel, region);
}

Task<Handover> LocalDelivery::hand_over(OutboundMessage message)
{
    // No region: only a number with "+" is read.
    const auto judgement = judge_.judge(message.to.reveal(), message.channel, "ZZ");
    if (!judgement.usable || !judgement.e164.equals(message.to.reveal())) {
        journal(Severity::warning, "message refused: the number is not permitted",
                {{"outcome", word(DeliveryOutcome::bad_number)},
                 {"channel", word(message.channel)},
                 {"number", masked(message.to.reveal())},
                 {"reference", message.reference}});
        Handover refused;
        refused.outcome = DeliveryOutcome::bad_number;
        co_return refused;
    }
    auto sending = router_.send(std::move(message), judgement.region, {});
    auto handover = co_await std::move(sending);
    co_return handover;
}

Task<Handover> LocalDelivery::try_out(TrialRequest request, Router::Steps steps)
{
    const auto judgement = judge_.judge(request.typed.reveal(), request.channel, request.region);
    Handover refused;
    if (!judgement.usable) {
        steps("the number cannot be used: " + judgement.reason);
        refused.outcome = DeliveryOutcome::bad_number;
        co_return refused;
    }
    steps(fmt::format("the number {} can be used, its region is {}", masked(judgement.e164.reveal()),
                      judgement.region));
    auto message = trial_message(request, judgement.e164.reveal(), organisation_, random_);
    if (!message) {
        steps("no reference for the message can be drawn");
        refused.outcome = DeliveryOutcome::retry;
        co_return refused;
    }
    auto sending = request.provider.empty()
                       ? router_.send(std::move(*message), judgement.region, std::move(steps))
                       : router_.try_provider(std::move(*message), request.provider, std::move(steps));
    auto handover = co_await std::move(sending);
    co_return handover;
}

} // namespace ssp
