#pragma once
// Codes in words: what a text message says, and what a voice call speaks. Pure functions.
#include "base/clock.h"
#include "base/secret_string.h"
#include "verifier/message_wording.h"

#include <string>
#include <string_view>

namespace ssp {

/// The wording of `language`; English when there is none of it. Lives as long as `wordings`.
const MessageWording& wording_of(const MessageWordings& wordings, const std::string& language);

/// What the placeholders of a text message stand for.
struct MessageParts {
    std::string_view tag;             ///< {tag}: two characters that the prompt shows too
    const SecretString& code;         ///< {code}
    std::string_view organisation;    ///< {organisation}, printable ASCII
    std::string_view support_contact; ///< {support}, printable ASCII
    Seconds life;                     ///< {life}: "5 minutes", in words of the language
    std::string_view origin;          ///< a host name for the last line, or ""
};

/// The text message, UTF-8. With an origin its last line is "@origin #code" alone, from which phones fill the
/// code in for that web origin only (WICG, origin-bound one-time codes). Called by send_code(); the reader of
/// the configuration has seen to it that it fits one GSM-7 segment.
SecretString message_text(const MessageWording& wording, const MessageParts& parts);

/// What the placeholders of a notice stand for.
struct NoticeParts {
    std::string_view what; ///< {what}: in words of the language
    WallTime when{};       ///< {when}: "2026-11-24 15:10 UTC"
    std::string_view organisation;
    std::string_view support_contact;
};

/// A text message without a code or a link, for `pattern` of NoticeWording::notice. Called by tell_owner().
SecretString notice_text(std::string_view pattern, const NoticeParts& parts);

/// Of {name}: what is longer is cut.
inline constexpr std::size_t longest_account_name = 20;

struct AdministratorsParts {
    int count = 0;              ///< {n}
    std::string_view last_name; ///< {name}: of an account, cut and made printable here
    WallTime when{};            ///< {when}
    std::string_view organisation;
};

/// The same for NoticeWording::administrator; called by tell_administrator().
SecretString administrators_text(std::string_view pattern, const AdministratorsParts& parts);

/// The whole text that a voice call speaks, UTF-8: the code digit by digit, twice. For providers that speak
/// texts; called in ssp-mfa-deliveryd.
SecretString spoken_text(const MessageWording& wording, std::string_view organisation,
                         const SecretString& digits);

/// "4, 7, 1": commas make every voice pause.
SecretString spoken_digits(const SecretString& digits);

} // namespace ssp
