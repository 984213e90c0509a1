#pragma once
// The words around a code, in one language. config/ reads them from messages/LANGUAGE.toml; English is
// built in. Placeholders stand in braces (message_text.h); a reader has judged them.
#include <map>
#include <string>

namespace ssp {

/// What owners and the administrator are told (owner_news.h): text messages without a code.
struct NoticeWording {
    /// To an owner: {what} happened, {when}; {organisation} and {support} where they are wanted.
    std::string notice = "{organisation}: {what}, {when}. Not you? Tell {support}.";
    std::string added = "a way to sign in was added to your account"; ///< this and the next ones: {what}
    std::string changed = "a way to sign in was changed";
    std::string reset = "your second factor was reset by the desk";
    std::string recovery_codes = "new recovery codes were made";
    std::string guessing = "wrong codes were typed for your account";
    std::string spent_code = "a used code was typed again";
    /// To the administrator: {n} events, the last of them about {name}, {when}.
    std::string administrator =
        "{organisation}: {n} for you to look at, last {name}, {when}. journalctl SSP_EVENT=owner-told";

    bool operator==(const NoticeWording&) const = default;
};

struct MessageWording {
    /// The text message. Begins with {tag} {code}; may have {organisation}, {life} and {support}.
    std::string text =
        "{tag} {code} is your {organisation} sign-in code, valid {life}. Do not share it with anyone.";
    /// What a voice call says when its provider speaks texts: {digits}, two or three times; {organisation}.
    std::string speech = "Hello. Your {organisation} sign-in code is {digits}. "
                         "Again, your code is {digits}. Goodbye.";
    std::string seconds = "{n} seconds"; ///< of {life}, below two minutes
    std::string minute = "1 minute";
    std::string minutes = "{n} minutes";
    NoticeWording notices;

    bool operator==(const MessageWording&) const = default;
};

/// By language (ISO 639-1, "en"); "en" is always there.
using MessageWordings = std::map<std::string, MessageWording>;

} // namespace ssp
