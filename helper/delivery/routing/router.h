#pragma once
// A message on its way through its providers: who is asked, how long, and what is written down about it.
#include "base/clock.h"
#include "base/random.h"
#include "config/config.h"
#include "delivery/providers/provider.h"
#include "delivery/routing/attempts.h"
#include "delivery/routing/health.h"
#include "delivery/routing/route.h"

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ssp {

/// What surrounds a router; all of it outlives it.
struct Surroundings {
    const Clock& clock;
    Random& random;
    /// Waits without blocking the loop.
    std::function<Task<void>(std::chrono::milliseconds)> wait;
};

/// The providers of one configuration and their health.
class Router {
public:
    explicit Router(Surroundings surroundings) : around_(std::move(surroundings)) {}

    /// One provider.
    struct Line {
        Line(const ProviderConfig& config, std::unique_ptr<Provider> its_provider, const Clock& clock)
            : name(config.name), kind(config.kind), text_message(config.text_message),
              voice_call(config.voice_call), provider(std::move(its_provider)), health(clock)
        {
        }
        bool carries(Channel channel) const noexcept
        {
            return channel == Channel::text_message ? text_message : voice_call;
        }
        std::string name;
        ProviderKind kind;
        bool text_message;
        bool voice_call;
        std::unique_ptr<Provider> provider;
        Health health;
    };

    /// Before the first message: `providers`, made from those of `config` in their order.
    void set_up(const DeliveryConfig& config, std::vector<std::unique_ptr<Provider>> providers);

    /// Is told each step in words, as it happens: printable ASCII, no number, no code.
    using Steps = std::function<void(std::string step)>;

    /// Hands `message` over, whose number was judged and lies in `region`, by the rules of attempts.h and
    /// within message.deadline. Each attempt is one line of the journal: provider, outcome, what the gateway
    /// said, milliseconds, two digits of the number; so is a breaker that opens or closes. `steps` may be
    /// empty. configuration: no provider carries this channel to this region. retry: nobody could be asked,
    /// because every breaker is open or too little time is left. This object outlives the task.
    Task<Handover> send(OutboundMessage message, std::string region, Steps steps);

    /// As send(), but to the provider of this name alone, once, whatever its breaker says; for an
    /// administrator's trial. configuration: there is no such provider, or it does not carry the channel.
    Task<Handover> try_provider(OutboundMessage message, std::string name, Steps steps);

    const std::deque<Line>& lines() const noexcept { return lines_; }

private:
    Task<Handover> ask(const OutboundMessage& message, Line& line, Health::Attempt attempt,
                       const Steps& steps);
    std::chrono::milliseconds jitter() const;
    std::string names_of(const std::vector<std::size_t>& places) const;

    Surroundings around_;
    std::deque<Line> lines_;
    std::optional<Routes> routes_;
};

} // namespace ssp
