#include "command/utc_time.h"

#include <ctime>
#include <fmt/chrono.h>

namespace ssp::command {

std::optional<WallTime> read_utc_time(const std::string& text)
{
    const auto whole = text.find('T') == std::string::npos ? text + "T00:00:00Z" : text;
    std::tm parts = {};
    const char* end = ::strptime(whole.c_str(), "%Y-%m-%dT%H:%M:%SZ", &parts);
    if (end == nullptr || *end != '\0')
        return std::nullopt;
    const auto seconds = ::timegm(&parts);
    const WallTime time{Seconds(seconds)};
    if (seconds < 0 || utc_text(time) != whole) // "2026-02-31", "2026-1-1"
        return std::nullopt;
    return time;
}

std::string utc_text(WallTime time) { return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", time); }

} // namespace ssp::command
