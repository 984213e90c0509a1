// Who may hold a conversation, and of what kind.
#include "conversation_scene.h"

#include "support/cmocka.h"

using namespace ssp;
using namespace ssp::testing;

namespace {

void a_request_gets_its_rows()
{
    Scene scene(Door::self, 1000);
    CHECK(scene.module->request(std::string_view("user\0show\0\0", 11)));
    CHECK_TEXT(scene.module->hear(), "row 1: name|alice|locked|no|");
    CHECK_TEXT(scene.module->hear(), "row 2: device||");
    CHECK_TEXT(scene.module->hear(), "verdict 3 accepted");
    CHECK(scene.dialogues->words == (std::vector<std::string>{"user", "show", ""}));
    CHECK(scene.over());
}

void the_role_comes_from_the_door_and_the_kernel()
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

void a_request_that_is_no_words_ends_the_conversation()
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

void one_caller_has_so_many_conversations_and_no_more()
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

void nobody_signs_in_with_the_user_id_of_a_daemon()
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

void the_place_of_a_caller_is_free_again_after_the_conversation()
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

void a_daemon_that_stops_tells_everybody()
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

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(a_request_gets_its_rows),
        SENTENCE(the_role_comes_from_the_door_and_the_kernel),
        SENTENCE(a_request_that_is_no_words_ends_the_conversation),
        SENTENCE(one_caller_has_so_many_conversations_and_no_more),
        SENTENCE(nobody_signs_in_with_the_user_id_of_a_daemon),
        SENTENCE(the_place_of_a_caller_is_free_again_after_the_conversation),
        SENTENCE(a_daemon_that_stops_tells_everybody),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
