#include "server/conversation.h"

#include "base/clock.h"
#include "scripted_module.h"

#include <coroutine>

#include "support/cmocka.h"

using namespace ssp;
using namespace ssp::testing;

namespace {

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

Task<Verdict> ask_twice(Claimant& claimant, Trace& trace)
{
    const Running running(trace);
    claimant.tell("Hello.");
    Prompt first;
    first.text = "Passcode: ";
    first.echo = false;
    auto one = co_await claimant.ask(std::move(first));
    trace.answers.emplace_back(one.reveal());
    Prompt second;
    second.text = "Again: ";
    auto two = co_await claimant.ask(std::move(second));
    trace.answers.emplace_back(two.reveal());
    co_return one.reveal() == "right" && two.reveal() == "right" ? Verdict::accepted : Verdict::rejected;
}

Task<Verdict> wait_at_the_gate(Claimant&, Trace& trace)
{
    const Running running(trace);
    co_await trace.gate;
    co_return Verdict::accepted;
}

Task<Verdict> say_a_control_character(Claimant& claimant, Trace& trace)
{
    const Running running(trace);
    claimant.tell("\x1b[31m");
    Prompt prompt;
    prompt.text = "Code: ";
    auto typed = co_await claimant.ask(std::move(prompt));
    co_return Verdict::accepted;
}

Task<Verdict> say_a_control_character_and_accept(Claimant& claimant, Trace&)
{
    claimant.tell("\x1b[31m");
    co_return Verdict::accepted;
}

Task<Verdict> talk_without_end(Claimant& claimant, Trace& trace)
{
    const Running running(trace);
    for (int i = 0; i < 100; ++i)
        claimant.tell(std::string(8000, 'x'));
    Prompt prompt;
    prompt.text = "Code: ";
    auto typed = co_await claimant.ask(std::move(prompt));
    co_return Verdict::accepted;
}

Task<Verdict> fail_with(ErrorKind kind)
{
    Error error;
    error.kind = kind;
    error.detail = "planted";
    co_return std::move(error);
}

Task<Verdict> list_two_rows(Rows& rows)
{
    rows.add({{"name", "alice"}, {"locked", "no"}});
    rows.add({{"device", ""}});
    co_return Verdict::accepted;
}

Task<DeliveryOutcome> told() { co_return DeliveryOutcome::accepted; }

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

} // namespace

static void the_right_answers_are_accepted_and_messages_are_numbered()
{
    Scene scene;
    CHECK(scene.module->begin());
    CHECK_TEXT(scene.module->hear(), "tell 1: Hello.");
    CHECK_TEXT(scene.module->hear(), "ask 2: Passcode: ");
    CHECK(scene.module->answer("right"));
    CHECK_TEXT(scene.module->hear(), "ask 3 echo: Again: ");
    CHECK(scene.module->answer("right"));
    CHECK_TEXT(scene.module->hear(), "verdict 4 accepted");
    CHECK_TEXT(scene.module->hear(), "closed");
    CHECK(scene.over());
    CHECK(scene.ended == 1 && scene.dialogues->trace.running == 0);
}

static void what_begin_says_reaches_the_dialogue()
{
    Scene scene;
    protocol::Begin begin;
    begin.conversation = scene.module->conversation;
    begin.uid = 1234;
    begin.caller_uid = 77;
    begin.audit_session = 9;
    begin.name = "alice";
    begin.service = "sshd";
    begin.rhost = "host.example";
    begin.tty = "ssh";
    begin.ruser = "bob";
    begin.source = "192.0.2.7";
    begin.connection = "c1";
    begin.has_auth_info = 1;
    begin.groups = std::string_view("\x01\x00\x00\x00\x00\x01\x00\x80", 8);
    CHECK(scene.module->say(begin));
    CHECK_TEXT(scene.module->hear(), "tell 1: Hello.");
    const auto& facts = scene.dialogues->facts;
    CHECK(facts.person.uid == 1234 && facts.person.name == "alice" && facts.service == "sshd");
    CHECK(facts.rhost == "host.example" && facts.tty == "ssh" && facts.ruser == "bob");
    CHECK(facts.source == "192.0.2.7" && facts.connection == "c1");
    CHECK(facts.caller_uid == 77 && facts.audit_session == 9);
    CHECK(facts.auth_info && facts.auth_info->empty());
    CHECK(facts.groups == (std::vector<std::uint32_t>{1, 0x80000100U}));
}

