#include "command/request.h"

#include "base/random.h"
#include "protocol/codec.h"

#include <array>
#include <optional>
#include <utility>

namespace ssp::command {

namespace {

constexpr std::size_t max_rows = 10000;

std::optional<ResultRow> read_row(std::string_view pairs)
{
    ResultRow row;
    while (!pairs.empty()) {
        std::array<std::string, 2> pair;
        for (auto& part : pair) {
            const auto end = pairs.find('\0');
            if (end == std::string_view::npos)
                return std::nullopt;
            part = pairs.substr(0, end);
            pairs.remove_prefix(end + 1);
        }
        row.emplace_back(std::move(pair[0]), std::move(pair[1]));
    }
    return row;
}

class Conversation {
public:
    Conversation(Wire wire, std::uint64_t number, Terminal& terminal,
                 const std::function<void(const std::string&)>& tell)
        : wire_(std::move(wire)), number_(number), terminal_(terminal), tell_(tell)
    {
    }

    Result<Outcome> run(const std::string& words)
    {
        protocol::Request request;
        request.conversation = number_;
        request.words = words;
        auto sent = wire_.send(request);
        if (!sent)
            return sent.error();
        while (!decided_) {
            auto payload = wire_.receive();
            if (!payload)
                return payload.error();
            auto handled = handle(*payload);
            if (!handled)
                return handled.error();
        }
        return std::move(outcome_);
    }

private:
    Result<void> handle(std::span<const char> payload)
    {
        const auto kind = protocol::kind_of(payload);
        if (kind == protocol::Kind::ask)
            return with<protocol::Ask>(payload, &Conversation::on_ask);
        if (kind == protocol::Kind::tell)
            return with<protocol::Tell>(payload, &Conversation::on_tell);
        if (kind == protocol::Kind::row)
            return with<protocol::Row>(payload, &Conversation::on_row);
        if (kind == protocol::Kind::verdict)
            return with<protocol::Verdict>(payload, &Conversation::on_verdict);
        return wire_.not_understood();
    }

    template <class Message>
    Result<void> with(std::span<const char> payload, Result<void> (Conversation::*then)(const Message&))
    {
        Message message;
        const bool fits = protocol::decode(payload, message) && message.conversation == number_ &&
                          message.number == ++messages_;
        if (!fits)
            return wire_.not_understood();
        return (this->*then)(message);
    }

    Result<void> on_ask(const protocol::Ask& ask)
    {
        auto typed = terminal_.ask(ask.text, ask.echo != 0);
        if (!typed) {
            (void)wire_.send(protocol::Leave{number_});
            return Error{ErrorKind::claimant_left, "No answer was given. Nothing more was changed."};
        }
        // If it cannot be sent the helper is gone or has decided meanwhile; the next receive() tells which.
        (void)wire_.send(protocol::Answer{number_, ask.number, typed->reveal()});
        return {};
    }
    Result<void> on_tell(const protocol::Tell& tell)
    {
        tell_(std::string(tell.text));
        return {};
    }
    Result<void> on_row(const protocol::Row& row)
    {
        auto pairs = read_row(row.pairs);
        if (!pairs || outcome_.rows.size() == max_rows)
            return wire_.not_understood();
        outcome_.rows.push_back(std::move(*pairs));
        return {};
    }
    Result<void> on_verdict(const protocol::Verdict& verdict)
    {
        outcome_.decision = verdict.decision;
        decided_ = true;
        return {};
    }

    Wire wire_;
    std::uint64_t number_;
    Terminal& terminal_;
    const std::function<void(const std::string&)>& tell_;
    std::uint32_t messages_ = 0;
    bool decided_ = false;
    Outcome outcome_;
};

} // namespace

Result<Outcome> ask_helper(const HelperDoor& door, const std::vector<std::string>& words, Terminal& terminal,
                           const std::function<void(const std::string&)>& tell)
{
    std::string list;
    for (const auto& word : words)
        list.append(word).push_back('\0');
    if (words.empty() || words.size() > 64 || list.size() > 4096)
        return Error{ErrorKind::not_permitted,
                     "At most 64 words of 4096 characters in all can be sent to ssp-mfad."};
    std::uint64_t number = 0;
    SystemRandom random;
    auto drawn = random.fill({reinterpret_cast<unsigned char*>(&number), sizeof number});
    if (!drawn)
        return drawn.error();
    auto wire = Wire::connect(door);
    if (!wire)
        return wire.error();
    Conversation conversation(std::move(*wire), number, terminal, tell);
    return conversation.run(list);
}

} // namespace ssp::command
