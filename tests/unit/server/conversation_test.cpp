// What is said in a conversation, and in which order.
#include "conversation_scene.h"

#include "support/cmocka.h"

using namespace ssp;
using namespace ssp::testing;

namespace {

void the_right_answers_are_accepted_and_messages_are_numbered()
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

void what_begin_says_reaches_the_dialogue()
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

void an_auth_info_that_is_not_set_stays_unset()
{
    Scene scene;
    CHECK(scene.module->begin());
    CHECK_TEXT(scene.module->hear(), "tell 1: Hello.");
    CHECK(!scene.dialogues->facts.auth_info);
}

void garbage_instead_of_begin_ends_the_conversation()
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

void every_truncation_of_begin_ends_in_nothing()
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

void a_message_out_of_order_ends_the_conversation()
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

void an_answer_to_another_question_or_conversation_ends_the_conversation()
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

void a_person_who_leaves_is_rejected()
{
    Scene scene;
    CHECK(scene.module->begin());
    CHECK_TEXT(scene.module->hear(), "tell 1: Hello.");
    CHECK_TEXT(scene.module->hear(), "ask 2: Passcode: ");
    CHECK(scene.module->leave());
    CHECK_TEXT(scene.module->hear(), "verdict 3 rejected");
    CHECK(scene.over() && scene.dialogues->trace.running == 0);
}

void hanging_up_destroys_the_dialogue_wherever_it_is()
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

void what_comes_behind_the_last_answer_is_nobodys()
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

void each_error_has_its_decision()
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

void a_dialogue_that_says_what_no_message_carries_is_never_accepted()
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

} // namespace

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
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
