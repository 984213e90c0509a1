#pragma once
#include "verifier/ports.h"

#include <string_view>

namespace ssp::testing {

inline constexpr std::string_view phone = "+12055550123";

inline OutboundMessage text_message(std::string_view text = "K7 123456 is your code.")
{
    OutboundMessage message;
    message.channel = Channel::text_message;
    message.to = SecretString(phone);
    message.text = SecretString(text);
    message.tag = "K7";
    message.reference = "aabbccddeeff00aabbccddeeff00aabb";
    return message;
}

inline OutboundMessage voice_call()
{
    auto message = text_message("");
    message.channel = Channel::voice_call;
    message.digits = SecretString(std::string_view("54321"));
    return message;
}

} // namespace ssp::testing
