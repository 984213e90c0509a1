#include "config/section.h"

#include "config/secret_source.h"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>
#include <optional>
#include <tuple>

namespace ssp::config {

namespace {

constexpr std::size_t longest_shown = 40;

/// Bytes that are not printable ASCII as \xNN.
std::string printable(std::string_view text)
{
    std::string line;
    for (const char c : text) {
        if (c < 0x20 || c > 0x7e)
            fmt::format_to(std::back_inserter(line), "\\x{:02x}", static_cast<unsigned char>(c));
        else
            line += c;
    }
    return line;
}

/// What was found, in words; long texts are cut, which the dots say.
std::string shown(const Value& value)
{
    struct Words {
        std::string operator()(bool flag) const { return flag ? "true" : "false"; }
        std::string operator()(std::int64_t number) const { return std::to_string(number); }
        std::string operator()(const std::string& text) const
        {
            return fmt::format("\"{}\"{}", printable(std::string_view(text).substr(0, longest_shown)),
                               text.size() > longest_shown ? "..." : "");
        }
        std::string operator()(const Array&) const { return "an array"; }
        std::string operator()(const Table&) const { return "a table"; }
        std::string operator()(const Unwanted& unwanted) const { return std::string(unwanted.what); }
    };
    return std::visit(Words{}, value.content);
}

struct Unit {
    char letter;
    std::int64_t seconds;
};
constexpr Unit units[] = {{'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}};

/// Digits and one unit, nothing around them; at most nine digits, so that nothing overflows.
std::optional<Seconds> parse_duration(std::string_view text)
{
    if (text.size() < 2 || text.size() > 10)
        return std::nullopt;
    std::int64_t count = 0;
    for (const char c : text.substr(0, text.size() - 1)) {
        if (c < '0' || c > '9')
            return std::nullopt;
        count = count * 10 + (c - '0');
    }
    for (const auto& unit : units)
        if (text.back() == unit.letter)
            return Seconds(count * unit.seconds);
    return std::nullopt;
}

std::optional<Seconds> duration_of(const Value& value)
{
    if (const auto* number = std::get_if<std::int64_t>(&value.content))
        return Seconds(*number);
    if (const auto* text = std::get_if<std::string>(&value.content))
        return parse_duration(*text);
    return std::nullopt;
}

} // namespace

std::string duration_text(Seconds duration)
{
    for (const auto& unit : units)
        if (duration.count() % unit.seconds == 0 && (duration.count() != 0 || unit.letter == 's'))
            return fmt::format("{}{}", duration.count() / unit.seconds, unit.letter);
    return {};
}

void Findings::problem(Place place, std::string key, std::string sentence)
{
    problems_.push_back({std::move(place), std::move(key), std::move(sentence)});
}

const Place* Findings::place_of(const std::string& key) const
{
    const auto found = written_.find(key);
    return found == written_.end() ? nullptr : &found->second;
}

std::string Findings::text() const
{
    auto sorted = problems_;
    std::ranges::stable_sort(sorted, {}, [](const Problem& problem) {
        return std::tuple(problem.place.file, problem.place.line, problem.place.column);
    });
    std::vector<std::string> lines(faults_);
    for (const auto& problem : sorted) {
        auto line = problem.place.file;
        if (problem.place.line != 0)
            line += fmt::format(":{}:{}", problem.place.line, problem.place.column);
        if (!problem.key.empty())
            line += ": " + problem.key;
        lines.push_back(line + ": " + problem.sentence);
    }
    std::string text;
    for (const auto& line : lines)
        text += (text.empty() ? "" : "\n") + printable(line);
    return text;
}

Section::Section(const Table* table, std::string name, Findings& findings)
    : table_(table), name_(std::move(name)), findings_(findings)
{
}

Section::~Section()
{
    if (table_ == nullptr)
        return;
    std::vector<std::string_view> keys(asked_.begin(), asked_.end());
    for (const auto& entry : *table_)
        if (std::ranges::find(asked_, entry.key) == asked_.end())
            findings_.problem(entry.place, dotted(entry.key), "no such key; allowed here: " + list_of(keys));
}

std::string Section::dotted(std::string_view key) const
{
    return name_.empty() ? std::string(key) : fmt::format("{}.{}", name_, key);
}

std::string Section::list_of(const std::vector<std::string_view>& words) const
{
    std::string list;
    for (const auto word : words)
        list += fmt::format("{}{}", list.empty() ? "" : ", ", word);
    return list;
}

const Entry* Section::find(std::string_view key) const
{
    if (table_ == nullptr)
        return nullptr;
    const auto found = std::ranges::find(*table_, key, &Entry::key);
    return found == table_->end() ? nullptr : &*found;
}

const Entry* Section::take(const char* key)
{
    if (std::ranges::find(asked_, key) == asked_.end())
        asked_.emplace_back(key);
    const auto* entry = find(key);
    if (entry != nullptr)
        findings_.written(dotted(key), entry->value.place);
    return entry;
}

void Section::wrong(const Entry& entry, std::string_view allowed)
{
    wrong_item(entry, entry.value, true, allowed);
}

void Section::wrong_item(const Entry& entry, const Value& item, bool may_show, std::string_view allowed)
{
    const bool is_text = std::holds_alternative<std::string>(item.content);
    const auto found = may_show || !is_text ? shown(item) : std::string("a text that is not shown here");
    findings_.problem(item.place, dotted(entry.key), fmt::format("is {}; allowed: {}", found, allowed));
}

void Section::refuse(const char* key, std::string sentence)
{
    if (const auto* entry = find(key))
        findings_.problem(entry->value.place, dotted(key), std::move(sentence));
}

void Section::flag(const char* key, bool& value)
{
    const auto* entry = take(key);
    if (entry == nullptr)
        return;
    if (const auto* found = std::get_if<bool>(&entry->value.content))
        value = *found;
    else
        wrong(*entry, "true, false");
}

void Section::number(const char* key, int& value, int least, int most)
{
    const auto* entry = take(key);
    if (entry == nullptr)
        return;
    const auto* found = std::get_if<std::int64_t>(&entry->value.content);
    if (found != nullptr && *found >= least && *found <= most)
        value = static_cast<int>(*found);
    else
        wrong(*entry, fmt::format("a whole number, {} to {}", least, most));
}

void Section::duration(const char* key, Seconds& value, Seconds least, Seconds most)
{
    const auto* entry = take(key);
    if (entry == nullptr)
        return;
    const auto found = duration_of(entry->value);
    if (found && *found >= least && *found <= most)
        value = *found;
    else
        wrong(*entry, fmt::format("{} to {}, as \"30s\", \"5m\", \"1h\", \"30d\" or a number of seconds",
                                  duration_text(least), duration_text(most)));
}

void Section::text(const char* key, std::string& value, const TextRule& rule)
{
    const auto* entry = take(key);
    if (entry == nullptr)
        return;
    const auto* found = std::get_if<std::string>(&entry->value.content);
    if (found != nullptr && rule.fits(*found))
        value = *found;
    else
        wrong(*entry, rule.allowed);
}

void Section::texts(const char* key, std::vector<std::string>& value, std::size_t least, std::size_t most,
                    const TextRule& rule, bool shown_items)
{
    const auto* entry = take(key);
    if (entry == nullptr)
        return;
    const auto* items = std::get_if<Array>(&entry->value.content);
    if (items == nullptr)
        return wrong(*entry, fmt::format("an array of {} to {} texts, each {}", least, most, rule.allowed));
    if (items->size() < least || items->size() > most)
        return findings_.problem(entry->value.place, dotted(key),
                                 fmt::format("has {} items; allowed: {} to {}", items->size(), least, most));
    std::vector<std::string> found;
    for (const auto& item : *items) {
        const auto* text = std::get_if<std::string>(&item.content);
        if (text != nullptr && rule.fits(*text))
            found.push_back(*text);
        else
            wrong_item(*entry, item, shown_items, rule.allowed);
    }
    if (found.size() == items->size())
        value = std::move(found);
}

void Section::secret(const char* key, SecretString& value)
{
    const auto* entry = take(key);
    if (entry == nullptr)
        return;
    const auto* source = std::get_if<std::string>(&entry->value.content);
    if (source == nullptr || !rule::secret_source.fits(*source))
        return wrong_item(*entry, entry->value, false, rule::secret_source.allowed);
    auto read = read_secret(*source);
    if (read)
        value = std::move(*read);
    else
        findings_.problem(entry->value.place, dotted(key), std::move(read.error().detail));
}

const std::string* Section::text_of(const char* key, const std::vector<std::string_view>& choices)
{
    const auto* entry = take(key);
    if (entry == nullptr)
        return nullptr;
    const auto* found = std::get_if<std::string>(&entry->value.content);
    if (found != nullptr && std::ranges::find(choices, *found) != choices.end())
        return found;
    wrong(*entry, list_of(choices));
    return nullptr;
}

const Table* Section::table(const char* key)
{
    const auto* entry = take(key);
    if (entry == nullptr)
        return nullptr;
    const auto* found = std::get_if<Table>(&entry->value.content);
    if (found == nullptr)
        wrong(*entry, fmt::format("a table, [{}]", dotted(key)));
    return found;
}

std::vector<const Table*> Section::tables(const char* key, std::size_t most)
{
    const auto* entry = take(key);
    if (entry == nullptr)
        return {};
    const auto* items = std::get_if<Array>(&entry->value.content);
    std::vector<const Table*> found;
    if (items != nullptr)
        for (const auto& item : *items)
            if (const auto* one = std::get_if<Table>(&item.content))
                found.push_back(one);
    if (items == nullptr || found.size() != items->size() || found.size() > most) {
        wrong(*entry, fmt::format("at most {} tables, each [[{}]]", most, dotted(key)));
        return {};
    }
    return found;
}

std::vector<Place> Section::places(const char* key) const
{
    std::vector<Place> found;
    const auto* entry = find(key);
    const auto* items = entry == nullptr ? nullptr : std::get_if<Array>(&entry->value.content);
    if (items != nullptr)
        for (const auto& item : *items)
            found.push_back(item.place);
    return found;
}

const Place* Section::place(const char* key) const
{
    const auto* entry = find(key);
    return entry == nullptr ? nullptr : &entry->value.place;
}

} // namespace ssp::config
