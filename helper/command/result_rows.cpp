#include "command/result_rows.h"

#include "protocol/codec.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace ssp::command {

namespace {

std::string showable(const std::string& text)
{
    std::string out = text;
    const bool is_text = protocol::is_showable(text);
    for (char& c : out) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7f || (byte >= 0x80 && !is_text))
            c = '?';
    }
    return out;
}

/// "last_used" reads "last used" to people.
std::string heading_of(const std::string& name)
{
    auto heading = showable(name);
    std::ranges::replace(heading, '_', ' ');
    return heading;
}

/// Columns it takes: one for each code point, near enough for names and labels.
std::size_t width_of(const std::string& text)
{
    const auto points =
        std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80; });
    return static_cast<std::size_t>(points);
}

std::string padded(const std::string& text, std::size_t width)
{
    return text + std::string(width - std::min(width, width_of(text)), ' ');
}

void end_line(std::string& out)
{
    out.erase(out.find_last_not_of(' ') + 1);
    out += '\n';
}

std::string records(const std::vector<ResultRow>& rows)
{
    std::size_t width = 0;
    for (const auto& row : rows)
        for (const auto& [name, value] : row)
            width = std::max(width, width_of(heading_of(name)));
    std::string out;
    for (const auto& row : rows) {
        if (!out.empty())
            out += '\n';
        for (const auto& [name, value] : row) {
            out += padded(heading_of(name) + ":", width + 3) + showable(value);
            end_line(out);
        }
    }
    return out;
}

/// The names of all rows, each once, in the order of their first appearance.
std::vector<std::string> columns_of(const std::vector<ResultRow>& rows)
{
    std::vector<std::string> names;
    for (const auto& row : rows)
        for (const auto& [name, value] : row)
            if (std::ranges::find(names, name) == names.end())
                names.push_back(name);
    return names;
}

std::string value_of(const ResultRow& row, const std::string& name)
{
    const auto found = std::ranges::find(row, name, &ResultRow::value_type::first);
    return found == row.end() ? std::string() : showable(found->second);
}

std::string table(const std::vector<ResultRow>& rows)
{
    std::string out;
    const auto names = columns_of(rows);
    std::vector<std::size_t> widths;
    for (const auto& name : names) {
        auto width = width_of(heading_of(name));
        for (const auto& row : rows)
            width = std::max(width, width_of(value_of(row, name)));
        widths.push_back(width);
    }
    const auto add_line = [&](auto text_of) {
        for (std::size_t i = 0; i < names.size(); ++i)
            out += padded(text_of(names[i]), widths[i]) + "  ";
        end_line(out);
    };
    add_line([](const std::string& name) {
        auto heading = heading_of(name);
        std::ranges::transform(heading, heading.begin(), [](char c) {
            return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
        });
        return heading;
    });
    for (const auto& row : rows)
        add_line([&](const std::string& name) { return value_of(row, name); });
    return out;
}

} // namespace

std::string for_people(const std::vector<ResultRow>& rows, Layout layout)
{
    if (rows.empty())
        return {};
    return layout == Layout::record ? records(rows) : table(rows);
}

std::string as_json(const std::vector<ResultRow>& rows)
{
    auto array = nlohmann::ordered_json::array();
    for (const auto& row : rows) {
        auto object = nlohmann::ordered_json::object();
        for (const auto& [name, value] : row)
            object[name] = value;
        array.push_back(std::move(object));
    }
    const bool ascii_only = true;
    return array.dump(2, ' ', ascii_only, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

} // namespace ssp::command
