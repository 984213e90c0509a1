#include "verifier/request_words.h"

#include <algorithm>
#include <fmt/chrono.h>

namespace ssp {

namespace {

constexpr std::size_t max_quoted = 40;
constexpr std::size_t max_reason_bytes = 200;
constexpr std::string_view reason_option = "--reason=";

bool is_printable(char c) { return c >= 0x20 && c < 0x7f; }

bool is_reason(std::string_view text)
{
    const bool says_something = std::ranges::any_of(text, [](char c) { return c != ' '; });
    return says_something && text.size() <= max_reason_bytes && std::ranges::all_of(text, is_printable);
}

} // namespace

ReadWords read_words(const std::vector<std::string>& words)
{
    ReadWords read;
    for (const auto& word : words) {
        if (!word.starts_with("--")) {
            read.words.plain.push_back(word);
            continue;
        }
        if (!word.starts_with(reason_option)) {
            read.complaint = unknown_word(word, "--reason=TEXT");
            return read;
        }
        const auto reason = word.substr(reason_option.size());
        if (read.words.reason || !is_reason(reason)) {
            read.complaint = "A reason is given once and has 1 to 200 printable ASCII characters.";
            return read;
        }
        read.words.reason = reason;
    }
    return read;
}

std::string quoted(std::string_view word)
{
    std::string text(word.substr(0, max_quoted));
    for (char& c : text)
        if (!is_printable(c) || c == '"')
            c = '?';
    return '"' + text + (word.size() > max_quoted ? "...\"" : "\"");
}

std::string unknown_word(std::string_view word, std::string_view allowed)
{
    const auto what =
        word.empty() ? std::string("Something is missing") : quoted(word) + " is not known here";
    return what + ". Allowed: " + std::string(allowed) + ".";
}

std::string time_text(WallTime time) { return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", time); }

std::string masked(const Authenticator& authenticator)
{
    if (authenticator.kind == AuthenticatorKind::authenticator_app)
        return "set up";
    const auto number = authenticator.secret.reveal();
    return "number ending " +
           std::string(number.substr(number.size() - std::min<std::size_t>(number.size(), 2)));
}

} // namespace ssp
