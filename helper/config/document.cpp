#include "config/document.h"

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
// tests/fuzz). No key takes such a letter.
std::optional<Place> first_foreign_letter(std::string_view text, const std::string& file)
{
    Place place{file, 1, 1};
    for (const char c : text) {
        if (static_cast<unsigned char>(c) >= 0x80)
            return place;
        place.line += c == '\n' ? 1U : 0U;
        place.column = c == '\n' ? 1U : place.column + 1U;
    }
    return std::nullopt;
}

} // namespace

std::variant<Table, Problem> parse_document(std::string_view text, const std::string& file)
{
    if (auto place = first_foreign_letter(text, file))
        return Problem{std::move(*place), "", "a letter outside of ASCII; allowed: ASCII, in comments too"};
    const auto parsed = toml::parse(text);
    if (!parsed)
        return Problem{place_of(parsed.error().source(), file), "",
                       std::string(parsed.error().description())};
    return table_of(parsed.table(), file);
}

} // namespace ssp::config
