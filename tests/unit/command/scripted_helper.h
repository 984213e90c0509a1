#pragma once
// A process's worth of ssp-mfad for tests of the command: it listens on a socket of its own and follows a
// script with the first one who connects.
#include "base/unique_fd.h"
#include "protocol/codec.h"
#include "protocol/frame.h"

#include <array>
#include <functional>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <thread>
#include <vector>

namespace ssp::testing {

/// The helper's side of one conversation.
class HelperSide {
public:
    explicit HelperSide(int fd) : fd_(fd) {}

    /// The words of the request; the conversation's number is taken from it.
    std::vector<std::string> hear_request()
    {
        protocol::Request request;
        if (!protocol::decode(receive(), request))
            throw std::runtime_error("no request came");
        conversation_ = request.conversation;
        std::vector<std::string> words;
        for (auto rest = request.words; !rest.empty(); rest.remove_prefix(words.back().size() + 1))
            words.emplace_back(rest.substr(0, rest.find('\0')));
        return words;
    }
    void ask(std::string_view text, bool echo)
    {
        send(protocol::Ask{conversation_, ++number_, static_cast<std::uint8_t>(echo ? 1 : 0), text});
    }
    /// The text of an answer to the last ask, or "(left)".
    std::string hear_answer()
    {
        const auto payload = receive();
        protocol::Leave leave;
        if (protocol::decode(payload, leave))
            return "(left)";
        protocol::Answer answer;
        if (!protocol::decode(payload, answer) || answer.number != number_ ||
            answer.conversation != conversation_)
            return "(no answer to that question)";
        return std::string(answer.text);
    }
    void tell(std::string_view text) { send(protocol::Tell{conversation_, ++number_, 0, text}); }
    void row(std::string_view pairs) { send(protocol::Row{conversation_, ++number_, pairs}); }
    void decide(protocol::Decision decision) { send(protocol::Verdict{conversation_, ++number_, decision}); }
    void skip_a_number() { ++number_; }
    void talk_of_another_conversation() { ++conversation_; }
    void send_bytes(std::string_view bytes) { (void)::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL); }

    /// Any message of protocol/, to whoever connected.
    template <class Message> void send(const Message& message)
    {
        std::array<char, protocol::max_frame_bytes> frame{};
        send_bytes({frame.data(), encode(message, frame)});
    }
    /// The next payload; nothing when the peer went.
    std::span<const char> receive()
    {
        received_.clear();
        for (;;) {
            const auto frame = protocol::first_frame(received_);
            if (frame.state == protocol::FrameState::complete)
                return frame.payload;
            char byte = 0;
            if (::recv(fd_, &byte, 1, 0) != 1)
                return {};
            received_.push_back(byte);
        }
    }

private:
    int fd_;
    std::uint64_t conversation_ = 0;
    std::uint32_t number_ = 0;
    std::vector<char> received_;
};

class ScriptedHelper {
public:
    ScriptedHelper(const std::string& path, std::function<void(HelperSide&)> script)
        : listening_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0))
    {
        sockaddr_un address = {};
        address.sun_family = AF_UNIX;
        path.copy(address.sun_path, sizeof address.sun_path - 1);
        const auto* plain = reinterpret_cast<const sockaddr*>(&address);
        if (::bind(listening_.get(), plain, sizeof address) != 0 || ::listen(listening_.get(), 1) != 0)
            throw std::runtime_error("no socket at " + path);
        thread_ = std::thread([this, script = std::move(script)] {
            const UniqueFd peer(::accept(listening_.get(), nullptr, nullptr));
            if (!peer)
                return;
            HelperSide side(peer.get());
            try {
                script(side);
            } catch (const std::exception&) { // the peer's own test sees that the conversation broke off
            }
        });
    }
    ~ScriptedHelper()
    {
        ::shutdown(listening_.get(), SHUT_RDWR); // ends an accept that nobody came to
        thread_.join();
    }
    ScriptedHelper(const ScriptedHelper&) = delete;
    ScriptedHelper& operator=(const ScriptedHelper&) = delete;

private:
    UniqueFd listening_;
    std::thread thread_;
};

} // namespace ssp::testing
