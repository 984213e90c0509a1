#include "config/document.h"

#include "protocol/showable.h"

#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
// "[$]" breaks an assertion of toml++ 3.3.0 (found by tests/fuzz); the code behind it says so properly. With
// NDEBUG the assertions would become promises to the optimiser.
#undef NDEBUG
#define TOML_ASSERT(expr) static_assert(true)
#include <optional>
#include <toml++/toml.h>
#include <utility>

namespace ssp::config {

namespace {

Place place_of(const toml::source_region& region, const std::string& file)
{
    return {file, region.begin.line, region.begin.column};
}

// Depth is limited: toml++ refuses more than TOML_MAX_NESTED_VALUES levels.
Value value_of(const toml::node& node, const std::string& file);

Table table_of(const toml::table& from, const std::string& file)
{
    Table table;
    for (const auto& [key, node] : from)
        table.push_back({std::string(key.str()), place_of(key.source(), file), value_of(node, file)});
    return table;
}

Value value_of(const toml::node& node, const std::string& file)
{
    Value value{Unwanted{"a date or time"}, place_of(node.source(), file)};
    if (const auto* flag = node.as_boolean()) {
        value.content = flag->get();
    } else if (const auto* number = node.as_integer()) {
        value.content = number->get();
    } else if (const auto* text = node.as_string()) {
        value.content = text->get();
    } else if (node.is_floating_point()) {
        value.content = Unwanted{"a number with a fraction or exponent"};
    } else if (const auto* table = node.as_table()) {
        value.content = table_of(*table, file);
    } else if (const auto* items = node.as_array()) {
        Array array;
        for (const auto& item : *items)
            array.push_back(value_of(item, file));
        value.content = std::move(array);
    }
    return value;
}

// toml++ 3.3.0 promises the optimiser that letters like U+0429 never come where they can (found by
// tests/fuzz): among the letters of keys and values without quotes. Comments and quoted texts do not go that
// way. No key of a file that is not for languages takes such a letter.
std::optional<Problem> first_foreign_letter(std::string_view text, const std::string& file)
{
    Place place{file, 1, 1};
    for (const char c : text) {
        if (static_cast<unsigned char>(c) >= 0x80)
            return Problem{std::move(place), "",
                           "a letter outside of ASCII; allowed: ASCII, in comments too"};
        place.line += c == '\n' ? 1U : 0U;
        place.column = c == '\n' ? 1U : place.column + 1U;
    }
    return std::nullopt;
}

/// Where the lexer of quoted_utf8 stands. A text of several lines would need a second one: it is refused.
enum class Lexed { bare, comment, text, escape, literal };

Lexed after(Lexed before, std::uint32_t letter)
{
    if (letter == '\n')
        return Lexed::bare;
    switch (before) {
    case Lexed::bare:
        return letter == '#'    ? Lexed::comment
               : letter == '"'  ? Lexed::text
               : letter == '\'' ? Lexed::literal
                                : Lexed::bare;
    case Lexed::text: return letter == '"' ? Lexed::bare : letter == '\\' ? Lexed::escape : Lexed::text;
    case Lexed::escape: return Lexed::text;
    case Lexed::literal: return letter == '\'' ? Lexed::bare : Lexed::literal;
    case Lexed::comment: break;
    }
    return before;
}

std::optional<Problem> first_unquoted(std::string_view text, const std::string& file)
{
    Place place{file, 1, 1};
    auto lexed = Lexed::bare;
    while (!text.empty()) {
        const auto point = protocol::first_code_point(text);
        if (point.length == 0)
            return Problem{std::move(place), "", "bytes that are not UTF-8"};
        const bool three_quotes = text.starts_with("\"\"\"") || text.starts_with("'''");
        if (lexed == Lexed::bare && three_quotes)
            return Problem{std::move(place), "",
                           "a text of several lines; allowed: one line, with \\n in it"};
        if (point.value >= 0x80 && (lexed == Lexed::bare || !protocol::is_harmless(point.value)))
            return Problem{std::move(place), "",
                           "a letter outside of ASCII; allowed: printable ones, in quotes and comments"};
        lexed = after(lexed, point.value);
        place.line += point.value == '\n' ? 1U : 0U;
        place.column = point.value == '\n' ? 1U : place.column + 1U;
        text.remove_prefix(point.length);
    }
    return std::nullopt;
}

} // namespace

std::variant<Table, Problem> parse_document(std::string_view text, const std::string& file, Letters letters)
{
    auto foreign = letters == Letters::ascii ? first_foreign_letter(text, file) : first_unquoted(text, file);
    if (foreign)
        return std::move(*foreign);
    const auto parsed = toml::parse(text);
    if (!parsed)
        return Problem{place_of(parsed.error().source(), file), "",
                       std::string(parsed.error().description())};
    return table_of(parsed.table(), file);
}

} // namespace ssp::config
