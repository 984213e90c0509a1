#pragma once
// Which time steps of one authenticator app were spent. Pure.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ssp {

struct StepRange {
    std::int64_t from = 0;
    std::int64_t to = 0; ///< included
    bool operator==(const StepRange&) const = default;
};

/// All steps up to `last`; and `later` ones, which were accepted while the clock was ahead. A step of those
/// comes again when the time is there, and then its code must not work once more.
struct SpentSteps {
    std::int64_t last = 0;
    std::vector<StepRange> later;
    bool operator==(const SpentSteps&) const = default;

    bool covers(std::int64_t step) const noexcept;

    /// The clock was set right: `last` comes back to what is on a screen now, and what lies between
    /// `ahead_from`, the first step of the time in which the clock was ahead, and the old `last` stays spent.
    /// False: `last` was not ahead.
    bool set_right(std::int64_t step_now, std::int64_t ahead_from);
};

/// "FROM-TO,FROM-TO"; of `text` whatever reads so.
std::string text_of(const std::vector<StepRange>& ranges);
std::vector<StepRange> step_ranges_of(std::string_view text);

} // namespace ssp