static void an_auth_info_that_is_not_set_stays_unset()
{
    Scene scene;
    CHECK(scene.module->begin());
    CHECK_TEXT(scene.module->hear(), "tell 1: Hello.");
    CHECK(!scene.dialogues->facts.auth_info);
}

/// Whatever breaks the order ends the conversation, without a verdict and without a dialogue left.
static void check_broken_off(Scene& scene)
{
    std::string heard = scene.module->hear();
    CHECK_TEXT(heard, "closed");
    CHECK(scene.dialogues->trace.running == 0); // at once, however long the socket still takes
    CHECK(scene.over());
    CHECK(scene.dialogues->trace.answers.empty());
}

static void garbage_instead_of_begin_ends_the_conversation()
{
    for (const std::string_view bytes :
         {std::string_view("\x00\x00", 2), std::string_view("\xff\xff", 2),
          std::string_view("\x01\x00\x63", 3), std::string_view("\x01\x00\x01", 3),
          std::string_view("GET / HTTP/1.0\r\n\r\n")}) {
        Scene scene;
        CHECK(scene.module->raw(bytes));
        if (bytes.substr(0, 3) == "GET")
            scene.module->hang_up(); // a length that never comes
        else
            check_broken_off(scene);
        CHECK(scene.over());
    }
}

static void every_truncation_of_begin_ends_in_nothing()
{
    char frame[protocol::max_frame_bytes];
    protocol::Begin begin;
    begin.name = "alice";
    begin.service = "sshd";
    const auto length = protocol::encode(begin, frame);
    for (std::size_t cut = 0; cut < length; ++cut) {
        Scene scene;
        CHECK(scene.module->raw({frame, cut}));
        scene.module->hang_up();
        CHECK(scene.over());
        CHECK(scene.dialogues->facts.person.name.empty());
    }
}

static void a_message_out_of_order_ends_the_conversation()
{
    {
        Scene scene; // an answer before anything was asked
        CHECK(scene.module->answer("right", 1));
        check_broken_off(scene);
    }
    {
        Scene scene; // a request at the module's door
        CHECK(scene.module->request(std::string_view("status\0", 7)));
        check_broken_off(scene);
    }
    {
        Scene scene(Door::self, 1000); // a begin at anybody's door
        CHECK(scene.module->begin());
        check_broken_off(scene);
    }
    {
        Scene scene; // begin again
        CHECK(scene.module->begin());
        CHECK_TEXT(scene.module->hear(), "tell 1: Hello.");
        CHECK_TEXT(scene.module->hear(), "ask 2: Passcode: ");
        CHECK(scene.module->begin());
        check_broken_off(scene);
    }
    {
        Scene scene; // an answer while the helper works
        scene.dialogues->script = wait_at_the_gate;
        CHECK(scene.module->begin());
        CHECK(turn_until(scene.loop, [&] { return scene.dialogues->trace.running == 1; }));
        CHECK(scene.module->answer("right", 1));
        check_broken_off(scene);
    }
}

static void an_answer_to_another_question_or_conversation_ends_the_conversation()
{
    for (const std::uint32_t number : {0U, 1U, 3U, 0xffffffffU}) {
        Scene scene;
        CHECK(scene.module->begin());
        CHECK_TEXT(scene.module->hear(), "tell 1: Hello.");
        CHECK_TEXT(scene.module->hear(), "ask 2: Passcode: ");
        CHECK(scene.module->answer("right", number));
        check_broken_off(scene);
    }
    Scene scene;
    CHECK(scene.module->begin());
    CHECK_TEXT(scene.module->hear(), "tell 1: Hello.");
    CHECK_TEXT(scene.module->hear(), "ask 2: Passcode: ");
    scene.module->conversation = 4712;
    CHECK(scene.module->answer("right"));
    check_broken_off(scene);
}

