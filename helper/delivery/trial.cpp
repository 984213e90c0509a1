#include "delivery/trial.h"

#include <fmt/format.h>

namespace ssp {

Result<OutboundMessage> trial_message(const TrialRequest& request, std::string_view to,
                                      std::string_view organisation, Random& random)
{
    const auto reference = random.text(32, "0123456789abcdef");
    if (!reference)
        return reference.error();
    OutboundMessage message;
    message.channel = request.channel;
    message.to = SecretString(to);
    if (request.channel == Channel::text_message)
        message.text = SecretString(fmt::format("This is a test of {}. It holds no code.", organisation));
    else
        message.digits = SecretString(std::string_view("00000"));
    message.tag = "00";
    message.language = request.language;
    message.reference = std::string(reference->reveal());
    return message;
}

} // namespace ssp
