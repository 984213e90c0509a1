#pragma once
// What a request's words mean, and how its answers are worded. Pure.
#include "base/clock.h"
#include "verifier/subscriber.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ssp {

/// The words of one request: the bare ones in their order, and the reason.
struct RequestWords {
    std::vector<std::string> plain;
    std::optional<std::string> reason; ///< --reason=TEXT
};

/// Takes the words apart. Instead of the words: the sentence to tell when one is unknown, repeated or bad.
struct ReadWords {
    RequestWords words;
    std::string complaint; ///< empty: all is well
};
ReadWords read_words(const std::vector<std::string>& words);

/// `word` in quotes, fit for a terminal: at most 40 characters of printable ASCII, "?" for the rest.
std::string quoted(std::string_view word);

/// "\"frobnicate\" is not known here. Allowed: status, devices." `word` may be empty: something is missing.
std::string unknown_word(std::string_view word, std::string_view allowed);

/// RFC 3339 in UTC, "2026-11-23T08:00:00Z".
std::string time_text(WallTime time);

/// "number ending 23", or "set up" for an app: all that anybody is shown of an authenticator.
std::string masked(const Authenticator& authenticator);

} // namespace ssp
