#include "delivery/providers/message_json.h"

#include <array>
#include <cstring>
#include <fmt/chrono.h>
#include <utility>

namespace ssp {

namespace {

/// Writes JSON into memory that is wiped; a JSON library would leave copies of the code behind.
class JsonLine {
public:
    void add(std::string_view name, std::string_view value)
    {
        append(used_ == 0 ? "{\"" : ",\"");
        append(name);
        append("\":\"");
        for (const char c : value)
            append_escaped(c);
        append("\"");
    }
    SecretString finish()
    {
        append("}\n");
        return SecretString(line_.reveal().substr(0, used_));
    }

private:
    void append_escaped(char c)
    {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            const std::array<char, 2> pair{'\\', c};
            append({pair.data(), pair.size()});
        } else if (c == '\n') {
            append("\\n");
        } else if (byte < 0x20 || byte == 0x7f) {
            constexpr std::string_view hex = "0123456789abcdef";
            const std::array<char, 6> escape{'\\', 'u', '0', '0', hex[byte >> 4U], hex[byte & 15U]};
            append({escape.data(), escape.size()});
        } else {
            append({&c, 1});
        }
    }
    void append(std::string_view bytes)
    {
        if (bytes.size() > line_.size() - used_) {
            auto larger = SecretString::zeros(2 * (line_.size() + bytes.size()));
            std::memcpy(larger.data(), line_.data(), used_);
            line_ = std::move(larger);
        }
        std::memcpy(line_.data() + used_, bytes.data(), bytes.size());
        used_ += bytes.size();
    }

    SecretString line_ = SecretString::zeros(1024);
    std::size_t used_ = 0;
};

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
