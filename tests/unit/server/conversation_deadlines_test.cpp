// How long a conversation waits, and for what.
#include "conversation_scene.h"

#include "support/cmocka.h"

using namespace ssp;
using namespace ssp::testing;

namespace {

void a_peer_that_does_not_read_is_given_up()
{
    Scene scene;
    scene.dialogues->script = talk_without_end;
    CHECK(scene.module->begin());
    CHECK(scene.over() && scene.dialogues->trace.running == 0);
}

void who_says_nothing_is_hung_up_on()
{
    Conversation::Deadlines deadlines;
    deadlines.first_message = std::chrono::milliseconds(10);
    Scene scene(Door::signin, 0, deadlines);
    CHECK_TEXT(scene.module->hear(), "closed");
    CHECK(scene.over());
}

void who_does_not_answer_a_prompt_is_rejected()
{
    Scene scene;
    scene.dialogues->rules.answer_deadline = Seconds(1);
    CHECK(scene.module->begin());
    CHECK_TEXT(scene.module->hear(), "tell 1: Hello.");
    CHECK_TEXT(scene.module->hear(), "ask 2: Passcode: ");
    CHECK_TEXT(scene.module->hear(), "verdict 3 rejected");
    CHECK(scene.over() && scene.dialogues->trace.running == 0);
}

void a_whole_conversation_ends_however_slowly_somebody_answers()
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

void at_the_console_the_whole_conversation_is_shorter()
{
    Scene scene;
    scene.module->service = "login";
    scene.dialogues->rules.console_deadline = Seconds(1);
    CHECK(scene.module->begin());
    CHECK_TEXT(scene.module->hear(), "tell 1: Hello.");
    CHECK_TEXT(scene.module->hear(), "ask 2: Passcode: ");
    CHECK_TEXT(scene.module->hear(), "verdict 3 rejected");
}

void a_helper_that_works_says_so_until_it_is_done()
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

void nobody_is_told_to_wait_while_a_prompt_is_open()
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

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(a_peer_that_does_not_read_is_given_up),
        SENTENCE(who_says_nothing_is_hung_up_on),
        SENTENCE(who_does_not_answer_a_prompt_is_rejected),
        SENTENCE(a_whole_conversation_ends_however_slowly_somebody_answers),
        SENTENCE(at_the_console_the_whole_conversation_is_shorter),
        SENTENCE(a_helper_that_works_says_so_until_it_is_done),
        SENTENCE(nobody_is_told_to_wait_while_a_prompt_is_open),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
