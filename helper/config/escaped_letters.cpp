#include "config/escaped_letters.h"

#include "protocol/showable.h"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace ssp::config {

namespace {

enum class Lexed { bare, comment, text, escape, literal };

Lexed after_bare(std::uint32_t letter)
{
    switch (letter) {
    case '#': return Lexed::comment;
    case '"': return Lexed::text;
    case '\'': return Lexed::literal;
    default: return Lexed::bare;
    }
}

Lexed after(Lexed before, std::uint32_t letter)
{
    if (letter == '\n')
        return Lexed::bare;
    switch (before) {
    case Lexed::bare: return after_bare(letter);
    case Lexed::text: return letter == '"' ? Lexed::bare : letter == '\\' ? Lexed::escape : Lexed::text;
    case Lexed::escape: return Lexed::text;
    case Lexed::literal: return letter == '\'' ? Lexed::bare : Lexed::literal;
    case Lexed::comment: break;
    }
    return before;
}

/// "" when the letter may stand there.
std::string complaint(std::string_view text, protocol::CodePoint point, Lexed lexed)
{
    if (point.length == 0)
        return "bytes that are not UTF-8";
    if (lexed == Lexed::bare && (text.starts_with("\"\"\"") || text.starts_with("'''")))
        return "a text of several lines; allowed: one line, with \\n in it";
    const bool may_stand = lexed == Lexed::comment || lexed == Lexed::text;
    if (point.value >= 0x80 && (!may_stand || !protocol::is_harmless(point.value)))
        return "a letter outside of ASCII; allowed: printable ones, in double quotes and comments";
    return {};
}

} // namespace

std::variant<EscapedLetters, Problem> EscapedLetters::of(std::string_view text, const std::string& file)
{
    EscapedLetters escaped;
    Place place{file, 1, 1};
    auto lexed = Lexed::bare;
    while (!text.empty()) {
        const auto point = protocol::first_code_point(text);
        if (auto sentence = complaint(text, point, lexed); !sentence.empty())
            return Problem{std::move(place), "", std::move(sentence)};
        if (point.value < 0x80)
            escaped.add(text.substr(0, 1));
        else if (lexed == Lexed::comment)
            escaped.add("?");
        else
            escaped.add_escape(point.value, place.line);
        lexed = after(lexed, point.value);
        place.line += point.value == '\n' ? 1U : 0U;
        place.column = point.value == '\n' ? 1U : place.column + 1U;
        text.remove_prefix(point.length);
    }
    return escaped;
}

void EscapedLetters::add(std::string_view piece)
{
    text_ += piece;
    if (piece == "\n")
        line_begin_ = text_.size();
}

void EscapedLetters::add_escape(std::uint32_t letter, unsigned line)
{
    const auto escape = letter > 0xffff ? fmt::format("\\U{:08x}", letter) : fmt::format("\\u{:04x}", letter);
    letters_.push_back(
        {line, static_cast<unsigned>(text_.size() - line_begin_ + 1), static_cast<unsigned>(escape.size())});
    text_ += escape;
}

Place EscapedLetters::written(Place place) const
{
    unsigned added = 0;
    for (const auto& letter : letters_)
        if (letter.line == place.line && letter.column < place.column)
            added += std::min(letter.length - 1, place.column - letter.column);
    place.column -= added;
    return place;
}

} // namespace ssp::config
