#include "config/document.h"

#include "config/escaped_letters.h"

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

/// What places speak of.
struct Source {
    const std::string& file;
    const EscapedLetters* escaped; ///< what toml++ reads instead of the text; null: it reads the text
};

Place place_of(const toml::source_region& region, const Source& source)
{
    Place place{source.file, region.begin.line, region.begin.column};
    return source.escaped == nullptr ? place : source.escaped->written(std::move(place));
}

// Depth is limited: toml++ refuses more than TOML_MAX_NESTED_VALUES levels.
Value value_of(const toml::node& node, const Source& source);

Table table_of(const toml::table& from, const Source& source)
{
    Table table;
    for (const auto& [key, node] : from)
        table.push_back({std::string(key.str()), place_of(key.source(), source), value_of(node, source)});
    return table;
}

Value value_of(const toml::node& node, const Source& source)
{
    Value value{Unwanted{"a date or time"}, place_of(node.source(), source)};
    if (const auto* flag = node.as_boolean()) {
        value.content = flag->get();
    } else if (const auto* number = node.as_integer()) {
        value.content = number->get();
    } else if (const auto* text = node.as_string()) {
        value.content = text->get();
    } else if (node.is_floating_point()) {
        value.content = Unwanted{"a number with a fraction or exponent"};
    } else if (const auto* table = node.as_table()) {
        value.content = table_of(*table, source);
    } else if (const auto* items = node.as_array()) {
        Array array;
        for (const auto& item : *items)
            array.push_back(value_of(item, source));
        value.content = std::move(array);
    }
    return value;
}

// No key of a file that is not for languages takes such a letter.
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

std::variant<Table, Problem> parse(std::string_view ascii, const Source& source)
{
    const auto parsed = toml::parse(ascii);
    if (!parsed)
        return Problem{place_of(parsed.error().source(), source), "",
                       std::string(parsed.error().description())};
    return table_of(parsed.table(), source);
}

} // namespace

std::variant<Table, Problem> parse_document(std::string_view text, const std::string& file, Letters letters)
{
    if (letters == Letters::ascii) {
        if (auto foreign = first_foreign_letter(text, file))
            return std::move(*foreign);
        return parse(text, {file, nullptr});
    }
    auto escaped = EscapedLetters::of(text, file);
    if (auto* problem = std::get_if<Problem>(&escaped))
        return std::move(*problem);
    const auto& ascii = std::get<EscapedLetters>(escaped);
    return parse(ascii.text(), {file, &ascii});
}

} // namespace ssp::config
