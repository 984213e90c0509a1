#pragma once
// A TOML text as plain values that know where they stand. document.cpp is the only file that knows toml++.
#include "base/result.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace ssp::config {

/// Where something was written; lines and columns count from 1. Line 0: the file as a whole.
struct Place {
    std::string file;
    unsigned line = 0;
    unsigned column = 0;
};

struct Value;
struct Entry;
using Array = std::vector<Value>;
using Table = std::vector<Entry>;

/// Something TOML knows and no key takes: "a date", "a number with a fraction".
struct Unwanted {
    std::string_view what;
};

struct Value {
    std::variant<bool, std::int64_t, std::string, Array, Table, Unwanted> content;
    Place place;
};

struct Entry {
    std::string key;
    Place place; ///< of the key
    Value value;
};

/// Something that is wrong, for the administrator.
struct Problem {
    Place place;
    std::string key;      ///< dotted, or "" when the text itself is broken
    std::string sentence; ///< what was found and what is allowed
};

/// What letters outside of ASCII may be: none at all; or, for texts in the languages of people, printable
/// UTF-8 in comments and in texts of one line in double quotes.
enum class Letters { ascii, quoted_utf8 };

/// The tables of `text`, read as TOML 1.0. `file` is what places and problems call it.
/// A text that breaks TOML's rules (a key twice, a number that does not fit, bytes that are not UTF-8) gives
/// the one problem at which reading stopped.
std::variant<Table, Problem> parse_document(std::string_view text, const std::string& file,
                                            Letters letters = Letters::ascii);

} // namespace ssp::config
