#pragma once
// The words of the journal and of the command for what happens to a message.
#include "config/config.h"
#include "delivery/routing/health.h"
#include "verifier/ports.h"

#include <string_view>

namespace ssp {

/// "bad-number".
std::string_view word(DeliveryOutcome outcome) noexcept;
/// "outbox".
std::string_view word(ProviderKind kind) noexcept;

} // namespace ssp
