#pragma once
#include "base/clock.h"

#include <optional>
#include <string>

namespace ssp::command {

/// "2026-11-24T08:00:00Z" or "2026-11-24", its midnight; in UTC, years 1970 to 9999. Nothing for all else.
std::optional<WallTime> read_utc_time(const std::string& text);

/// "2026-11-24T08:00:00Z".
std::string utc_text(WallTime time);

} // namespace ssp::command