static void a_person_who_leaves_is_rejected()
{
    Scene scene;
    CHECK(scene.module->begin());
    CHECK_TEXT(scene.module->hear(), "tell 1: Hello.");
    CHECK_TEXT(scene.module->hear(), "ask 2: Passcode: ");
    CHECK(scene.module->leave());
    CHECK_TEXT(scene.module->hear(), "verdict 3 rejected");
    CHECK(scene.over() && scene.dialogues->trace.running == 0);
}

static void hanging_up_destroys_the_dialogue_wherever_it_is()
{
    {
        Scene scene;
        CHECK(scene.module->begin());
        CHECK_TEXT(scene.module->hear(), "tell 1: Hello.");
        CHECK_TEXT(scene.module->hear(), "ask 2: Passcode: ");
        scene.module->hang_up();
        CHECK(scene.over() && scene.dialogues->trace.running == 0);
    }
    Scene scene;
    scene.dialogues->script = wait_at_the_gate;
    CHECK(scene.module->begin());
    CHECK(turn_until(scene.loop, [&] { return scene.dialogues->trace.running == 1; }));
    scene.module->hang_up();
    CHECK(scene.over() && scene.dialogues->trace.running == 0);
    CHECK(scene.ended == 1);
}

static void what_comes_behind_the_last_answer_is_nobodys()
{
    Scene scene;
    CHECK(scene.module->begin());
    CHECK_TEXT(scene.module->hear(), "tell 1: Hello.");
    CHECK_TEXT(scene.module->hear(), "ask 2: Passcode: ");
    CHECK(scene.module->answer("wrong"));
    CHECK_TEXT(scene.module->hear(), "ask 3 echo: Again: ");
    CHECK(scene.module->answer("wrong"));
    CHECK(scene.module->answer("right"));
    CHECK_TEXT(scene.module->hear(), "verdict 4 rejected");
    CHECK(scene.over());
}

static void each_error_has_its_decision()
{
    struct Case {
        ErrorKind kind;
        const char* decision;
    };
    for (const auto& [kind, decision] :
         {Case{ErrorKind::store_unavailable, "unavailable"}, Case{ErrorKind::store_tampered, "unavailable"},
          Case{ErrorKind::internal, "unavailable"}, Case{ErrorKind::identity_changed, "unavailable"},
          Case{ErrorKind::delivery_unavailable, "unavailable"}, Case{ErrorKind::malformed, "unavailable"},
          Case{ErrorKind::configuration, "unavailable"}, Case{ErrorKind::claimant_left, "rejected"},
          Case{ErrorKind::deadline_passed, "rejected"}, Case{ErrorKind::not_permitted, "rejected"}}) {
        Scene scene;
        scene.dialogues->error = kind;
        CHECK(scene.module->begin());
        CHECK_TEXT(scene.module->hear(), std::string("verdict 1 ") + decision);
        CHECK(scene.over());
    }
}

static void a_dialogue_that_says_what_no_message_carries_is_never_accepted()
{
    for (const auto script : {say_a_control_character, say_a_control_character_and_accept}) {
        Scene scene;
        scene.dialogues->script = script;
        CHECK(scene.module->begin());
        const auto heard = scene.module->hear();
        CHECK(heard.starts_with("verdict") && heard.ends_with("unavailable"));
        CHECK(scene.over() && scene.dialogues->trace.running == 0);
    }
}

static void a_peer_that_does_not_read_is_given_up()
{
    Scene scene;
    scene.dialogues->script = talk_without_end;
    CHECK(scene.module->begin());
    CHECK(scene.over() && scene.dialogues->trace.running == 0);
}

static void who_says_nothing_is_hung_up_on()
{
    Conversation::Deadlines deadlines;
    deadlines.first_message = std::chrono::milliseconds(10);
    Scene scene(Door::signin, 0, deadlines);
    CHECK_TEXT(scene.module->hear(), "closed");
    CHECK(scene.over());
}

static void who_does_not_answer_a_prompt_is_rejected()
{
    Scene scene;
    scene.dialogues->rules.answer_deadline = Seconds(1);
    CHECK(scene.module->begin());
    CHECK_TEXT(scene.module->hear(), "tell 1: Hello.");
    CHECK_TEXT(scene.module->hear(), "ask 2: Passcode: ");
    CHECK_TEXT(scene.module->hear(), "verdict 3 rejected");
    CHECK(scene.over() && scene.dialogues->trace.running == 0);
}

