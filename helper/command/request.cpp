#include "command/request.h"

#include "base/random.h"
#include "base/unique_fd.h"
#include "protocol/codec.h"
#include "protocol/frame.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

namespace ssp::command {

namespace {

constexpr std::size_t max_rows = 10000;

Error unreachable(const HelperDoor& door, const std::string& why)
{
    return Error{ErrorKind::delivery_unavailable,
                 "ssp-mfad cannot be reached at " + door.socket + ": " + why +
                     ".\nIs it running? See: systemctl status ssp-mfad.socket"};
}

Error broken_off()
{
    return Error{
        ErrorKind::delivery_unavailable,
        "ssp-mfad ended the conversation before it was decided. Nothing more was changed; try again."};
}

Error not_a_conversation()
{
    return Error{ErrorKind::malformed,
                 "What answers is not this version of ssp-mfad: its message makes no sense."};
}

Result<UniqueFd> connect_to(const HelperDoor& door)
{
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    if (door.socket.size() >= sizeof address.sun_path)
        return unreachable(door, "the path is too long for a socket");
    std::memcpy(address.sun_path, door.socket.data(), door.socket.size());
    UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const auto* plain = reinterpret_cast<const sockaddr*>(&address);
    if (!fd || ::connect(fd.get(), plain, sizeof address) != 0) {
        if (errno == EACCES)
            return Error{ErrorKind::delivery_unavailable,
                         "You may not use " + door.socket + ": it is for root and the members of its group."};
        return unreachable(door, std::strerror(errno));
    }
    ucred peer = {};
    socklen_t length = sizeof peer;
    if (::getsockopt(fd.get(), SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0)
        return unreachable(door, std::strerror(errno));
    if (std::ranges::find(door.trusted_uids, peer.uid) == door.trusted_uids.end())
        return unreachable(door,
                           "uid " + std::to_string(peer.uid) +
                               " listens there, neither root nor the user of ssp-mfad; nothing was sent");
    return fd;
}

/// Frames over a connected socket. What was received and sent is wiped: it may have been a code.
class Wire {
public:
    Wire(UniqueFd socket, std::chrono::milliseconds patience)
        : socket_(std::move(socket)), patience_(patience)
    {
    }

    template <class Message> Result<void> send(const Message& message)
    {
        auto frame = SecretString::zeros(protocol::max_frame_bytes);
        const auto length = protocol::encode(message, std::span(frame.data(), frame.size()));
        if (length == 0)
            return Error{ErrorKind::malformed, "That is too long to be sent to ssp-mfad."};
        std::string_view rest = frame.reveal().substr(0, length);
        while (!rest.empty()) {
            const auto sent = ::send(socket_.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
            if (sent < 0 && errno != EINTR)
                return broken_off();
            rest.remove_prefix(sent < 0 ? 0 : static_cast<std::size_t>(sent));
        }
        return {};
    }

    /// The next payload; it lives until the next call.
    Result<std::span<const char>> receive()
    {
        std::memmove(buffer_.data(), buffer_.data() + taken_, used_ - taken_);
        used_ -= taken_;
        taken_ = 0;
        for (;;) {
            const auto first = protocol::first_frame(std::span<const char>(buffer_.data(), used_));
            if (first.state == protocol::FrameState::malformed)
                return not_a_conversation();
            if (first.state == protocol::FrameState::complete) {
                taken_ = first.frame_bytes;
                return first.payload;
            }
            auto more = read_more();
            if (!more)
                return more.error();
        }
    }

private:
    Result<void> read_more()
    {
        pollfd watched{socket_.get(), POLLIN, 0};
        const int ready = ::poll(&watched, 1, static_cast<int>(patience_.count()));
        if (ready == 0)
            return Error{ErrorKind::deadline_passed,
                         "ssp-mfad does not answer. Nothing more was changed; try again."};
        if (ready < 0)
            return errno == EINTR ? Result<void>() : broken_off();
        const auto got = ::recv(socket_.get(), buffer_.data() + used_, buffer_.size() - used_, 0);
        if (got < 0 && errno == EINTR)
            return {};
        if (got <= 0)
            return broken_off();
        used_ += static_cast<std::size_t>(got);
        return {};
    }

    UniqueFd socket_;
    std::chrono::milliseconds patience_;
    SecretString buffer_ = SecretString::zeros(protocol::max_frame_bytes);
    std::size_t used_ = 0;
    std::size_t taken_ = 0; ///< bytes of the frame that was handed out
};

Result<ResultRow> read_row(std::string_view pairs)
{
    ResultRow row;
    while (!pairs.empty()) {
        std::array<std::string, 2> pair;
        for (auto& part : pair) {
            const auto end = pairs.find('\0');
            if (end == std::string_view::npos)
                return not_a_conversation();
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
        return not_a_conversation();
    }

    template <class Message>
    Result<void> with(std::span<const char> payload, Result<void> (Conversation::*then)(const Message&))
    {
        Message message;
        const bool fits = protocol::decode(payload, message) && message.conversation == number_ &&
                          message.number == ++messages_;
        if (!fits)
            return not_a_conversation();
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
        if (!pairs)
            return pairs.error();
        if (outcome_.rows.size() == max_rows)
            return not_a_conversation();
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
    auto socket = connect_to(door);
    if (!socket)
        return socket.error();
    Conversation conversation(Wire(std::move(*socket), door.patience), number, terminal, tell);
    return conversation.run(list);
}

} // namespace ssp::command
