#pragma once
// What ssp-mfa-deliveryd does: judges numbers, and hands each message to a provider.
#include "config/config.h"
#include "delivery/phone_number.h"
#include "delivery/programs.h"
#include "delivery/providers/provider.h"
#include "verifier/ports.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ssp {

/// One state of the configuration; a reload makes a new one, and messages in flight end with the old.
class LocalDelivery {
public:
    /// `programs` and `clock` outlive what is made. Errors: configuration.
    static Result<std::shared_ptr<LocalDelivery>> open(const DeliveryConfig& config, Programs& programs,
                                                       const Clock& clock);

    /// As NumberJudge::judge().
    NumberJudgement judge(std::string_view typed, Channel channel, const std::string& region) const;
    /// Judges the number again, then gives the message to the first provider of its channel. One line of the
    /// journal says what became of it: provider, outcome, milliseconds, two digits of the number.
    /// configuration: no provider carries this channel. bad_number: the rules do not permit this number.
    /// `message` and this object outlive the task.
    Task<Handover> hand_over(const OutboundMessage& message);

private:
    struct Line {
        std::string name;
        bool text_message = false;
        bool voice_call = false;
        std::unique_ptr<Provider> provider;
    };
    explicit LocalDelivery(PhoneRules rules) : judge_(std::move(rules)) {}
    const Line* line_for(Channel channel) const;

    NumberJudge judge_;
    std::vector<Line> lines_;
};

} // namespace ssp
