#include "delivery/providers/call_words.h"

#include <algorithm>

namespace ssp {

namespace {

struct Word {
    std::string_view word;
    CallState state;
};
constexpr Word words[] = {
    {"calling", CallState::calling},   {"ringing", CallState::ringing}, {"answered", CallState::answered},
    {"speaking", CallState::speaking}, {"played", CallState::played},   {"no-key", CallState::no_key},
    {"hung-up", CallState::hung_up},   {"busy", CallState::busy},       {"no-answer", CallState::no_answer},
    {"refused", CallState::refused},   {"failed", CallState::failed},
};

constexpr std::size_t longest_said = 120;

std::string without_numbers(std::string_view line)
{
    std::string shown;
    for (std::size_t at = 0; at < line.size();) {
        const auto end = std::min(line.find_first_not_of("0123456789", at), line.size());
        if (end - at >= 4)
            shown += '#';
        else
            shown += line.substr(at, std::max<std::size_t>(end - at, 1));
        at = std::max(end, at + 1);
    }
    return shown.substr(0, longest_said);
}

} // namespace

CallEvent read_call_event(const std::optional<std::string>& line)
{
    if (!line)
        return {CallState::failed, "the call program ended without a last word", false};
    const auto first = std::string_view(*line).substr(0, line->find(' '));
    const auto* const found = std::ranges::find(words, first, &Word::word);
    if (found == std::end(words))
        return {CallState::failed, "the call program said something that is no event", true};
    return {found->state, without_numbers(*line), false};
}

std::string_view word(CallState state) noexcept
{
    const auto* const found = std::ranges::find(words, state, &Word::state);
    return found == std::end(words) ? "unknown" : found->word;
}

} // namespace ssp