static void a_whole_conversation_ends_however_slowly_somebody_answers()
{
    Conversation::Deadlines deadlines;
    deadlines.whole = std::chrono::milliseconds(20);
    Scene scene(Door::signin, 0, deadlines);
    CHECK(scene.module->begin());
    CHECK_TEXT(scene.module->hear(), "tell 1: Hello.");
    CHECK_TEXT(scene.module->hear(), "ask 2: Passcode: ");
    CHECK_TEXT(scene.module->hear(), "verdict 3 rejected");
    CHECK(scene.over() && scene.dialogues->trace.running == 0);
}

static void at_the_console_the_whole_conversation_is_shorter()
{
    Scene scene;
    scene.module->service = "login";
    scene.dialogues->rules.console_deadline = Seconds(1);
    CHECK(scene.module->begin());
    CHECK_TEXT(scene.module->hear(), "tell 1: Hello.");
    CHECK_TEXT(scene.module->hear(), "ask 2: Passcode: ");
    CHECK_TEXT(scene.module->hear(), "verdict 3 rejected");
}

static void a_helper_that_works_says_so_until_it_is_done()
{
    Conversation::Deadlines deadlines;
    deadlines.keep_alive = std::chrono::milliseconds(5);
    Scene scene(Door::signin, 0, deadlines);
    scene.dialogues->script = wait_at_the_gate;
    CHECK(scene.module->begin());
    CHECK_TEXT(scene.module->hear(), "wait 1");
    CHECK_TEXT(scene.module->hear(), "wait 2");
    scene.dialogues->trace.gate.open();
    auto heard = scene.module->hear();
    while (heard.substr(0, 4) == "wait")
        heard = scene.module->hear();
    CHECK(heard.ends_with(" accepted"));
    CHECK(scene.over());
}

static void nobody_is_told_to_wait_while_a_prompt_is_open()
{
    Conversation::Deadlines deadlines;
    deadlines.keep_alive = std::chrono::milliseconds(1);
    deadlines.whole = std::chrono::milliseconds(30);
    Scene scene(Door::signin, 0, deadlines);
    CHECK(scene.module->begin());
    CHECK_TEXT(scene.module->hear(), "tell 1: Hello.");
    CHECK_TEXT(scene.module->hear(), "ask 2: Passcode: ");
    CHECK_TEXT(scene.module->hear(), "verdict 3 rejected");
}

static void a_request_gets_its_rows()
{
    Scene scene(Door::self, 1000);
    CHECK(scene.module->request(std::string_view("user\0show\0\0", 11)));
    CHECK_TEXT(scene.module->hear(), "row 1: name|alice|locked|no|");
    CHECK_TEXT(scene.module->hear(), "row 2: device||");
    CHECK_TEXT(scene.module->hear(), "verdict 3 accepted");
    CHECK(scene.dialogues->words == (std::vector<std::string>{"user", "show", ""}));
    CHECK(scene.over());
}

static void the_role_comes_from_the_door_and_the_kernel()
{
    struct Case {
        Door door;
        std::uint32_t uid;
        Role role;
    };
    for (const auto& [door, uid, role] :
         {Case{Door::self, 1000, Role::self}, Case{Door::self, 0, Role::self},
          Case{Door::admin, 0, Role::administrator}, Case{Door::admin, 1000, Role::support}}) {
        Scene scene(door, uid);
        CHECK(scene.module->request(std::string_view("status\0", 7)));
        CHECK_TEXT(scene.module->hear(), "row 1: name|alice|locked|no|");
        CHECK(scene.dialogues->requester.role == role && scene.dialogues->requester.uid == uid);
    }
}

static void a_request_that_is_no_words_ends_the_conversation()
{
    std::string many;
    for (int i = 0; i < 65; ++i)
        many += std::string("a\0", 2);
    for (const auto& words : {std::string("status"), std::string("status\0x", 8), many}) {
        Scene scene(Door::self, 1000);
        CHECK(scene.module->request(words));
        check_broken_off(scene);
    }
}

