#include "delivery/routing/router.h"

#include "delivery/phone_number.h"
#include "delivery/providers/message_json.h"
#include "delivery/routing/words.h"
#include "loop/journal.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace ssp {

namespace {

constexpr std::chrono::milliseconds least_pause{200};
constexpr std::chrono::milliseconds longest_pause{500};
constexpr Seconds least_for_a_text{1};
constexpr Seconds least_for_a_call{5}; ///< to connect, and to hear that it rings

Seconds least_time(Channel channel)
{
    return channel == Channel::voice_call ? least_for_a_call : least_for_a_text;
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

void tell(const Router::Steps& steps, std::string step)
{
    if (steps)
        steps(std::move(step));
}

void write_down(const OutboundMessage& message, std::string_view provider, const Handover& handover,
                std::chrono::milliseconds took)
{
    journal(severity_of(handover.outcome), "message",
            {{"outcome", word(handover.outcome)},
             {"channel", word(message.channel)},
             {"provider", provider},
             {"number", masked(message.to.reveal())},
             {"reference", message.reference},
             {"said", handover.said},
             {"milliseconds", std::to_string(took.count())}});
}

void write_down(const Router::Line& line, BreakerChange change, const Handover& handover)
{
    if (change == BreakerChange::none)
        return;
    if (change == BreakerChange::closed)
        return journal(Severity::notice, "provider works again", {{"provider", line.name}});
    const auto rest = std::chrono::ceil<Seconds>(line.health.rest());
    const bool needs_repair = severity_of(handover.outcome) == Severity::error;
    journal(needs_repair ? Severity::error : Severity::warning, "provider is not asked for a while",
            {{"provider", line.name},
             {"outcome", word(handover.outcome)},
             {"said", handover.said},
             {"seconds", std::to_string(rest.count())}});
}

/// Nobody was asked.
Handover unsent(const OutboundMessage& message, const Router::Steps& steps, DeliveryOutcome outcome,
                std::string said)
{
    tell(steps, said);
    Handover handover;
    handover.outcome = outcome;
    handover.said = std::move(said);
    handover.surely_not_sent = true;
    write_down(message, "none", handover, std::chrono::milliseconds(0));
    return handover;
}

std::string resting(const Router::Line& line)
{
    const auto rest = std::chrono::ceil<Seconds>(line.health.rest()).count();
    return rest == 0 ? fmt::format("{}: not asked, another message finds out if it works again", line.name)
                     : fmt::format("{}: not asked for {} s more, it failed too often", line.name, rest);
}

} // namespace

void Router::set_up(const DeliveryConfig& config, std::vector<std::unique_ptr<Provider>> providers)
{
    for (std::size_t i = 0; i < providers.size(); ++i)
        lines_.emplace_back(config.providers[i], std::move(providers[i]), around_.clock);
    routes_.emplace(config.routes, config.providers);
}

std::string Router::names_of(const std::vector<std::size_t>& places) const
{
    std::string list;
    for (const auto place : places)
        list += (list.empty() ? "" : ", ") + lines_[place].name;
    return list;
}

Task<Handover> Router::send(OutboundMessage message, std::string region, Steps steps)
{
    auto route = routes_->providers_for(message.channel, region);
    if (!route.empty())
        tell(steps, fmt::format("the route to {} is {}", region, names_of(route)));
    Attempts attempts(message.channel, std::move(route));
    const Budget budget(around_.clock, message.deadline);
    std::optional<Handover> last;
    while (const auto place = attempts.provider()) {
        Line& line = lines_[*place];
        if (attempts.again()) {
            const auto pause = jitter();
            if (!budget.bears(pause))
                break;
            tell(steps, fmt::format("{}: asked again in {} ms", line.name, pause.count()));
            auto waiting = around_.wait(pause);
            co_await std::move(waiting);
        }
        message.deadline = budget.left();
        if (message.deadline < least_time(message.channel)) {
            tell(steps, "no time is left to ask another provider");
            break;
        }
        auto admitted = line.health.admit();
        if (!admitted) {
            tell(steps, resting(line));
            attempts.passed_over();
            continue;
        }
        auto asking = ask(message, line, std::move(*admitted), steps);
        last = co_await std::move(asking);
        attempts.answered(last->outcome, last->surely_not_sent);
    }
    const auto outcome = attempts.outcome();
    if (!last)
        co_return unsent(message, steps, outcome,
                         outcome == DeliveryOutcome::configuration
                             ? fmt::format("no provider carries a {} to {}", word(message.channel), region)
                             : std::string("no provider could be asked"));
    if (!is_handed_over(outcome))
        last->call.reset();
    last->outcome = outcome;
    co_return std::move(*last);
}

Task<Handover> Router::try_provider(OutboundMessage message, std::string name, Steps steps)
{
    const auto line = std::ranges::find(lines_, name, &Line::name);
    if (line == lines_.end())
        co_return unsent(message, steps, DeliveryOutcome::configuration, "there is no provider " + name);
    if (!line->carries(message.channel))
        co_return unsent(message, steps, DeliveryOutcome::configuration,
                         fmt::format("{} does not carry a {}", line->name, word(message.channel)));
    auto asking = ask(message, *line, line->health.insist(), steps);
    auto handover = co_await std::move(asking);
    co_return handover;
}

Task<Handover> Router::ask(const OutboundMessage& message, Line& line, Health::Attempt attempt,
                           const Steps& steps)
{
    tell(steps, fmt::format("{}: asked, {} s for its answer at most", line.name, message.deadline.count()));
    auto sending = line.provider->send(message);
    auto sent = co_await std::move(sending).outcome();
    Handover handover;
    if (sent)
        handover = std::move(*sent);
    else
        handover.said =
            fmt::format("our own fault: {}", word(sent.error().kind)); // its detail is for nobody else
    const auto took = attempt.took();
    // Else a storm of our own making would open the breaker of a provider that works.
    const auto change = handover.is_full ? BreakerChange::none : attempt.end(handover.outcome, handover.said);
    write_down(message, line.name, handover, took);
    write_down(line, change, handover);
    tell(steps, fmt::format("{}: {} after {} ms{}{}", line.name, word(handover.outcome), took.count(),
                            handover.said.empty() ? "" : ": ", handover.said));
    co_return handover;
}

/// If there is no chance to be had, the middle is as good.
std::chrono::milliseconds Router::jitter() const
{
    std::array<unsigned char, 2> bytes{};
    if (!around_.random.fill(bytes))
        return (least_pause + longest_pause) / 2;
    const auto drawn = bytes[0] * 256 + bytes[1];
    return least_pause + std::chrono::milliseconds(drawn % ((longest_pause - least_pause).count() + 1));
}

} // namespace ssp
