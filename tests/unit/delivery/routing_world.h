#pragma once
// Providers that follow a script, around a router whose time stands still until one of them takes some.
#include "delivery/routing/router.h"

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "messages.h"
#include "support/counting_random.h"
#include "support/manual_clock.h"

namespace ssp::testing {

inline constexpr auto every_outcome = std::to_array<DeliveryOutcome>(
    {DeliveryOutcome::accepted, DeliveryOutcome::queued, DeliveryOutcome::bad_number, DeliveryOutcome::retry,
     DeliveryOutcome::credentials, DeliveryOutcome::configuration, DeliveryOutcome::unknown});

/// What a provider will answer once.
struct Answer {
    DeliveryOutcome outcome = DeliveryOutcome::accepted;
    bool surely_not_sent = false;
    Seconds takes{0};
};

/// A call that is on its way for ever.
class EndlessCall final : public OngoingCall {
public:
    Task<CallState> next() override { co_return CallState::calling; }
};

/// A gateway of this test's making. Without an answer left it accepts.
class FakeProvider final : public Provider {
public:
    explicit FakeProvider(ManualClock& clock) : clock_(clock) {}
    Task<Handover> send(const OutboundMessage& message) override
    {
        codes.push_back(std::string(message.text.reveal()) + std::string(message.digits.reveal()));
        deadlines.push_back(message.deadline);
        Answer answer;
        if (!answers.empty()) {
            answer = answers.front();
            answers.pop_front();
        }
        clock_.advance(std::min(answer.takes, message.deadline));
        Handover handover;
        handover.outcome = answer.outcome;
        handover.surely_not_sent = answer.surely_not_sent || is_full;
        handover.is_full = is_full;
        handover.said = "the gateway's words";
        if (breaks)
            co_return Error{ErrorKind::internal, "planted: +12055550123"};
        if (message.channel == Channel::voice_call)
            handover.call = std::make_unique<EndlessCall>();
        co_return handover;
    }
    std::deque<Answer> answers;
    bool is_full = false;           ///< each answer says so
    bool breaks = false;            ///< ends with an Error, which no provider should
    std::vector<std::string> codes; ///< one for each time it was asked
    std::vector<Seconds> deadlines;

private:
    ManualClock& clock_;
};

/// A router over providers a, b, c, ... that carry both channels.
struct RoutingWorld {
    explicit RoutingWorld(std::size_t providers, std::vector<RouteConfig> routes = {})
    {
        DeliveryConfig config;
        config.routes = std::move(routes);
        std::vector<std::unique_ptr<Provider>> made;
        for (std::size_t i = 0; i < providers; ++i) {
            ProviderConfig provider;
            provider.name = std::string(1, static_cast<char>('a' + i));
            provider.text_message = provider.voice_call = true;
            config.providers.push_back(std::move(provider));
            auto fake = std::make_unique<FakeProvider>(clock);
            fakes.push_back(fake.get());
            made.push_back(std::move(fake));
        }
        router.set_up(config, std::move(made));
    }
    Handover send(OutboundMessage message, std::string region = "US")
    {
        steps.clear();
        auto sent = run_now(router.send(std::move(message), std::move(region), note()));
        if (!sent)
            throw std::runtime_error(sent.error().detail);
        return std::move(*sent);
    }
    Handover try_provider(OutboundMessage message, std::string name)
    {
        steps.clear();
        auto sent = run_now(router.try_provider(std::move(message), std::move(name), note()));
        if (!sent)
            throw std::runtime_error(sent.error().detail);
        return std::move(*sent);
    }
    Router::Steps note()
    {
        return [this](std::string step) { steps.push_back(std::move(step)); };
    }
    Task<void> pause(std::chrono::milliseconds wait)
    {
        pauses.push_back(wait);
        co_return;
    }
    FakeProvider& operator[](std::size_t place) { return *fakes[place]; }
    const Health& health(std::size_t place) const { return router.lines()[place].health; }

    ManualClock clock;
    CountingRandom random;
    std::vector<std::chrono::milliseconds> pauses;
    std::vector<std::string> steps;
    std::vector<FakeProvider*> fakes;
    Router router{{clock, random, [this](std::chrono::milliseconds wait) { return pause(wait); }}};
};

} // namespace ssp::testing
