#include "verifier/wording.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace ssp::prompts {

std::string counted(std::int64_t count, std::string_view one)
{
    return fmt::format("{} {}{}", count, one, count == 1 ? "" : "s");
}

std::string capitalised(std::string text)
{
    if (!text.empty() && text[0] >= 'a' && text[0] <= 'z')
        text[0] = static_cast<char>(text[0] - 'a' + 'A');
    return text;
}

std::string joined(const std::vector<std::string>& words)
{
    std::string out;
    for (std::size_t i = 0; i < words.size(); ++i)
        out += (i == 0 ? "" : i + 1 == words.size() ? " or " : ", ") + words[i];
    return out;
}

bool is_plain(std::string_view text, std::size_t longest)
{
    const auto printable = [](char c) { return c >= ' ' && c <= '~'; };
    return !text.empty() && text.size() <= longest && std::ranges::all_of(text, printable);
}

std::string wrapped(std::string_view text)
{
    std::string out;
    std::size_t line = 0;
    while (!text.empty()) {
        const auto end = std::min(text.find(' '), text.size());
        if (line > 0 && line + 1 + end > line_columns) {
            out += '\n';
            line = 0;
        } else if (line > 0) {
            out += ' ';
            ++line;
        }
        out += text.substr(0, end);
        line += end;
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return out;
}

std::string duration(Seconds duration)
{
    const auto seconds = std::max<std::int64_t>(duration.count(), 1);
    if (seconds < 120 && seconds != 60)
        return counted(seconds, "second");
    const auto minutes = (seconds + 59) / 60;
    return minutes <= 120 ? counted(minutes, "minute") : counted((minutes + 59) / 60, "hour");
}

std::string day_and_month(WallTime time)
{
    static constexpr std::array<std::string_view, 12> months{"January",   "February", "March",    "April",
                                                             "May",       "June",     "July",     "August",
                                                             "September", "October",  "November", "December"};
    const std::chrono::year_month_day date{std::chrono::floor<std::chrono::days>(time)};
    return fmt::format("{} {}", static_cast<unsigned>(date.day()),
                       months.at(static_cast<unsigned>(date.month()) - 1));
}

} // namespace ssp::prompts
