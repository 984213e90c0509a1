#pragma once
// The words around a code, in one language. config/ reads them from messages/LANGUAGE.toml; English is
// built in. Placeholders stand in braces (message_text.h); a reader has judged them.
#include <map>
#include <string>

namespace ssp {

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

    bool operator==(const MessageWording&) const = default;
};

/// By language (ISO 639-1, "en"); "en" is always there.
using MessageWordings = std::map<std::string, MessageWording>;

} // namespace ssp
