#pragma once
// A TOML text in UTF-8 as one in ASCII that says the same. toml++ 3.3.0 promises the optimiser that letters
// like U+0429 never come where they can (found by tests/fuzz): it sees none of them.
#include "config/document.h"

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace ssp::config {

/// Letters in double quotes are escapes now, those in comments are "?".
class EscapedLetters {
public:
    /// Problem: bytes that are not UTF-8; a letter that is neither in a comment nor in double quotes, or not
    /// printable; a text of several lines, for which there would have to be more of a lexer here.
    static std::variant<EscapedLetters, Problem> of(std::string_view text, const std::string& file);

    const std::string& text() const noexcept { return text_; }
    /// Where something at `place` of text() was written.
    Place written(Place place) const;

private:
    struct Letter {
        unsigned line;
        unsigned column; ///< in text()
        unsigned length; ///< of the escape
    };
    void add_escape(std::uint32_t letter, unsigned line);
    void add(std::string_view piece);

    std::string text_;
    std::size_t line_begin_ = 0;
    std::vector<Letter> letters_;
};

} // namespace ssp::config
