#include "config/http_template.h"

#include "config/nearest.h"

#include <algorithm>
#include <fmt/format.h>
#include <optional>

namespace ssp::config {

namespace {

using Place = HttpNames::Place;
using Part = HttpTemplatePart;

struct KnownVariable {
    std::string_view name;
    HttpVariable variable;
    bool in_text;
    bool in_call;
    bool in_status;
    bool seconds; ///< a whole number of seconds
};
constexpr KnownVariable variables[] = {
    {"to", HttpVariable::to, true, true, false, false},
    {"text", HttpVariable::text, true, false, false, false},
    {"code", HttpVariable::code, false, true, false, false},
    {"digits_spoken", HttpVariable::digits_spoken, false, true, false, false},
    {"speech", HttpVariable::speech, false, true, false, false},
    {"ttl", HttpVariable::ttl, true, true, false, true},
    {"ring_timeout", HttpVariable::ring_timeout, false, true, false, true},
    {"reference", HttpVariable::reference, true, true, true, false},
    {"tag", HttpVariable::tag, true, true, false, false},
    {"language", HttpVariable::language, true, true, false, false},
    {"id", HttpVariable::id, false, false, true, false},
};

constexpr std::pair<std::string_view, HttpFilter> filters[] = {
    {"digits", HttpFilter::digits}, {"xml", HttpFilter::xml}, {"url", HttpFilter::url},
    {"int", HttpFilter::integer},   {"ms", HttpFilter::ms},   {"minutes", HttpFilter::minutes},
    {"iso", HttpFilter::iso},
};

bool is_here(const KnownVariable& one, Place place)
{
    switch (place) {
    case Place::text_message: return one.in_text;
    case Place::voice_call: return one.in_call;
    case Place::status: return one.in_status;
    case Place::always: return false;
    }
    return false;
}

constexpr std::string_view where(Place place)
{
    switch (place) {
    case Place::text_message: return "a text message";
    case Place::voice_call: return "a voice call";
    case Place::status: return "a question for the state of a call";
    case Place::always: return "a place without a message";
    }
    return "";
}

std::string joined(const std::vector<std::string>& words)
{
    std::string all;
    for (const auto& word : words)
        all += (all.empty() ? "" : ", ") + word;
    return all;
}

/// Texts that people typed, as they may be shown.
std::string shown(std::string_view text)
{
    std::string line;
    for (const char c : text.substr(0, 40))
        line += c >= ' ' && c <= '~' ? c : '?';
    return line + (text.size() > 40 ? "..." : "");
}

/// At most nine digits: no number of seconds or a gateway's code is longer, and nothing overflows.
bool is_small_number(std::string_view text)
{
    return !text.empty() && text.size() <= 9 &&
           std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// What is inside of one pair of braces.
class Reference {
public:
    Reference(std::string_view text, const HttpNames& names) : text_(text), names_(names) {}

    /// nullopt: trouble() says why.
    std::optional<Part> compile()
    {
        const auto name = text_.substr(0, text_.find('|'));
        if (!find(name))
            return std::nullopt;
        auto rest = text_.substr(name.size());
        while (!rest.empty()) {
            rest.remove_prefix(1);
            const auto filter = rest.substr(0, rest.find('|'));
            if (!add(filter))
                return std::nullopt;
            rest.remove_prefix(filter.size());
        }
        return std::move(part_);
    }
    const std::string& trouble() const { return trouble_; }

private:
    bool find(std::string_view name)
    {
        const auto variable = std::ranges::find(variables, name, &KnownVariable::name);
        if (variable != std::end(variables)) {
            if (!is_here(*variable, names_.place))
                return wrong(fmt::format("{{{}}} has no value in {}", name, where(names_.place)), true);
            part_.source = Part::Source::variable;
            part_.variable = variable->variable;
            is_number_ = variable->seconds;
            return true;
        }
        if (name.starts_with("secret."))
            return find_secret(name);
        const auto constant =
            std::ranges::find(*names_.constants, name, &std::pair<std::string, std::string>::first);
        if (constant == names_.constants->end())
            return unknown(name);
        part_.source = Part::Source::constant;
        part_.text = constant->second;
        is_number_ = is_small_number(constant->second);
        return true;
    }
    bool find_secret(std::string_view name)
    {
        const auto found = std::ranges::find(*names_.secrets, name.substr(7), &HttpSecret::name);
        if (found == names_.secrets->end())
            return unknown(name);
        part_.source = Part::Source::secret;
        part_.secret = static_cast<std::size_t>(found - names_.secrets->begin());
        is_number_ = is_small_number(found->value.reveal());
        return true;
    }
    bool unknown(std::string_view name)
    {
        const auto near = nearest(name, names());
        return wrong(fmt::format("{{{}}} is not known{}", shown(name),
                                 near.empty() ? "" : fmt::format("; did you mean {{{}}}?", near)),
                     near.empty());
    }
    bool add(std::string_view name)
    {
        const auto* const found =
            std::ranges::find(filters, name, &std::pair<std::string_view, HttpFilter>::first);
        if (found == std::end(filters)) {
            std::vector<std::string> known;
            for (const auto& one : filters)
                known.emplace_back(one.first);
            const auto near = nearest(name, known);
            trouble_ = fmt::format("the filter |{} is not known{}", shown(name),
                                   near.empty() ? "; allowed: " + joined(known)
                                                : fmt::format("; did you mean |{}?", near));
            return false;
        }
        const bool takes_number = found->second == HttpFilter::integer || found->second == HttpFilter::ms ||
                                  found->second == HttpFilter::minutes || found->second == HttpFilter::iso;
        if (takes_number && !is_number_)
            return wrong(fmt::format("|{} does not fit here: it takes {{ttl}}, {{ring_timeout}} or another "
                                     "whole number{}",
                                     name, found->second == HttpFilter::integer ? ", or {to|digits}" : ""),
                         false);
        part_.filters.push_back(found->second);
        if (found->second == HttpFilter::digits)
            is_number_ = part_.source == Part::Source::variable && part_.variable == HttpVariable::to;
        if (found->second == HttpFilter::iso || found->second == HttpFilter::integer)
            is_number_ = false;
        return true;
    }
    std::vector<std::string> names() const
    {
        std::vector<std::string> all;
        for (const auto& one : variables)
            if (is_here(one, names_.place))
                all.emplace_back(one.name);
        for (const auto& one : *names_.constants)
            all.push_back(one.first);
        for (const auto& one : *names_.secrets)
            all.push_back("secret." + one.name);
        return all;
    }
    bool wrong(std::string sentence, bool with_names)
    {
        trouble_ = std::move(sentence);
        if (with_names)
            trouble_ += "; allowed: " + (names().empty() ? "no name" : joined(names()));
        return false;
    }

    std::string_view text_;
    const HttpNames& names_;
    Part part_;
    bool is_number_ = false;
    std::string trouble_;
};

} // namespace

std::variant<HttpTemplate, std::string> compile_http_template(std::string_view text, const HttpNames& names)
{
    HttpTemplate result;
    const auto literal = [&result](std::string_view piece) {
        if (piece.empty())
            return;
        if (result.parts.empty() || result.parts.back().source != Part::Source::literal)
            result.parts.emplace_back();
        result.parts.back().text += piece;
    };
    while (!text.empty()) {
        const auto brace = text.find('{');
        literal(text.substr(0, brace));
        if (brace == std::string_view::npos)
            break;
        text.remove_prefix(brace + 1);
        if (text.starts_with('{')) {
            literal("{");
            text.remove_prefix(1);
            continue;
        }
        const auto end = text.find('}');
        if (end == std::string_view::npos)
            return std::string("a { is not closed; write {{ for a brace");
        Reference reference(text.substr(0, end), names);
        auto part = reference.compile();
        if (!part)
            return reference.trouble();
        result.parts.push_back(std::move(*part));
        text.remove_prefix(end + 1);
    }
    return result;
}

bool is_http_variable(std::string_view name)
{
    return std::ranges::find(variables, name, &KnownVariable::name) != std::end(variables);
}

} // namespace ssp::config
