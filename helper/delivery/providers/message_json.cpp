#include "delivery/providers/message_json.h"

#include "delivery/providers/json_line.h"

#include <fmt/chrono.h>

namespace ssp {

namespace {

void add_message(JsonLine& line, const OutboundMessage& message)
{
    line.add("to", message.to.reveal());
    line.add("channel", word(message.channel));
    line.add("text", message.text.reveal());
    line.add("speech", message.digits.reveal());
}

} // namespace

SecretString message_json(const OutboundMessage& message)
{
    JsonLine line;
    add_message(line, message);
    line.add("language", message.language);
    line.add("tag", message.tag);
    line.add("reference", message.reference);
    return line.finish();
}

SecretString outbox_json(const OutboundMessage& message, WallTime at)
{
    JsonLine line;
    add_message(line, message);
    line.add("at", fmt::format("{:%FT%TZ}", fmt::gmtime(std::chrono::system_clock::to_time_t(at))));
    return line.finish();
}

std::string_view word(Channel channel) noexcept
{
    return channel == Channel::voice_call ? "voice-call" : "text-message";
}

} // namespace ssp
