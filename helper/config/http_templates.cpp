#include "config/http_templates.h"

#include <algorithm>
#include <arpa/inet.h>
#include <fmt/format.h>
#include <strings.h>

namespace ssp::config {

namespace {

using Part = HttpTemplatePart;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_host_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) ||
           std::string_view(".-_:[]").find(c) != std::string_view::npos;
}
bool is_control(char c) { return (c >= 0 && c < 0x20) || c == 0x7f; }

/// RFC 9110 5.6.2.
bool is_token(std::string_view text)
{
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
    });
}

bool is_made_elsewhere(const std::string& header, HttpAuth auth)
{
    constexpr const char* always[] = {"Host",       "Content-Length", "Transfer-Encoding",
                                      "Connection", "Expect",         "User-Agent"};
    const auto is = [&header](const char* name) { return ::strcasecmp(header.c_str(), name) == 0; };
    if (std::ranges::any_of(always, is) || (auth != HttpAuth::none && is("Authorization")))
        return true;
    return auth == HttpAuth::aws_sigv4 && (is("X-Amz-Date") || is("X-Amz-Security-Token"));
}

bool is_loopback(const std::string& host)
{
    in_addr address{};
    if (::inet_pton(AF_INET, host.c_str(), &address) == 1)
        return (::ntohl(address.s_addr) >> 24U) == 127;
    return host == "localhost" || host == "[::1]";
}

/// Of an authority without a user (RFC 3986 3.2).
std::string host_of(const std::string& authority)
{
    const auto end = authority.starts_with('[') ? authority.find(']') + 1 : authority.find(':');
    return authority.substr(0, std::min(end, authority.size()));
}

/// A host, and a port or none behind it.
bool is_authority(const std::string& text)
{
    const auto host = host_of(text);
    const auto port = std::string_view(text).substr(host.size());
    return !host.empty() && std::ranges::all_of(host, is_host_letter) &&
           (port.empty() || (port.front() == ':' && std::ranges::all_of(port.substr(1), is_digit)));
}

/// A pointer of RFC 6901.
bool is_json_pointer(std::string_view text)
{
    if (!text.empty() && text.front() != '/')
        return false;
    for (std::size_t i = 0; i < text.size(); ++i)
        if (text[i] == '~' && (i + 1 == text.size() || (text[i + 1] != '0' && text[i + 1] != '1')))
            return false;
    return true;
}

} // namespace

HttpTemplate HttpTemplates::one(const Value& value, const std::string& key, HttpNames::Place place)
{
    std::string text;
    if (const auto* found = std::get_if<std::string>(&value.content)) {
        auto compiled = compile_http_template(*found, {place, &constants_, &config_.secrets});
        if (auto* trouble = std::get_if<std::string>(&compiled)) {
            wrong(value, key, std::move(*trouble));
            return {};
        }
        return std::get<HttpTemplate>(std::move(compiled));
    }
    if (const auto* number = std::get_if<std::int64_t>(&value.content))
        text = std::to_string(*number);
    else if (const auto* flag = std::get_if<bool>(&value.content))
        text = *flag ? "true" : "false";
    else
        wrong(value, key, "allowed: a text, a whole number, true, false");
    HttpTemplate result;
    result.parts.push_back({Part::Source::literal, text, 0, HttpVariable::to, {}});
    return result;
}

HttpTemplate HttpTemplates::text(Section& section, const char* key, HttpNames::Place place)
{
    const auto* entry = section.any(key);
    if (entry == nullptr)
        return {};
    const auto* found = std::get_if<std::string>(&entry->value.content);
    if (found != nullptr && !found->empty())
        return one(entry->value, section.dotted(key), place);
    wrong(entry->value, section.dotted(key), "allowed: a text");
    return {};
}

HttpFields HttpTemplates::fields(Section& section, const char* key, HttpNames::Place place)
{
    HttpFields fields;
    if (const auto* table = section.table(key))
        for (const auto& entry : *table)
            fields.emplace_back(
                entry.key, one(entry.value, fmt::format("{}.{}", section.dotted(key), entry.key), place));
    return fields;
}

HttpTree HttpTemplates::tree(const Value& value, const std::string& key, HttpNames::Place place)
{
    if (const auto* flag = std::get_if<bool>(&value.content))
        return {*flag};
    if (const auto* number = std::get_if<std::int64_t>(&value.content))
        return {*number};
    if (const auto* items = std::get_if<Array>(&value.content)) {
        HttpArray array;
        for (const auto& item : *items)
            array.push_back(tree(item, key, place));
        return {std::move(array)};
    }
    if (const auto* inner = std::get_if<Table>(&value.content))
        return {table(*inner, key, place)};
    if (const auto* unwanted = std::get_if<Unwanted>(&value.content)) {
        wrong(value, key,
              fmt::format("is {}; allowed: a text, a whole number, true, false, an array, a table",
                          unwanted->what));
        return {false};
    }
    return {one(value, key, place)};
}

