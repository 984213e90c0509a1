#include "store/spent_steps.h"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>

namespace ssp {

bool SpentSteps::covers(std::int64_t step) const noexcept
{
    return step <= last || std::ranges::any_of(later, [step](const StepRange& range) {
               return range.from <= step && step <= range.to;
           });
}

bool SpentSteps::set_right(std::int64_t step_now, std::int64_t ahead_from)
{
    const auto on_screen = step_now + 1; // the furthest that is accepted now
    if (last <= on_screen)
        return false;
    std::erase_if(later, [step_now](const StepRange& range) { return range.to < step_now; });
    later.push_back({std::clamp(ahead_from, on_screen + 1, last), last});
    last = on_screen;
    return true;
}

std::string text_of(const std::vector<StepRange>& ranges)
{
    std::string text;
    for (const auto& range : ranges)
        text += fmt::format("{}{}-{}", text.empty() ? "" : ",", range.from, range.to);
    return text;
}

std::vector<StepRange> step_ranges_of(std::string_view text)
{
    std::vector<StepRange> ranges;
    const char* at = text.data();
    const char* const end = at + text.size();
    while (at < end) {
        StepRange range;
        const auto from = std::from_chars(at, end, range.from);
        if (from.ptr == end || *from.ptr != '-')
            return ranges;
        const auto to = std::from_chars(from.ptr + 1, end, range.to);
        ranges.push_back(range);
        at = to.ptr == end ? end : to.ptr + 1;
    }
    return ranges;
}

} // namespace ssp
