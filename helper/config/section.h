#pragma once
// Typed, bounded access to the keys of one table. Nothing stops at the first fault: each is noted in the
// Findings, the value keeps what it was, and reading goes on, so that an administrator sees all of them at
// once.
#include "base/clock.h"
#include "base/secret_string.h"
#include "config/document.h"

#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ssp::config {

/// What was found while reading, over all files.
class Findings {
public:
    void problem(Place place, std::string key, std::string sentence);
    /// A fault of a whole file, as an Error says it.
    void fault(Error error) { faults_.push_back(std::move(error.detail)); }
    /// Remembers that `key` was written at `place`, for rules that bind two keys.
    void written(const std::string& key, const Place& place) { written_[key] = place; }
    /// Where `key` was written last; nothing when it has its default.
    const Place* place_of(const std::string& key) const;

    bool none() const noexcept { return problems_.empty() && faults_.empty(); }
    /// One line each, "FILE:LINE:COLUMN: KEY: SENTENCE", in the order of paths and lines; printable ASCII.
    std::string text() const;

private:
    std::vector<Problem> problems_;
    std::vector<std::string> faults_;
    std::map<std::string, Place> written_;
};

/// What a text must be: a test, and its words for the administrator ("1 to 16 printable ASCII characters").
struct TextRule {
    bool (*fits)(std::string_view text);
    std::string_view allowed;
};

/// One table of one file. Keys that nobody asked for are noted when it goes.
class Section {
public:
    /// `name`: dotted, "" for the whole file. `table`: outlives this; null: the section is not there.
    Section(const Table* table, std::string name, Findings& findings);
    ~Section();
    Section(const Section&) = delete;
    Section& operator=(const Section&) = delete;

    void flag(const char* key, bool& value);
    void number(const char* key, int& value, int least, int most);
    /// "30s", "5m", "1h", "30d", or a whole number of seconds.
    void duration(const char* key, Seconds& value, Seconds least, Seconds most);
    void text(const char* key, std::string& value, const TextRule& rule);
    /// An array of texts; replaces `value` as a whole. `shown` false: an item is not repeated in a message.
    void texts(const char* key, std::vector<std::string>& value, std::size_t least, std::size_t most,
               const TextRule& rule, bool shown = true);
    /// What the text names as its source (secret_source.h), read at once. The text itself is never repeated
    /// in a message: it could be the secret, written into the wrong place.
    void secret(const char* key, SecretString& value);
    /// The key as it was written, for what has rules of its own; null when it is not there.
    const Entry* any(const char* key) { return take(key); }
    /// One of a few words.
    template <class Choice>
    void word(const char* key, Choice& value, std::initializer_list<std::pair<const char*, Choice>> choices);
    /// The table called `key` in this one; an empty one when it is not there.
    const Table* table(const char* key);
    /// The tables of the array `key`, [[key]]; none when it is not there.
    std::vector<const Table*> tables(const char* key, std::size_t most);
    /// Where the items of the array `key` stand; none when it is no array.
    std::vector<Place> places(const char* key) const;
    /// Where `key` stands; nothing when it is not there.
    const Place* place(const char* key) const;

    bool has(const char* key) const { return find(key) != nullptr; }
    /// Notes a fault at `key`, if it is there.
    void refuse(const char* key, std::string sentence);
    std::string dotted(std::string_view key) const;

private:
    const Entry* find(std::string_view key) const;
    const Entry* take(const char* key);
    void wrong(const Entry& entry, std::string_view allowed);
    void wrong_item(const Entry& entry, const Value& item, bool shown, std::string_view allowed);
    std::string list_of(const std::vector<std::string_view>& words) const;
    const std::string* text_of(const char* key, const std::vector<std::string_view>& choices);

    const Table* table_;
    std::string name_;
    Findings& findings_;
    std::vector<std::string> asked_;
};

template <class Choice>
void Section::word(const char* key, Choice& value,
                   std::initializer_list<std::pair<const char*, Choice>> choices)
{
    std::vector<std::string_view> words;
    for (const auto& choice : choices)
        words.emplace_back(choice.first);
    const auto* typed = text_of(key, words);
    for (const auto& choice : choices)
        if (typed != nullptr && *typed == choice.first)
            value = choice.second;
}

/// "5m": the largest unit that divides it.
std::string duration_text(Seconds duration);

} // namespace ssp::config
