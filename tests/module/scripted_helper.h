#pragma once
// A helper that follows a script: listens on a real socket, in a thread, and plays its part once for each
// connection. What it noticed is read after stop().
#include "protocol/codec.h"
#include "protocol/frame.h"

#include <atomic>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace ssp::testing {

/// The helper's side of one connection. The numbers of its messages count by themselves.
class Line {
public:
    explicit Line(int fd) : fd_(fd) {}

    /// Reads the first message. The texts live as long as this object; on anything else `conversation` is 0.
    const protocol::Begin& begin();
    void ask(std::string_view text, bool echo = true);
    void tell(std::string_view text, bool error = false);
    void wait();
    void verdict(protocol::Decision decision);
    /// The next answer; "<left>" for a leave, "<gone>" at the end of the stream, "<wrong>" for anything else.
    std::string answer();
    void raw(std::string_view bytes);

    template <class Message> void send(const Message& message)
    {
        std::vector<char> frame(protocol::max_frame_bytes);
        frame.resize(protocol::encode(message, frame));
        raw({frame.data(), frame.size()});
    }

    std::uint64_t conversation = 0;
    std::uint32_t number = 0; ///< of the last message that was sent

private:
    std::vector<char> next_payload();

    int fd_;
    std::vector<char> received_;
    std::vector<char> first_;
    protocol::Begin begin_;
};

using Script = std::function<void(Line&)>;

/// A script that decides at once.
Script says(protocol::Decision decision);

class ScriptedHelper {
public:
    explicit ScriptedHelper(Script script);
    ScriptedHelper(const ScriptedHelper&) = delete;
    ScriptedHelper& operator=(const ScriptedHelper&) = delete;
    ~ScriptedHelper();

    /// Ends the thread, after the connection that it serves.
    void stop();
    const std::string& socket() const { return socket_; }
    /// The module's arguments to reach it: socket= and, as we may not be root, helper_user=.
    std::vector<std::string> arguments(std::vector<std::string> more = {}) const;
    int connections() const { return connections_; }

private:
    void serve();

    Script script_;
    std::string folder_;
    std::string socket_;
    int listener_ = -1;
    int stop_[2] = {-1, -1};
    std::atomic<int> connections_{0};
    std::thread thread_;
};

/// The name of the user who runs the tests.
std::string own_name();

} // namespace ssp::testing
