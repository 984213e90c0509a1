// A row of the audit trail as a JSON line, and rows of a verb's result as JSON: whoever chose a name, a
// service or a provider's answer forges neither a line nor a key, and what they chose can be read back byte
// by byte. The input is cut at bytes 0x1f into fields.
#include "command/audit_lines.h"
#include "command/result_rows.h"
#include "fuzz.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string>

namespace {

using Json = nlohmann::json;

std::string text_of(const Json& value)
{
    if (value.is_string())
        return value.get<std::string>();
    std::string bytes;
    for (const auto& byte : value)
        bytes += static_cast<char>(byte.get<unsigned>());
    return bytes;
}

bool is_plain(char c) { return c >= 0x20 && c <= 0x7e; }

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    std::array<std::string, 7> fields;
    std::size_t at = 0;
    for (std::size_t i = 0; i < size; ++i)
        if (data[i] == 0x1f && at + 1 < fields.size())
            ++at;
        else
            fields.at(at) += static_cast<char>(data[i]);
    ssp::testing::understood = true;

    ssp::AuditRow row;
    row.node_id = "0123456789abcdef";
    row.sequence = 7;
    auto& entry = row.entry;
    entry = {fields[0], {4294967295U, fields[1]}, fields[2], fields[3], fields[4], fields[5], fields[6]};
    const auto line = ssp::command::json_line(row);
    MUST(line.ends_with('\n') && std::all_of(line.begin(), line.end() - 1, is_plain));
    const auto parsed = Json::parse(line);
    MUST(parsed.size() == 14 && parsed.at("record") == "row" && parsed.at("sequence") == 7);
    MUST(text_of(parsed.at("event")) == entry.event && text_of(parsed.at("person")) == entry.person.name);
    MUST(text_of(parsed.at("actor")) == entry.actor && text_of(parsed.at("service")) == entry.service);
    MUST(text_of(parsed.at("source")) == entry.source && text_of(parsed.at("method")) == entry.method);
    MUST(text_of(parsed.at("detail")) == entry.detail && parsed.at("uid") == 4294967295U);

    // Results of verbs: texts as they went in where they are UTF-8; tables never steer a terminal.
    const std::vector<ssp::command::ResultRow> rows{{{"name", fields[0]}, {"label", fields[1]}}};
    const auto array = ssp::command::as_json(rows);
    MUST(std::ranges::all_of(array, [](char c) { return is_plain(c) || c == '\n'; }));
    const auto read = Json::parse(array).at(0);
    MUST(read.size() == 2 && read.at("name").is_string() && read.at("label").is_string());
    if (parsed.at("event").is_string())
        MUST(read.at("name") == entry.event);
    for (const auto layout : {ssp::command::Layout::record, ssp::command::Layout::table}) {
        const auto shown = ssp::command::for_people(rows, layout);
        MUST(std::ranges::all_of(shown,
                                 [](char c) { return c == '\n' || (c != 0x7f && (c >= 0x20 || c < 0)); }));
        MUST(std::ranges::count(shown, '\n') == 2);
    }
    return 0;
}
