#include "config/messages.h"

#include "config/gsm7.h"
#include "config/nearest.h"
#include "config/text_rules.h"
#include "protocol/showable.h"
#include "verifier/message_text.h"

#include <algorithm>
#include <fmt/format.h>
#include <initializer_list>
#include <optional>
#include <utility>
#include <vector>

namespace ssp::config {

namespace {

using Names = std::vector<std::string>;

/// What one key may hold.
struct Rules {
    const char* key;
    Names placeholders;
    bool sent = true; ///< goes out as a text message: only its alphabet
};

/// A text of the file, and where each of its characters was written.
class Written {
public:
    Written(std::string_view source, const Value& value, std::string_view text)
        : text_(text), places_(places(source, value.place))
    {
    }
    std::string_view text() const noexcept { return text_; }
    /// Of the byte at `offset`.
    Place place(std::size_t offset) const
    {
        std::size_t letters = 0;
        for (std::size_t i = 0; i < offset; ++i)
            letters += (static_cast<unsigned char>(text_[i]) & 0xc0U) != 0x80U ? 1 : 0;
        return letters < places_.size() ? places_[letters] : places_.front();
    }

private:
    /// From the opening quote on; an escape is several characters for one.
    static std::vector<Place> places(std::string_view source, const Place& quote)
    {
        for (unsigned line = 1; line < quote.line; ++line)
            source.remove_prefix(std::min(source.find('\n'), source.size() - 1) + 1);
        std::vector<Place> found{quote};
        std::vector<std::string_view> letters;
        for (auto rest = source.substr(0, source.find('\n')); !rest.empty();) {
            const auto length = std::max<std::size_t>(protocol::first_code_point(rest).length, 1);
            letters.push_back(rest.substr(0, length));
            rest.remove_prefix(length);
        }
        if (quote.column == 0 || quote.column > letters.size())
            return found;
        found.clear();
        const bool escapes = letters[quote.column - 1] == "\"";
        for (std::size_t i = quote.column; i < letters.size(); ++i) {
            found.push_back({quote.file, quote.line, static_cast<unsigned>(i + 1)});
            if (escapes && letters[i] == "\\" && i + 1 < letters.size())
                i += letters[i + 1] == "u" ? 5 : letters[i + 1] == "U" ? 9 : 1;
        }
        found.push_back(quote);
        return found;
    }

