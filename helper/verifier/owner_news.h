#pragma once
// What the owner of an account is told over another channel and at the next sign-in, because somebody who has
// the first factor may be doing it (docs/explanation/telling-the-owner.md).
#include "verifier/subscriber.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ssp {

enum class News : std::uint8_t {
    enrolled = 1,   ///< a first authenticator was bound: nothing but the administrator's channel is older
    added,          ///< a further authenticator was bound
    changed,        ///< an authenticator was replaced
    reset,          ///< by the support desk
    recovery_codes, ///< made anew
    guessing,       ///< codes are guessed after a first factor that was right
    spent_code,     ///< a code that was accepted before was typed again
};

/// One piece of news, counted and recorded: whoever holds it may send one message about it.
struct Telling {
    News news = News::enrolled;
    Identity person;
    WallTime at{};
    SecretString number; ///< E.164, of the owner's text messages; empty: the administrator is told instead
};

/// Its word in the audit trail, the journal and the database: "spent-code".
std::string_view word_of(News news) noexcept;

/// One sentence for the next sign-in, ASCII, with day and source where that tells something: "An
/// authenticator app was added on 24 November from 192.0.2.7." `kind`: of the authenticator that it is about,
/// if any.
std::string sentence(News news, std::optional<AuthenticatorKind> kind, WallTime at, std::string_view source);

/// "A device was remembered on 24 November (SSH key ending Qx7A)." Told at the next sign-in only: whoever may
/// remember a device has just proven a second factor.
std::string remembered_sentence(std::string_view label, WallTime at);

/// True if both sentences say the same but for the day and what follows it: the later one is enough.
bool say_the_same(std::string_view one, std::string_view other) noexcept;

} // namespace ssp
