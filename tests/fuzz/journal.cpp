// A line of the journal: whoever chooses a value (a user name, an address) forges neither a line nor a field.
// The input is cut at its NUL bytes: message, then a value for each field.
#include "loop/journal.h"
#include "fuzz.h"

#include <algorithm>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const auto text = ssp::testing::text_of(data, size);
    const auto first = std::min(text.find('\0'), text.size());
    const auto second = std::min(text.find('\0', std::min(first + 1, size)), size);
    const auto user = text.substr(0, first);
    const auto source = text.substr(std::min(first + 1, size), second - std::min(first + 1, second));

    ssp::testing::understood = true;
    const auto line = ssp::journal_line("signed in", {{"user", user}, {"source", source}});
    MUST(std::ranges::all_of(line, [](char c) { return c >= 0x20 && c <= 0x7e; }));
    MUST(line.starts_with("signed in user="));

    // Read back: outside quotes there is exactly one " source=", and behind it the value as journal_line()
    // writes it alone.
    bool quoted = false;
    std::size_t found = 0;
    std::size_t at = 0;
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (line[i] == '"')
            quoted = !quoted;
        else if (!quoted && std::string_view(line).substr(i).starts_with(" source=")) {
            ++found;
            at = i;
        }
    }
    MUST(!quoted && found == 1);
    const auto alone = ssp::journal_line("", {{"source", source}});
    MUST(line.substr(at) == alone);
    return 0;
}
