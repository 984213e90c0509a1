#include "command/audit_lines.h"

#include "command/utc_time.h"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace ssp::command {

namespace {

using Json = nlohmann::ordered_json;

std::string ascii(const Json& value)
{
    static constexpr bool ascii_only = true;
    return value.dump(-1, ' ', ascii_only, Json::error_handler_t::replace);
}

bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }

Json as_written(const std::string& text)
{
    Json value = text;
    if (std::ranges::all_of(text, is_ascii) || Json::parse(ascii(value)) == value)
        return value;
    auto bytes = Json::array();
    for (const char c : text)
        bytes.push_back(static_cast<unsigned char>(c));
    return bytes;
}

std::string key_name(std::int64_t key_id)
{
    return fmt::format("{:016x}", static_cast<std::uint64_t>(key_id));
}

} // namespace

std::string hex(const Digest& digest) { return fmt::format("{:02x}", fmt::join(digest, "")); }

std::string json_line(const AuditRow& row)
{
    const auto& entry = row.entry;
    const Json line = {{"record", "row"},
                       {"node", as_written(row.node_id)},
                       {"sequence", row.sequence},
                       {"at", utc_text(row.at)},
                       {"event", as_written(entry.event)},
                       {"person", as_written(entry.person.name)},
                       {"uid", entry.person.uid},
                       {"actor", as_written(entry.actor)},
                       {"service", as_written(entry.service)},
                       {"source", as_written(entry.source)},
                       {"method", as_written(entry.method)},
                       {"detail", as_written(entry.detail)},
                       {"key", key_name(row.key_id)},
                       {"mac", hex(row.mac)}};
    return ascii(line) + '\n';
}

std::string json_line(const AuditCut& cut)
{
    const Json line = {{"record", "cut"},
                       {"node", as_written(cut.node_id)},
                       {"first", cut.first},
                       {"last", cut.last},
                       {"mac", hex(cut.mac)},
                       {"at", utc_text(cut.cut_at)},
                       {"key", key_name(cut.key_id)}};
    return ascii(line) + '\n';
}

std::optional<AuditHead> read_head(const std::string& text)
{
    AuditHead head;
    const auto colon = text.find(':');
    if (colon == std::string::npos || text.size() != colon + 1 + 2 * head.mac.size())
        return std::nullopt;
    const char* begin = text.data();
    const auto number = std::from_chars(begin, begin + colon, head.sequence);
    bool good = number.ec == std::errc{} && number.ptr == begin + colon && head.sequence > 0;
    for (std::size_t i = 0; i < head.mac.size(); ++i) {
        const char* digits = begin + colon + 1 + 2 * i;
        const auto byte = std::from_chars(digits, digits + 2, head.mac[i], 16);
        good = good && byte.ec == std::errc{} && byte.ptr == digits + 2;
    }
    return good ? std::optional(head) : std::nullopt;
}

} // namespace ssp::command
