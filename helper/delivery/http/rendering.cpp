#include "delivery/http/rendering.h"

#include <algorithm>
#include <charconv>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <utility>

namespace ssp {

namespace {

using Source = HttpTemplatePart::Source;

constexpr std::string_view hex_digits = "0123456789ABCDEF";

void keep_digits(std::string_view from, WipedText& to)
{
    for (const char c : from)
        if (c >= '0' && c <= '9')
            to.add(c);
}

/// Characters that XML does not have are left out.
void xml_text(std::string_view from, WipedText& to)
{
    for (const char c : from) {
        switch (c) {
        case '&': to.add("&amp;"); break;
        case '<': to.add("&lt;"); break;
        case '>': to.add("&gt;"); break;
        case '"': to.add("&quot;"); break;
        case '\'': to.add("&apos;"); break;
        default:
            if (static_cast<unsigned char>(c) >= 0x20 || c == '\t' || c == '\n' || c == '\r')
                to.add(c);
        }
    }
}

/// A small number, as the reader of the file has seen to it for constants, and the provider for its own.
std::int64_t number_in(std::string_view text)
{
    std::int64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

/// Without the zeros in front that JSON does not have.
void json_number(std::string_view from, WipedText& to)
{
    const auto first = std::min(from.find_first_not_of('0'), from.empty() ? 0 : from.size() - 1);
    to.add(from.empty() ? "0" : from.substr(first));
}

void filtered(HttpFilter filter, std::string_view from, WallTime now, WipedText& to)
{
    switch (filter) {
    case HttpFilter::digits: return keep_digits(from, to);
    case HttpFilter::xml: return xml_text(from, to);
    case HttpFilter::url: return percent_encode(from, to);
    case HttpFilter::integer: return json_number(from, to);
    case HttpFilter::ms: return to.add(std::to_string(number_in(from) * 1000));
    case HttpFilter::minutes: return to.add(std::to_string((number_in(from) + 59) / 60));
    case HttpFilter::iso: {
        const auto at = std::chrono::system_clock::to_time_t(now + Seconds(number_in(from)));
        return to.add(fmt::format("{:%FT%TZ}", fmt::gmtime(at)));
    }
    }
}

} // namespace

void percent_encode(std::string_view from, WipedText& to)
{
    for (const char c : from) {
        const auto byte = static_cast<unsigned char>(c);
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                           c == '-' || c == '.' || c == '_' || c == '~';
        if (plain) {
            to.add(c);
        } else {
            to.add('%');
            to.add(hex_digits[byte >> 4U]);
            to.add(hex_digits[byte & 15U]);
        }
    }
}

void json_text(std::string_view from, WipedText& to)
{
    to.add('"');
    for (const char c : from) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            to.add('\\');
            to.add(c);
        } else if (byte < 0x20 || byte == 0x7f) {
            to.add("\\u00");
            to.add(hex_digits[byte >> 4U]);
            to.add(hex_digits[byte & 15U]);
        } else {
            to.add(c);
        }
    }
    to.add('"');
}

std::string_view HttpRendering::value_of(const HttpTemplatePart& part) const
{
    if (part.source == Source::secret)
        return config_.secrets[part.secret].value.reveal();
    if (part.source != Source::variable)
        return part.text;
    const auto found = values_.of.find(part.variable);
    return found == values_.of.end() ? std::string_view() : found->second.reveal();
}

void HttpRendering::part(const HttpTemplatePart& from, WipedText& to) const
{
    if (from.filters.empty())
        return to.add(value_of(from));
    WipedText value(value_of(from));
    for (const auto filter : from.filters) {
        WipedText next;
        filtered(filter, value.view(), values_.now, next);
        value = std::move(next);
    }
    to.add(value.view());
}

void HttpRendering::text(const HttpTemplate& from, WipedText& to) const
{
    for (const auto& one : from.parts)
        part(one, to);
}

void HttpRendering::address(const HttpTemplate& from, WipedText& to) const
{
    for (const auto& one : from.parts) {
        if (one.source == Source::literal) {
            to.add(one.text);
            continue;
        }
        WipedText value;
        part(one, value);
        // Once is enough.
        if (!one.filters.empty() && one.filters.back() == HttpFilter::url)
            to.add(value.view());
        else
            percent_encode(value.view(), to);
    }
}

void HttpRendering::form(const HttpFields& from, WipedText& to) const
{
    bool first = true;
    for (const auto& [name, value] : from) {
        if (!std::exchange(first, false))
            to.add('&');
        percent_encode(name, to);
        to.add('=');
        WipedText text_of_value;
        text(value, text_of_value);
        percent_encode(text_of_value.view(), to);
    }
}

void HttpRendering::json(const HttpTree& from, WipedText& to) const
{
    if (const auto* flag = std::get_if<bool>(&from.content))
        return to.add(*flag ? "true" : "false");
    if (const auto* number = std::get_if<std::int64_t>(&from.content))
        return to.add(std::to_string(*number));
    if (const auto* table = std::get_if<HttpTable>(&from.content))
        return json_object(*table, to);
    if (const auto* array = std::get_if<HttpArray>(&from.content)) {
        to.add('[');
        for (std::size_t i = 0; i < array->size(); ++i) {
            if (i != 0)
                to.add(',');
            json((*array)[i], to);
        }
        return to.add(']');
    }
    const auto& leaf = std::get<HttpTemplate>(from.content);
    if (leaf.is_number())
        return text(leaf, to);
    WipedText value;
    text(leaf, value);
    json_text(value.view(), to);
}

void HttpRendering::json_object(const HttpTable& from, WipedText& to) const
{
    to.add('{');
    bool first = true;
    for (const auto& [name, value] : from) {
        if (!std::exchange(first, false))
            to.add(',');
        json_text(name, to);
        to.add(':');
        json(value, to);
    }
    to.add('}');
}

} // namespace ssp