HttpTable HttpTemplates::table(const Table& table, const std::string& key, HttpNames::Place place)
{
    HttpTable result;
    for (const auto& entry : table)
        result.push_back({entry.key, tree(entry.value, fmt::format("{}.{}", key, entry.key), place)});
    return result;
}

HttpExtraction HttpTemplates::extraction(Section& section, const char* key)
{
    using Kind = HttpExtraction::Kind;
    const auto* entry = section.any(key);
    if (entry == nullptr)
        return {};
    const auto* found = std::get_if<std::string>(&entry->value.content);
    const auto dotted = section.dotted(key);
    const auto& place = entry->value.place;
    HttpExtraction extraction{Kind::none, "",
                              fmt::format("{}:{}:{}: {}", place.file, place.line, place.column, dotted)};
    if (found != nullptr && found->starts_with("json:")) {
        extraction.kind = Kind::json;
        extraction.text = found->substr(5);
        if (!is_json_pointer(extraction.text))
            wrong(entry->value, dotted,
                  "is no JSON pointer; allowed: \"json:/name/0/name\", with ~1 for / and ~0 for ~ in a name");
    } else if (found != nullptr && found->starts_with("regex:") && found->size() > 6) {
        extraction.kind = Kind::regex;
        extraction.text = found->substr(6);
    } else {
        wrong(entry->value, dotted, "allowed: \"json:/POINTER\" or \"regex:EXPRESSION\"");
    }
    return extraction;
}

std::string_view HttpTemplates::known_text(const HttpTemplatePart& part) const
{
    if (part.source == Part::Source::secret)
        return config_.secrets[part.secret].value.reveal();
    return part.text;
}

void HttpTemplates::check_headers(const Section& section, const Table* headers, const HttpFields& fields,
                                  HttpAuth auth)
{
    for (std::size_t i = 0; headers != nullptr && i < headers->size(); ++i) {
        const auto& entry = (*headers)[i];
        const auto key = fmt::format("{}.{}", section.dotted("headers"), entry.key);
        if (!is_token(entry.key))
            findings_.problem(entry.place, key, "is no name of a header field");
        else if (is_made_elsewhere(entry.key, auth))
            findings_.problem(entry.place, key, "this header field is made from other keys");
        for (const auto& part : fields[i].second.parts)
            if (std::ranges::any_of(known_text(part), is_control))
                wrong(entry.value, key, "a header field has no line ends and control characters");
    }
}

bool HttpTemplates::check_url(const Entry& entry, const std::string& key, const HttpTemplate& url,
                              bool allow_http)
{
    if (url.empty())
        return false;
    const auto& first = url.parts.front();
    const bool plain = first.source == Part::Source::literal && first.text.starts_with("http://");
    if (first.source != Part::Source::literal || (!plain && !first.text.starts_with("https://"))) {
        wrong(entry.value, key, "must begin with https://");
        return false;
    }
    const auto scheme = std::string_view(plain ? "http://" : "https://").size();
    std::string authority;
    bool literal_host = true;
    bool complete = false;
    for (std::size_t i = 0; i < url.parts.size(); ++i) {
        const auto& part = url.parts[i];
        const bool literal = part.source == Part::Source::literal;
        const auto text = known_text(part).substr(i == 0 ? scheme : 0);
        if (literal && std::ranges::any_of(text, [](char c) { return c <= ' ' || c > '~' || c == '#'; }))
            wrong(entry.value, key, "an address has printable ASCII characters, no space and no #");
        if (complete)
            continue;
        const auto end = literal ? text.find_first_of("/?") : std::string_view::npos;
        complete = end != std::string_view::npos;
        authority += text.substr(0, end);
        if (literal)
            continue;
        literal_host = false;
        if (part.source == Part::Source::variable) {
            wrong(entry.value, key, "the host cannot depend on a message; only names of [set] and secrets");
            return plain;
        }
    }
    if (!is_authority(authority))
        wrong(entry.value, key, "must have a host, without a user, behind https://");
    else if (plain && !(allow_http && literal_host && is_loopback(host_of(authority))))
        wrong(entry.value, key,
              "without https everybody on the way reads codes and passwords; allowed only with allow_http = "
              "true, "
              "to 127.0.0.1, [::1] or localhost");
    return plain;
}

} // namespace ssp::config
