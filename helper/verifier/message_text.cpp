#include "verifier/message_text.h"

#include <algorithm>
#include <initializer_list>
#include <utility>

namespace ssp {

namespace {

/// What a placeholder's name stands for.
using Value = std::pair<std::string_view, std::string_view>;
using Values = std::initializer_list<Value>;

/// Calls `write` with each piece of `pattern`, placeholders replaced. An unknown one stands as it is.
template <class Write> void fill(std::string_view pattern, Values values, Write write)
{
    while (!pattern.empty()) {
        const auto open = std::min(pattern.find('{'), pattern.size());
        write(pattern.substr(0, open));
        pattern.remove_prefix(open);
        const auto close = pattern.find('}');
        if (close == std::string_view::npos)
            return write(pattern);
        const auto name = pattern.substr(1, close - 1);
        const auto* found = std::ranges::find(values, name, &Value::first);
        write(found == values.end() ? pattern.substr(0, close + 1) : found->second);
        pattern.remove_prefix(close + 1);
    }
}

/// Measured first: a buffer that grows would leave copies of the code behind.
SecretString filled(std::string_view pattern, Values values)
{
    std::size_t size = 0;
    fill(pattern, values, [&size](std::string_view piece) { size += piece.size(); });
    auto out = SecretString::zeros(size);
    char* at = out.data();
    fill(pattern, values, [&at](std::string_view piece) { at = std::ranges::copy(piece, at).out; });
    return out;
}

/// The one ASCII character that GSM-7 has no way to say.
std::string without_backtick(std::string_view text)
{
    std::string out(text);
    std::ranges::replace(out, '`', '\'');
    return out;
}

std::string in_words(const MessageWording& wording, Seconds life)
{
    const auto seconds = std::max<Seconds::rep>(life.count(), 1);
    if (seconds == 60)
        return wording.minute;
    const bool short_life = seconds < 120;
    const auto number = std::to_string(short_life ? seconds : (seconds + 59) / 60);
    return std::string(filled(short_life ? wording.seconds : wording.minutes, {{"n", number}}).reveal());
}

} // namespace

const MessageWording& wording_of(const MessageWordings& wordings, const std::string& language)
{
    static const MessageWording built_in;
    for (const auto& name : {language, std::string("en")})
        if (const auto found = wordings.find(name); found != wordings.end())
            return found->second;
    return built_in;
}

SecretString message_text(const MessageWording& wording, const MessageParts& parts)
{
    auto pattern = wording.text;
    if (!parts.origin.empty())
        pattern += "\n@{origin} #{code}";
    return filled(pattern, {{"tag", parts.tag},
                            {"code", parts.code.reveal()},
                            {"organisation", without_backtick(parts.organisation)},
                            {"support", without_backtick(parts.support_contact)},
                            {"life", in_words(wording, parts.life)},
                            {"origin", parts.origin}});
}

SecretString spoken_text(const MessageWording& wording, std::string_view organisation,
                         const SecretString& digits)
{
    const auto spelled = spoken_digits(digits);
    return filled(wording.speech, {{"digits", spelled.reveal()}, {"organisation", organisation}});
}

SecretString spoken_digits(const SecretString& digits)
{
    static constexpr std::string_view pause = ", ";
    if (digits.empty())
        return {};
    auto out = SecretString::zeros(digits.size() + (digits.size() - 1) * pause.size());
    char* at = out.data();
    for (const char digit : digits.reveal()) {
        if (at != out.data())
            at = std::ranges::copy(pause, at).out;
        *at++ = digit;
    }
    return out;
}

} // namespace ssp
