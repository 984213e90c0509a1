#include "delivery/providers/json_line.h"

#include <array>
#include <cstring>
#include <fmt/format.h>
#include <utility>

namespace ssp {

void JsonLine::add(std::string_view name, std::string_view value)
{
    add_name(name);
    append("\"");
    for (const char c : value)
        append_escaped(c);
    append("\"");
}

void JsonLine::add(std::string_view name, int value)
{
    add_name(name);
    append(fmt::format_int(value).c_str());
}

void JsonLine::add_flag(std::string_view name, bool value)
{
    add_name(name);
    append(value ? "true" : "false");
}

void JsonLine::begin_object(std::string_view name)
{
    add_name(name);
    append("{");
    first_ = true;
}

void JsonLine::end_object()
{
    append("}");
    first_ = false;
}

void JsonLine::begin_with(const JsonLine& other)
{
    append(other.line_.reveal().substr(0, other.used_));
    first_ = other.first_;
}

SecretString JsonLine::finish()
{
    append(used_ == 0 ? "{}\n" : "}\n");
    return SecretString(line_.reveal().substr(0, used_));
}

void JsonLine::add_name(std::string_view name)
{
    append(used_ == 0 ? "{\"" : first_ ? "\"" : ",\"");
    append(name);
    append("\":");
    first_ = false;
}

void JsonLine::append_escaped(char c)
{
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
        const std::array<char, 2> pair{'\\', c};
        append({pair.data(), pair.size()});
    } else if (c == '\n') {
        append("\\n");
    } else if (byte < 0x20 || byte == 0x7f) {
        constexpr std::string_view hex = "0123456789abcdef";
        const std::array<char, 6> escape{'\\', 'u', '0', '0', hex[byte >> 4U], hex[byte & 15U]};
        append({escape.data(), escape.size()});
    } else {
        append({&c, 1});
    }
}

void JsonLine::append(std::string_view bytes)
{
    if (bytes.size() > line_.size() - used_) {
        auto larger = SecretString::zeros(2 * (line_.size() + bytes.size()));
        std::memcpy(larger.data(), line_.data(), used_);
        line_ = std::move(larger);
    }
    std::memcpy(line_.data() + used_, bytes.data(), bytes.size());
    used_ += bytes.size();
}

} // namespace ssp
