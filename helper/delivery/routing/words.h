#pragma once
// The words of the journal and of the command for what happens to a message.
#include "config/config.h"
#include "delivery/routing/health.h"
#include "verifier/ports.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace ssp {

/// "bad-number".
std::string_view word(DeliveryOutcome outcome) noexcept;
/// "outbox".
std::string_view word(ProviderKind kind) noexcept;

/// For a line that people read: what is not printable ASCII becomes "?", and the rest after `most` is cut.
std::string one_line(std::string_view text, std::size_t most);

} // namespace ssp
