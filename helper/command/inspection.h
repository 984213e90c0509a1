#pragma once
// What an administrator asks ssp-mfa-deliveryd (protocol/inspection_message.h).
#include "command/wire.h"
#include "config/config.h"
#include "protocol/inspection_message.h"

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ssp::command {

/// ssp-mfa-deliveryd of this configuration.
HelperDoor delivery_door(const HelperConfig& config);

/// One provider, with texts of its own.
struct ProviderHealth {
    std::string name;
    std::string kind;
    std::string said;
    protocol::Surveyed figures; ///< its texts are empty
};

/// All providers, in the order of their names. Errors: as Wire.
Result<std::vector<ProviderHealth>> survey_providers(const HelperDoor& door);

/// How a trial ended.
struct TrialEnd {
    protocol::Handover handover = protocol::Handover::unknown;
    std::optional<protocol::CallProgress> call; ///< the last state; nothing: no call, or nobody tells
    std::chrono::milliseconds took{0};
};

/// Runs one trial, and tells each step as it happens, with the time since the beginning. Errors: as Wire;
/// malformed too when what comes is no trial.
Result<TrialEnd>
run_trial(const HelperDoor& door, protocol::Trial trial,
          const std::function<void(std::chrono::milliseconds at, std::string_view step)>& tell);

/// "bad-number".
std::string_view word(protocol::Handover handover) noexcept;
/// "no-key".
std::string_view word(protocol::CallProgress progress) noexcept;
/// "half-open".
std::string_view word(protocol::BreakerState state) noexcept;

} // namespace ssp::command
