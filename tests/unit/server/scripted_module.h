#pragma once
// The other end of a conversation, in the same thread: turns the loop until what it waits for has come.
#include "base/unique_fd.h"
#include "loop/loop.h"
#include "protocol/codec.h"
#include "protocol/frame.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <utility>
#include <vector>

namespace ssp::testing {

/// Two ends of one stream; both non-blocking.
inline std::pair<UniqueFd, UniqueFd> socket_pair()
{
    int ends[2] = {-1, -1};
    ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends);
    return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

/// Turns the loop until `done`, at most `turns` times.
inline bool turn_until(Loop& loop, const std::function<bool()>& done, int turns = 20000)
{
    for (int i = 0; i < turns; ++i) {
        if (done())
            return true;
        loop.run_once(std::chrono::milliseconds(1));
    }
    return done();
}

class ScriptedModule {
public:
    ScriptedModule(Loop& loop, UniqueFd socket) : loop_(loop), socket_(std::move(socket)) {}

    /// What the helper said: one line, "ask 1 echo: text", "tell 2: text", "wait 3", "verdict 4 accepted",
    /// "row 1: name=value", or "closed".
    std::string hear()
    {
        std::optional<std::string> line;
        turn_until(loop_, [&] { return (line = next()).has_value(); });
        return line.value_or("nothing");
    }
    bool begin(std::string_view name = "alice", std::uint32_t caller_uid = 0,
               protocol::Phase phase = protocol::Phase::authenticate)
    {
        protocol::Begin begin;
        begin.conversation = conversation;
        begin.phase = phase;
        begin.uid = uid;
        begin.caller_uid = caller_uid;
        begin.name = name;
        begin.service = service;
        return say(begin);
    }
    bool answer(std::string_view text) { return answer(text, asked); }
    bool answer(std::string_view text, std::uint32_t number)
    {
        return say(protocol::Answer{conversation, number, text});
    }
    bool leave() { return say(protocol::Leave{conversation}); }
    bool request(std::string_view words) { return say(protocol::Request{conversation, words}); }
    bool raw(std::string_view bytes)
    {
        return ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
               static_cast<ssize_t>(bytes.size());
    }
    template <class Message> bool say(const Message& message)
    {
        char frame[protocol::max_frame_bytes];
        return raw({frame, protocol::encode(message, frame)});
    }
    void hang_up() { socket_.reset(); }

    std::uint64_t conversation = 4711;
    std::uint32_t uid = 1000;
    std::uint32_t asked = 0; ///< number of the last ask
    std::string_view service = "sshd";

private:
    std::optional<std::string> next()
    {
        char bytes[65536];
        const ssize_t got = ::recv(socket_.get(), bytes, sizeof bytes, MSG_DONTWAIT);
        if (got > 0)
            received_.append(bytes, static_cast<std::size_t>(got));
        const auto frame = protocol::first_frame(received_);
        if (frame.state == protocol::FrameState::incomplete)
            return got == 0 || (got < 0 && errno != EAGAIN) ? std::optional<std::string>("closed")
                                                            : std::nullopt;
        auto line = in_words(frame.payload);
        received_.erase(0, frame.frame_bytes);
        return line;
    }
    std::string in_words(std::span<const char> payload)
    {
        protocol::Ask ask;
        if (protocol::decode(payload, ask) && ask.conversation == conversation) {
            asked = ask.number;
            return "ask " + std::to_string(ask.number) + (ask.echo == 1 ? " echo: " : ": ") +
                   std::string(ask.text);
        }
        protocol::Tell tell;
        if (protocol::decode(payload, tell) && tell.conversation == conversation)
            return "tell " + std::to_string(tell.number) + ": " + std::string(tell.text);
        protocol::Wait wait;
        if (protocol::decode(payload, wait) && wait.conversation == conversation)
            return "wait " + std::to_string(wait.number);
        protocol::Row row;
        if (protocol::decode(payload, row) && row.conversation == conversation) {
            std::string pairs(row.pairs);
            for (char& c : pairs)
                c = c == '\0' ? '|' : c;
            return "row " + std::to_string(row.number) + ": " + pairs;
        }
        protocol::Verdict verdict;
        if (protocol::decode(payload, verdict) && verdict.conversation == conversation)
            return "verdict " + std::to_string(verdict.number) + " " + word_of(verdict.decision);
        return "something else";
    }
    static std::string word_of(protocol::Decision decision)
    {
        switch (decision) {
        case protocol::Decision::accepted: return "accepted";
        case protocol::Decision::rejected: return "rejected";
        case protocol::Decision::locked: return "locked";
        case protocol::Decision::not_enrolled: return "not-enrolled";
        case protocol::Decision::unavailable: return "unavailable";
        }
        return "unknown";
    }

    Loop& loop_;
    UniqueFd socket_;
    std::string received_;
};

} // namespace ssp::testing
