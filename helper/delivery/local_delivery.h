#pragma once
// What ssp-mfa-deliveryd does: judges numbers, and hands each message over by its route.
#include "config/config.h"
#include "delivery/phone_number.h"
#include "delivery/providers/open_provider.h"
#include "delivery/routing/router.h"
#include "delivery/trial.h"
#include "verifier/ports.h"

#include <deque>
#include <memory>
#include <string>
#include <string_view>

namespace ssp {

/// One state of the configuration; a reload makes a new one, and messages in flight end with the old.
class LocalDelivery {
public:
    /// What `tools` and `surroundings` refer to outlives what is made. Errors: configuration.
    static Result<std::shared_ptr<LocalDelivery>> open(const DeliveryConfig& config,
                                                       const ProviderTools& tools, Surroundings surroundings);

    /// As NumberJudge::judge().
    NumberJudgement judge(std::string_view typed, Channel channel, const std::string& region) const;
    /// Judges the number again, then sends the message by its route (routing/router.h).
    /// bad_number: the rules do not permit this number. This object outlives the task.
    Task<Handover> hand_over(OutboundMessage message);
    /// Judges the number of a trial, and sends its message by the routes or to the provider that it names.
    /// `steps` is told what happens. This object outlives the task.
    Task<Handover> try_out(TrialRequest request, Router::Steps steps);

    const std::deque<Router::Line>& providers() const noexcept { return router_.lines(); }

private:
    LocalDelivery(const DeliveryConfig& config, const Surroundings& surroundings)
        : judge_(config.phones), organisation_(config.organisation), random_(surroundings.random),
          router_(surroundings)
    {
    }

    NumberJudge judge_;
    std::string organisation_;
    Random& random_;
    Router router_;
};

} // namespace ssp