    std::string_view text_;
    std::vector<Place> places_;
};

std::string in_braces(const Names& names)
{
    std::string list;
    for (const auto& name : names)
        list += fmt::format("{}{{{}}}", list.empty() ? "" : ", ", name);
    return list.empty() ? "none" : list;
}

void check_placeholders(const Written& written, const Rules& rules, Findings& findings)
{
    const auto text = written.text();
    for (auto at = text.find_first_of("{}"); at != std::string_view::npos;
         at = text.find_first_of("{}", at + 1)) {
        const auto close = text.find_first_of("{}", at + 1);
        if (text[at] == '}' || close == std::string_view::npos || text[close] == '{') {
            findings.problem(written.place(at), rules.key,
                             "has a brace without its partner; allowed: braces around a name only");
            continue;
        }
        const auto name = text.substr(at + 1, close - at - 1);
        if (std::ranges::find(rules.placeholders, name) == rules.placeholders.end()) {
            const auto near = nearest(name, rules.placeholders);
            findings.problem(written.place(at), rules.key,
                             fmt::format("has {{{}}}, which stands for nothing here{}; allowed: {}", name,
                                         near.empty() ? "" : fmt::format(" (did you mean {{{}}}?)", near),
                                         in_braces(rules.placeholders)));
        }
        at = close;
    }
}

void check_letters(const Written& written, const Rules& rules, Findings& findings)
{
    const auto text = written.text();
    for (std::size_t at = 0; at < text.size();) {
        const auto point = protocol::first_code_point(text.substr(at));
        if (point.value == '\n' && std::string_view(rules.key) != "text")
            findings.problem(written.place(at), rules.key, "has a line end; allowed: one line");
        else if (rules.sent && gsm7_septets(point.value) == 0)
            findings.problem(written.place(at), rules.key,
                             fmt::format("has U+{:04X}, a letter that text messages do not have; allowed: "
                                         "the GSM-7 alphabet (3GPP TS 23.038)",
                                         point.value));
        at += point.length;
    }
}

std::size_t count_of(std::string_view placeholder, std::string_view text)
{
    std::size_t count = 0;
    for (auto at = text.find(placeholder); at != std::string_view::npos; at = text.find(placeholder, at + 1))
        ++count;
    return count;
}

void check_counts(const Written& written, const Rules& rules, Findings& findings)
{
    const std::string_view key = rules.key;
    const auto complain = [&](const char* sentence) {
        findings.problem(written.place(0), rules.key, sentence);
    };
    if (key == "text") {
        if (!written.text().starts_with("{tag} {code} "))
            complain("does not begin with {tag}, {code} and a space; allowed: these first, so that the "
                     "person finds them without opening the message");
        if (count_of("{code}", written.text()) > 1)
            complain("has {code} twice; allowed: once");
    } else if (key == "speech") {
        const auto count = count_of("{digits}", written.text());
        if (count < 2 || count > 3)
            complain("must have {digits} twice, or three times: nobody remembers five digits at once");
    } else if ((key == "seconds" || key == "minutes") && count_of("{n}", written.text()) != 1) {
        complain("must have {n} once");
    } else if (key == "notice" &&
               (count_of("{what}", written.text()) != 1 || count_of("{when}", written.text()) != 1)) {
        complain("must have {what} and {when} once each");
    }
}

/// The language that a file's name says; "" when it says none.
std::string language_of(std::string_view path)
{
    path.remove_prefix(path.rfind('/') + 1);
    const std::string language(path.substr(0, path.size() - std::string_view(".toml").size()));
    return rule::language.fits(language) ? language : "";
}

const Value* text_in(const Table& table, const char* key)
{
    const auto found = std::ranges::find(table, key, &Entry::key);
    const bool is_text = found != table.end() && std::holds_alternative<std::string>(found->value.content);
    return is_text ? &found->value : nullptr;
}

void check_language(const Policy& policy, const std::string& language, const std::string& key,
                    Findings& findings)
{
    if (policy.wordings.contains(language))
        return;
    Names known;
    for (const auto& [name, wording] : policy.wordings)
        known.push_back(name);
    const auto* place = findings.place_of(key);
    findings.problem(place == nullptr ? Place{} : *place, key,
                     fmt::format("says {}, and there is no messages/{}.toml; allowed: {}", language, language,
                                 fmt::join(known, ", ")));
}

/// How long each text message of this wording can become, by the key that says so.
std::vector<std::pair<std::string_view, std::size_t>> lengths_of(const Policy& policy,
                                                                 const MessageWording& wording)
{
    const SecretString code(std::string_view("000000"));
    const MessageParts parts{
        "W2", code, policy.organisation, policy.support_contact, policy.code_life, policy.origin};
    const auto& notices = wording.notices;
    std::vector<std::pair<std::string_view, std::size_t>> lengths{
        {"text", gsm7_septets(message_text(wording, parts).reveal())}};
    for (const auto& [key, what] : std::initializer_list<std::pair<std::string_view, const std::string&>>{
             {"notice_added", notices.added},
             {"notice_changed", notices.changed},
             {"notice_reset", notices.reset},
             {"notice_recovery_codes", notices.recovery_codes},
             {"notice_guessing", notices.guessing},
             {"notice_spent_code", notices.spent_code}}) {
        const NoticeParts notice{what, {}, policy.organisation, policy.support_contact};
        lengths.emplace_back(key, gsm7_septets(notice_text(notices.notice, notice).reveal()));
    }
    const std::string longest_name(longest_account_name, 'm');
    const AdministratorsParts summary{99999, longest_name, {}, policy.organisation};
    lengths.emplace_back("notice_administrator",
                         gsm7_septets(administrators_text(notices.administrator, summary).reveal()));
    return lengths;
}

} // namespace

void read_messages_file(const Table& table, const std::string& path, std::string_view source, Policy& policy,
                        PlacesOfTexts& places, Findings& findings)
{
    const auto language = language_of(path);
    if (language.empty())
        return findings.problem({path, 0, 0}, "",
                                "the name must be a language of two small letters (ISO 639-1), then .toml");

    static const Rules all_rules[] = {
        {"text", {"tag", "code", "organisation", "life", "support"}},
        {"speech", {"digits", "organisation"}, false},
        {"seconds", {"n"}},
        {"minute", {}},
        {"minutes", {"n"}},
        {"notice", {"organisation", "what", "when", "support"}},
        {"notice_added", {}},
        {"notice_changed", {}},
        {"notice_reset", {}},
        {"notice_recovery_codes", {}},
        {"notice_guessing", {}},
        {"notice_spent_code", {}},
        {"notice_administrator", {"organisation", "n", "name", "when"}},
    };
    MessageWording wording;
    auto& notices = wording.notices;
    std::string* const texts[] = {&wording.text,           &wording.speech,   &wording.seconds,
                                  &wording.minute,         &wording.minutes,  &notices.notice,
                                  &notices.added,          &notices.changed,  &notices.reset,
                                  &notices.recovery_codes, &notices.guessing, &notices.spent_code,
                                  &notices.administrator};
    static_assert(std::size(texts) == std::size(all_rules));
    Section section(&table, "", findings);
    for (std::size_t i = 0; i < std::size(all_rules); ++i) {
        const auto& rules = all_rules[i];
        section.text(rules.key, *texts[i], rule::message);
        if (!section.has(rules.key) && language != "en")
            findings.problem({path, 0, 0}, rules.key, "is missing");
        const auto* value = text_in(table, rules.key);
        if (value != nullptr)
            places[fmt::format("{} {}", language, rules.key)] = value->place;
        if (value == nullptr || !rule::message.fits(std::get<std::string>(value->content)))
            continue;
        const Written written(source, *value, std::get<std::string>(value->content));
        check_placeholders(written, rules, findings);
        check_letters(written, rules, findings);
        check_counts(written, rules, findings);
    }
    policy.wordings[language] = std::move(wording);
}

void check_messages(const Policy& policy, const PlacesOfTexts& places, Findings& findings)
{
    check_language(policy, policy.language, "texts.language", findings);
    for (const auto& [region, language] : policy.region_languages)
        check_language(policy, language, "texts.region_languages", findings);

    for (const auto& [language, wording] : policy.wordings)
        for (const auto& [key, septets] : lengths_of(policy, wording)) {
            if (septets <= gsm7_segment)
                continue;
            const auto written = places.find(fmt::format("{} {}", language, key));
            const auto* origin = findings.place_of("texts.origin");
            const auto place = written != places.end() ? written->second
                               : origin != nullptr     ? *origin
                                                       : Place{};
            const std::string_view by_origin = key == "text" ? "texts.origin" : "texts.support_contact";
            findings.problem(place, std::string(written != places.end() ? key : by_origin),
                             fmt::format("makes a text message of {} characters with the values of [texts]; "
                                         "allowed: {}, which is one message",
                                         septets, gsm7_segment));
        }
}

} // namespace ssp::config
