#pragma once
// One conversation: frames on a socket at one side, one dialogue at the other.
//
//   signin.sock   begin     tell* wait* (ask answer)*           verdict
//   others        request   tell* row* (ask answer)*            verdict
//
// Whatever else comes, at any moment, ends the conversation without a verdict, and the module refuses.
#include "base/task.h"
#include "loop/frame_channel.h"
#include "loop/peer.h"
#include "loop/seats.h"
#include "protocol/codec.h"
#include "protocol/frame.h"
#include "server/conversation_log.h"
#include "server/dialogues.h"
#include "server/door.h"

#include <functional>
#include <memory>
#include <optional>

namespace ssp {

class Conversation final : private Claimant, private Rows {
public:
    struct Deadlines {
        std::chrono::milliseconds first_message{5000};
        /// A dialogue that works says so to the module so often, which gives a silent helper up after 4.5 s.
        std::chrono::milliseconds keep_alive{2000};
        std::chrono::milliseconds whole{1800000};  ///< however slowly somebody answers
        std::chrono::milliseconds last_read{5000}; ///< of whatever was sent last
    };
    /// What all conversations share; outlives them. `callers`: places for the uids that modules report.
    /// `daemons`: users as whom nobody signs in.
    struct Shared {
        Loop& loop;
        ConversationLog& log;
        Seats& callers;
        const std::vector<std::uint32_t>& daemons;
        Deadlines deadlines{};
    };

    /// `socket`: connected, non-blocking. `ended`: called once, when there is nothing left to do; it must
    /// destroy this object on a later turn (Loop::later).
    Conversation(Shared shared, UniqueFd socket, Door door, Peer peer, std::shared_ptr<Dialogues> dialogues,
                 std::function<void()> ended);
    ~Conversation() override;
    Conversation(const Conversation&) = delete;
    Conversation& operator=(const Conversation&) = delete;

    /// Ends the dialogue, wherever it is, with "unavailable": the daemon stops.
    void cancel();

private:
    enum class State { opening, working, asking, over };
    class Answered;

    void on_frame(std::span<const char> payload);
    void on_begin(std::span<const char> payload);
    void on_request(std::span<const char> payload);
    void on_reply(std::span<const char> payload);
    void on_closed();
    void on_deadline();
    void on_whole_deadline();
    void start(Task<Verdict> dialogue, std::chrono::milliseconds whole);
    void work();
    void resume_with(Result<SecretString> answer);
    void say_wait();
    void end(const Result<Verdict>& ended);
    void refuse(std::string_view why);
    void break_off(std::string_view why);
    void stop_timers();
    template <class Message> bool send(const Message& message);

    Task<SecretString> ask(Prompt prompt) override;
    void tell(std::string text) override;
    void add(Row row) override;

    Shared shared_;
    Door door_;
    Peer peer_;
    std::shared_ptr<Dialogues> dialogues_;
    std::function<void()> ended_;
    State state_ = State::opening;
    std::uint64_t conversation_ = 0;
    std::uint32_t number_ = 0; ///< of the last message sent
    bool unsayable_ = false;   ///< the dialogue said something that no message carries
    ConversationLog::Subject subject_;
    std::optional<Seats::Seat> seat_;
    std::coroutine_handle<> waiting_; ///< set while asking
    Result<SecretString> answer_;
    Timer deadline_; ///< of the first message, of each prompt, of reading the last message
    Timer keep_alive_;
    Timer whole_;
    FrameChannel channel_;
    std::optional<RootTask<Verdict>> dialogue_;
};

} // namespace ssp
