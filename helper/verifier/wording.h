#pragma once
// How values become words in what people read. ASCII, English.
#include "base/clock.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ssp::prompts {

/// Longest line: a terminal of 80 columns, and none of them lost to a client that wraps at its edge.
inline constexpr std::size_t line_columns = 79;

/// Words on lines of at most `line_columns`; a longer word stands alone.
std::string wrapped(std::string_view text);
/// "5 minutes", "1 minute", "90 seconds"; rounded up, at least one second.
std::string duration(Seconds duration);
/// "23 December"; UTC.
std::string day_and_month(WallTime time);
/// "1 day", "30 days".
std::string counted(std::int64_t count, std::string_view one);
std::string capitalised(std::string text);
/// "a, b or c".
std::string joined(const std::vector<std::string>& words);
/// Printable ASCII of at most `longest` characters, at least one: what may stand in a sentence though
/// somebody else chose it.
bool is_plain(std::string_view text, std::size_t longest);

} // namespace ssp::prompts
