#pragma once
// One conversation under test, with dialogues that do what a test wants.
#include "server/conversation.h"

#include "base/clock.h"
#include "scripted_module.h"

#include <coroutine>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "support/cmocka.h"

namespace ssp::testing {

/// Something a dialogue waits for that is not the person: a store job, a provider.
class Gate {
public:
    bool await_ready() const noexcept { return open_; }
    void await_suspend(std::coroutine_handle<> waiting) noexcept { waiting_ = waiting; }
    void await_resume() const noexcept {}
    void open()
    {
        open_ = true;
        if (waiting_)
            std::exchange(waiting_, {}).resume();
    }

private:
    bool open_ = false;
    std::coroutine_handle<> waiting_;
};

/// What one dialogue did, as the test sees it.
struct Trace {
    std::vector<std::string> answers;
    int running = 0;
    Gate gate;
};

struct Running {
    explicit Running(Trace& trace) : trace_(trace) { ++trace_.running; }
    ~Running() { --trace_.running; }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
    Trace& trace_;
};

/// Scripts for TestDialogues::script, and what its other doors do.
Task<Verdict> ask_twice(Claimant& claimant, Trace& trace);
Task<Verdict> wait_at_the_gate(Claimant&, Trace& trace);
Task<Verdict> say_a_control_character(Claimant& claimant, Trace& trace);
Task<Verdict> say_a_control_character_and_accept(Claimant& claimant, Trace&);
Task<Verdict> talk_without_end(Claimant& claimant, Trace& trace);
Task<Verdict> fail_with(ErrorKind kind);
Task<Verdict> list_two_rows(Rows& rows);
Task<DeliveryOutcome> told();

class TestDialogues final : public Dialogues {
public:
    Task<Verdict> begin(protocol::Phase, Claimant& claimant, SignInFacts given) override
    {
        facts = std::move(given);
        if (error)
            return fail_with(*error);
        return script(claimant, trace);
    }
    Task<Verdict> request(Claimant&, Rows& rows, Requester who, std::vector<std::string> given) override
    {
        requester = who;
        words = std::move(given);
        return list_two_rows(rows);
    }
    Task<DeliveryOutcome> tell_owner(Telling) override { return told(); }
    Task<DeliveryOutcome> tell_administrator(AdministratorsNews) override { return told(); }
    const Policy& policy() const noexcept override { return rules; }

    Task<Verdict> (*script)(Claimant&, Trace&) = ask_twice;
    std::optional<ErrorKind> error;
    Trace trace;
    SignInFacts facts;
    Requester requester;
    std::vector<std::string> words;
    Policy rules;
};

/// One conversation under test.
struct Scene {
    explicit Scene(Door door = Door::signin, std::uint32_t peer_uid = 0,
                   Conversation::Deadlines deadlines = {})
    {
        auto [ours, theirs] = socket_pair();
        module.emplace(loop, std::move(theirs));
        conversation.emplace(Conversation::Shared{loop, log, callers, daemons, deadlines}, std::move(ours),
                             door, Peer{peer_uid, peer_uid, 1}, dialogues, [this] {
                                 ++ended;
                                 loop.later([this] { conversation.reset(); });
                             });
    }
    bool over()
    {
        return turn_until(loop, [this] { return !conversation.has_value(); });
    }

    Loop loop;
    SystemClock clock;
    ConversationLog log{clock};
    Seats callers{2, 100};
    std::vector<std::uint32_t> daemons{998, 999};
    std::shared_ptr<TestDialogues> dialogues = std::make_shared<TestDialogues>();
    std::optional<ScriptedModule> module;
    std::optional<Conversation> conversation;
    int ended = 0;
};

/// Whatever breaks the order ends the conversation, without a verdict and without a dialogue left.
inline void check_broken_off(Scene& scene)
{
    std::string heard = scene.module->hear();
    CHECK_TEXT(heard, "closed");
    CHECK(scene.dialogues->trace.running == 0); // at once, however long the socket still takes
    CHECK(scene.over());
    CHECK(scene.dialogues->trace.answers.empty());
}

} // namespace ssp::testing
