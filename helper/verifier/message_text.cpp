#include "verifier/message_text.h"

#include <algorithm>
#include <fmt/format.h>
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

/// To the minute, in UTC.
std::string minute_text(WallTime at)
{
    const std::chrono::year_month_day date{std::chrono::floor<std::chrono::days>(at)};
    const std::chrono::hh_mm_ss time{at - std::chrono::floor<std::chrono::days>(at)};
    return fmt::format("{:04}-{:02}-{:02} {:02}:{:02} UTC", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                       time.hours().count(), time.minutes().count());
}

/// An account's name, which somebody else may have chosen, in GSM-7.
std::string short_name(std::string_view name)
{
    auto out = without_backtick(name.substr(0, longest_account_name));
    std::ranges::replace_if(
        out, [](char c) { return c < ' ' || c > '~'; }, '?');
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

SecretString notice_text(std::string_view pattern, const NoticeParts& parts)
{
    return filled(pattern, {{"what", parts.what},
                            {"when", minute_text(parts.when)},
                            {"organisation", without_backtick(parts.organisation)},
                            {"support", without_backtick(parts.support_contact)}});
}

SecretString administrators_text(std::string_view pattern, const AdministratorsParts& parts)
{
    return filled(pattern, {{"n", std::to_string(parts.count)},
                            {"name", short_name(parts.last_name)},
                            {"when", minute_text(parts.when)},
                            {"organisation", without_backtick(parts.organisation)}});
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
