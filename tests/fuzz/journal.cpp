// A line of the journal: whoever chooses a value (a user name, an address) forges neither a line nor a field,
// and what they chose can be read back from the line byte by byte. The input is cut at its first NUL byte:
// two values, the second of which may hold NUL bytes.
#include "loop/journal.h"
#include "fuzz.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <vector>

namespace {

using Field = std::pair<std::string, std::string>;

/// One byte at `text`, as written; moves on.
std::string unescaped(std::string_view text)
{
    std::string bytes;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\') {
            bytes += text[i];
            continue;
        }
        unsigned char byte = 0;
        MUST(i + 3 < text.size() && text[i + 1] == 'x');
        MUST(std::from_chars(text.data() + i + 2, text.data() + i + 4, byte, 16).ptr == text.data() + i + 4);
        bytes += static_cast<char>(byte);
        i += 3;
    }
    return bytes;
}

/// A reader of its own, from what ssp-mfad(8) promises: " name=value" again and again to the end of the
/// line; a value ends at a space, or at the second quote if it begins with one.
std::optional<std::vector<Field>> fields_of(std::string_view rest)
{
    std::vector<Field> fields;
    while (!rest.empty()) {
        const auto equals = rest.find('=');
        if (rest[0] != ' ' || equals == std::string_view::npos)
            return std::nullopt;
        const auto name = rest.substr(1, equals - 1);
        rest.remove_prefix(equals + 1);
        const bool quoted = rest.starts_with('"');
        if (quoted)
            rest.remove_prefix(1);
        const auto end = std::min(rest.find(quoted ? '"' : ' '), rest.size());
        if (quoted && end == rest.size())
            return std::nullopt;
        fields.emplace_back(name, unescaped(rest.substr(0, end)));
        rest.remove_prefix(end + (quoted ? 1 : 0));
    }
    return fields;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const auto text = ssp::testing::text_of(data, size);
    const auto cut = std::min(text.find('\0'), text.size());
    const auto user = text.substr(0, cut);
    const auto source = text.substr(std::min(cut + 1, size)); // with every NUL behind the first

    ssp::testing::understood = true;
    const auto line = ssp::journal_line("signed in", {{"user", user}, {"source", source}});
    MUST(std::ranges::all_of(line, [](char c) { return c >= 0x20 && c <= 0x7e; }));
    MUST(line.starts_with("signed in user="));
    const std::vector<Field> went_in{{"user", std::string(user)}, {"source", std::string(source)}};
    MUST(fields_of(std::string_view(line).substr(9)) == went_in);

    // What comes as the message (an error's words may hold a path) can be read back too, and ends no line.
    const auto message = ssp::journal_line(text, {});
    MUST(std::ranges::all_of(message, [](char c) { return c >= 0x20 && c <= 0x7e; }));
    MUST(unescaped(message) == text);
    return 0;
}
