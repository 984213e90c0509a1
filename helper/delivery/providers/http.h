#pragma once
#include "config/config.h"
#include "delivery/providers/open_provider.h"
#include "delivery/providers/provider.h"

#include <chrono>
#include <memory>

namespace ssp {

/// Hands each message to a gateway by one HTTP request, which its file describes (ssp-mfa.toml(5), kind =
/// "http"). One request for each message, never a second one by itself.
class HttpProvider final : public Provider {
public:
    /// What `tools` refers to outlives what is made. Errors: configuration: an expression or key that is
    /// none, with its place; a program that cannot be executed. `between_polls`: how often [status] is asked.
    static Result<std::unique_ptr<Provider>>
    open(const ProviderConfig& config, const DeliveryConfig& whole, const ProviderTools& tools,
         std::chrono::milliseconds between_polls = std::chrono::seconds(2));

    class Gateway;
    explicit HttpProvider(std::shared_ptr<Gateway> gateway);
    ~HttpProvider() override;
    /// The outcome is that of the file's rules. retry, surely_not_sent: the request did not leave.
    /// configuration, surely_not_sent: nor did it, because of a certificate, or a value that no header field
    /// can hold. unknown: it left, and no whole answer came. A call whose file has [status] is followed;
    /// hanging up is left to the gateway: most have no way, and the code that is still spoken is void.
    Task<Handover> send(const OutboundMessage& message) override;

private:
    std::shared_ptr<Gateway> gateway_; ///< calls that go on share it
};

} // namespace ssp
