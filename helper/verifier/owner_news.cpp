#include "verifier/owner_news.h"

#include "verifier/wording.h"

#include <fmt/format.h>

namespace ssp {

namespace {

constexpr std::string_view before_the_day = " on ";

std::string_view way(AuthenticatorKind kind) noexcept
{
    switch (kind) {
    case AuthenticatorKind::text_message: return "number for text messages";
    case AuthenticatorKind::voice_call: return "number for voice calls";
    case AuthenticatorKind::authenticator_app: break;
    }
    return "authenticator app";
}

std::string what_of(News news, AuthenticatorKind kind)
{
    const auto article = kind == AuthenticatorKind::authenticator_app ? "An" : "A";
    switch (news) {
    case News::enrolled: return "Multi-factor authentication was set up";
    case News::added: return fmt::format("{} {} was added", article, way(kind));
    case News::changed: return fmt::format("The {} was changed", way(kind));
    case News::reset: return "The support desk reset your multi-factor authentication";
    case News::recovery_codes: return "New recovery codes were made";
    case News::guessing:
        return "Many wrong codes were typed for your account: somebody may know your password. "
               "The last time was";
    case News::spent_code: break;
    }
    return "A code that was used before was typed again";
}

} // namespace

std::string_view word_of(News news) noexcept
{
    switch (news) {
    case News::enrolled: return "enrolled";
    case News::added: return "added";
    case News::changed: return "changed";
    case News::reset: return "reset";
    case News::recovery_codes: return "recovery-codes";
    case News::guessing: return "guessing";
    case News::spent_code: break;
    }
    return "spent-code";
}

std::string sentence(News news, std::optional<AuthenticatorKind> kind, WallTime at, std::string_view source)
{
    const auto known = kind.value_or(AuthenticatorKind::authenticator_app);
    const auto from = prompts::is_plain(source, 64) ? fmt::format(" from {}", source) : std::string();
    const auto with = news == News::enrolled ? fmt::format(" ({})", way(known)) : std::string();
    return fmt::format("{}{}{}{}{}.", what_of(news, known), before_the_day, prompts::day_and_month(at), from,
                       with);
}

std::string remembered_sentence(std::string_view label, WallTime at)
{
    const auto which = prompts::is_plain(label, 64) ? fmt::format(" ({})", label) : std::string();
    return fmt::format("A device was remembered{}{}{}.", before_the_day, prompts::day_and_month(at), which);
}

bool say_the_same(std::string_view one, std::string_view other) noexcept
{
    return one.substr(0, one.rfind(before_the_day)) == other.substr(0, other.rfind(before_the_day));
}

} // namespace ssp