static void one_caller_has_so_many_conversations_and_no_more()
{
    Scene scene;
    auto first = scene.callers.take(1000);
    auto second = scene.callers.take(1000);
    CHECK(first && second && !scene.callers.take(1000));
    CHECK(scene.module->begin("alice", 1000));
    CHECK_TEXT(scene.module->hear(), "verdict 1 unavailable");
    CHECK(scene.over());
    first.reset();
    CHECK(scene.callers.take(1000).has_value());
}

static void nobody_signs_in_with_the_user_id_of_a_daemon()
{
    for (const std::uint32_t uid : {998U, 999U}) {
        Scene scene;
        scene.module->uid = uid;
        CHECK(scene.module->begin("mallory"));
        CHECK_TEXT(scene.module->hear(), "verdict 1 unavailable");
        CHECK(scene.over());
        CHECK(scene.dialogues->facts.person.name.empty()); // no dialogue was begun
    }
    Scene scene;
    scene.module->uid = 997;
    CHECK(scene.module->begin("alice"));
    CHECK_TEXT(scene.module->hear(), "tell 1: Hello.");
}

static void the_place_of_a_caller_is_free_again_after_the_conversation()
{
    Scene scene;
    CHECK(scene.module->begin("alice", 1000));
    CHECK_TEXT(scene.module->hear(), "tell 1: Hello.");
    auto second = scene.callers.take(1000);
    CHECK(second && !scene.callers.take(1000));
    scene.module->hang_up();
    CHECK(scene.over());
    CHECK(scene.callers.take(1000).has_value());
}

static void a_daemon_that_stops_tells_everybody()
{
    {
        Scene scene;
        CHECK(scene.module->begin());
        CHECK_TEXT(scene.module->hear(), "tell 1: Hello.");
        CHECK_TEXT(scene.module->hear(), "ask 2: Passcode: ");
        scene.conversation->cancel();
        CHECK_TEXT(scene.module->hear(), "verdict 3 unavailable");
        CHECK(scene.over() && scene.dialogues->trace.running == 0);
    }
    Scene scene;
    scene.conversation->cancel();
    CHECK_TEXT(scene.module->hear(), "closed");
    CHECK(scene.over());
}

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(the_right_answers_are_accepted_and_messages_are_numbered),
        SENTENCE(what_begin_says_reaches_the_dialogue),
        SENTENCE(an_auth_info_that_is_not_set_stays_unset),
        SENTENCE(garbage_instead_of_begin_ends_the_conversation),
        SENTENCE(every_truncation_of_begin_ends_in_nothing),
        SENTENCE(a_message_out_of_order_ends_the_conversation),
        SENTENCE(an_answer_to_another_question_or_conversation_ends_the_conversation),
        SENTENCE(a_person_who_leaves_is_rejected),
        SENTENCE(hanging_up_destroys_the_dialogue_wherever_it_is),
        SENTENCE(what_comes_behind_the_last_answer_is_nobodys),
        SENTENCE(each_error_has_its_decision),
        SENTENCE(a_dialogue_that_says_what_no_message_carries_is_never_accepted),
        SENTENCE(a_peer_that_does_not_read_is_given_up),
        SENTENCE(who_says_nothing_is_hung_up_on),
        SENTENCE(who_does_not_answer_a_prompt_is_rejected),
        SENTENCE(a_whole_conversation_ends_however_slowly_somebody_answers),
        SENTENCE(at_the_console_the_whole_conversation_is_shorter),
        SENTENCE(a_helper_that_works_says_so_until_it_is_done),
        SENTENCE(nobody_is_told_to_wait_while_a_prompt_is_open),
        SENTENCE(a_request_gets_its_rows),
        SENTENCE(the_role_comes_from_the_door_and_the_kernel),
        SENTENCE(a_request_that_is_no_words_ends_the_conversation),
        SENTENCE(one_caller_has_so_many_conversations_and_no_more),
        SENTENCE(nobody_signs_in_with_the_user_id_of_a_daemon),
        SENTENCE(the_place_of_a_caller_is_free_again_after_the_conversation),
        SENTENCE(a_daemon_that_stops_tells_everybody),
    };
    return cmocka_run_group_tests_name("server conversation", tests, nullptr, nullptr);
}
