// Whoever hangs up destroys the coroutine: the code is void, nothing is remembered, nobody is let in.
#include "sign_in_world.h"

#include "support/cmocka.h"

using namespace ssp;
using namespace ssp::testing;

namespace {

/// Answers the first `answers` prompts of `script` and is gone at the next one.
void hang_up_after(World& world, Script script, std::size_t answers)
{
    script.resize(answers, "");
    ScriptedClaimant person(std::move(script), ScriptedClaimant::Afterwards::never_answers);
    bool finished = false;
    {
        RootTask<Verdict> root(world.task(person));
        root.start([&finished] { finished = true; });
    }
    if (finished || person.asked().size() != answers + 1)
        throw std::runtime_error("no prompt left to hang up at: " + person.screen());
}

void hanging_up_at_any_prompt_of_a_first_sign_in_leaves_no_code_and_no_trust()
{
    for (std::size_t answers = 0; answers < 10; ++answers) {
        World world;
        hang_up_after(world,
                      {"1", "205 555 0123", world.code_that_came(), "2", "205 555 0107", world.another_code(),
                       "c", "n", "saved", "y"},
                      answers);
        CHECK(!world.find() || !world.has_live_challenge());
        CHECK(!world.has_trust());
        CHECK(world.count("trust-granted") == 0);
    }
}

void hanging_up_at_any_prompt_of_a_later_sign_in_leaves_no_code_and_no_trust()
{
    for (std::size_t answers = 0; answers < 5; ++answers) {
        World world;
        world.bind_text();
        world.bind_app();
        hang_up_after(world, {"1", "c", world.wrong_app_code(), world.app_code(), "y"}, answers);
        CHECK(!world.has_live_challenge());
        CHECK(!world.has_trust());
    }
}

void the_code_of_somebody_who_hung_up_does_not_work_in_the_next_call()
{
    World world;
    world.bind_text();
    hang_up_after(world, {"1"}, 1);
    const auto code = world.delivery.last_code();
    world.clock.advance(Seconds(60));
    ScriptedClaimant person({"1", code, world.code_that_came(), "n"});
    CHECK(world.verdict_of(person) == Verdict::accepted);
    CHECK(person.asked().at(2).starts_with("That code is not valid"));
}

void hanging_up_while_the_message_is_on_its_way_voids_its_code()
{
    World world;
    world.bind_text();
    world.delivery.never_ends = true;
    ScriptedClaimant person({"1"}, ScriptedClaimant::Afterwards::never_answers);
    {
        RootTask<Verdict> root(world.task(person));
        root.start([] {});
        CHECK(world.has_live_challenge());
    }
    CHECK(!world.has_live_challenge());
}

void hanging_up_at_a_refusal_leaves_its_audit_row()
{
    World world;
    world.bind_app();
    (void)run_now(world.store.act(world.id(), DeskAct::lock, "", AuditEntry{}));
    hang_up_after(world, {}, 0);
    CHECK(world.count("sign-in-refused") == 1);
}

void a_wrong_code_before_hanging_up_is_paid_and_recorded()
{
    World world;
    world.bind_app();
    hang_up_after(world, {world.wrong_app_code()}, 1);
    CHECK(world.known().guess_points == 3);
    CHECK(world.count("code-refused") == 1);
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(hanging_up_at_any_prompt_of_a_first_sign_in_leaves_no_code_and_no_trust),
        SENTENCE(hanging_up_at_any_prompt_of_a_later_sign_in_leaves_no_code_and_no_trust),
        SENTENCE(the_code_of_somebody_who_hung_up_does_not_work_in_the_next_call),
        SENTENCE(hanging_up_while_the_message_is_on_its_way_voids_its_code),
        SENTENCE(hanging_up_at_a_refusal_leaves_its_audit_row),
        SENTENCE(a_wrong_code_before_hanging_up_is_paid_and_recorded),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
