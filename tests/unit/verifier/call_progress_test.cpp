// A voice call that somebody at a prompt waits for.
#include "verifier/call_progress.h"

#include "sign_in_world.h"

#include "support/cmocka.h"

using namespace ssp;
using namespace ssp::testing;

namespace {

/// A world with a phone that rings once it is called.
struct CallWorld : World {
    CallWorld()
    {
        bind_voice();
        delivery.new_calls = CallState::ringing;
    }
    std::string reference(std::size_t index) const { return delivery.messages.at(index).reference; }
    Step look_when(CallState state)
    {
        return meanwhile("", [this, state] { delivery.call_is(state); });
    }
    Step after(Seconds time, std::string text)
    {
        return meanwhile(std::move(text), [this, time] { clock.advance(time); });
    }
};

constexpr const char* keys = "r = call again, c = choose another way\nVerification code: ";

void each_end_is_told_once_with_what_to_do_and_what_still_works()
{
    const std::string others =
        "What still works: text message. Or ask Portal Support 205 555 0100, reference\n"
        "0123-45.\n";
    const struct {
        CallState state;
        std::string says;
    } ends[] = {
        {CallState::played, "The call ended; the code was spoken.\n"},
        {CallState::no_key, "The call ended: nobody pressed 1, so the code was not spoken.\n" + others},
        {CallState::hung_up, "The call ended: hung up before the code was spoken.\n" + others},
        {CallState::busy, "The call ended: busy.\n" + others},
        {CallState::no_answer, "The call ended: nobody answered.\n" + others},
        {CallState::refused, "The call ended: it was refused.\n" + others},
        {CallState::failed, "The call ended: it failed.\n" + others},
    };
    for (const auto& end : ends) {
        CallWorld world;
        world.bind_text();
        ScriptedClaimant person({"2", world.look_when(end.state), "what now?"});
        CHECK(!world.sign_in(person));
        CHECK_TEXT(person.asked().at(2), end.says + keys);
        CHECK_TEXT(person.asked().at(3),
                   "That is no code and no option. Your password is not asked for here.\n" +
                       std::string(keys));
        CHECK_TEXT(person.faults(), "");
    }
}

void each_prompt_says_what_the_call_does_now()
{
    const struct {
        CallState state;
        const char* says;
    } states[] = {
        {CallState::unknown, ""},
        {CallState::calling, "The number ending 07 is being called.\n"},
        {CallState::ringing, "The phone ending 07 is ringing.\n"},
        {CallState::answered, "Answered: press 1 on the phone to hear the code.\n"},
        {CallState::speaking, "The code is being spoken.\n"},
    };
    for (const auto& one : states) {
        CallWorld world;
        world.delivery.new_calls = one.state;
        ScriptedClaimant person({"1", world.another_code(), world.code_that_came(), "n"});
        CHECK(world.verdict_of(person) == Verdict::accepted);
        CHECK_TEXT(person.asked().at(2),
                   "That code is not valid, 2 tries left.\n" + std::string(one.says) + keys);
    }
}

void a_call_that_was_answered_at_once_says_so_in_the_first_prompt()
{
    CallWorld world;
    world.delivery.new_calls = CallState::answered;
    ScriptedClaimant person({"1", world.code_that_came(), "n"});
    CHECK(world.verdict_of(person) == Verdict::accepted);
    CHECK_TEXT(person.asked().at(1),
               "Calling the number ending 07. Press 1 on the phone to hear five digits.\n"
               "Answered: press 1 on the phone to hear the code.\n" +
                   std::string(keys));
}

void a_client_without_a_terminal_ends_the_attempt_while_a_call_goes_on()
{
    CallWorld world;
    ScriptedClaimant client({"1", "", ""});
    CHECK(world.verdict_of(client) == Verdict::rejected);
    CHECK(client.last_asked().starts_with("Nothing was typed.\nThe phone ending 07 is ringing.\n"));
    CHECK(world.delivery.released.size() == 1);
}

void a_client_without_a_terminal_ends_the_attempt_though_the_call_goes_on_changing()
{
    CallWorld world;
    ScriptedClaimant client({"1", world.look_when(CallState::answered), world.look_when(CallState::speaking),
                             world.look_when(CallState::hung_up), "", ""});
    CHECK(world.verdict_of(client) == Verdict::rejected);
}

void somebody_who_looks_again_and_again_is_not_sent_away()
{
    CallWorld world;
    Script script{"1"};
    for (int i = 0; i < 20; ++i)
        script.push_back(world.after(Seconds(1), ""));
    script.push_back(world.code_that_came());
    script.push_back("n");
    ScriptedClaimant person(std::move(script));
    CHECK(world.verdict_of(person) == Verdict::accepted);
    CHECK_TEXT(person.asked().at(20), "The phone ending 07 is ringing.\n" + std::string(keys));
}

void looking_has_an_end()
{
    CallWorld world;
    Script script{"1"};
    for (int i = 0; i < 40; ++i)
        script.push_back(world.after(Seconds(1), ""));
    ScriptedClaimant person(std::move(script));
    CHECK(world.verdict_of(person) == Verdict::rejected);
}

void once_the_end_was_told_two_empty_answers_end_the_attempt()
{
    CallWorld world;
    ScriptedClaimant person(
        {"1", world.look_when(CallState::busy), world.after(Seconds(5), ""), world.after(Seconds(5), "")});
    CHECK(world.verdict_of(person) == Verdict::rejected);
}

void two_empty_answers_end_the_attempt_when_the_provider_does_not_tell()
{
    CallWorld world;
    world.delivery.new_calls = CallState::unknown;
    ScriptedClaimant person({"1", world.after(Seconds(5), ""), world.after(Seconds(5), "")});
    CHECK(world.verdict_of(person) == Verdict::rejected);
}

void a_new_call_hangs_up_the_old_one_first()
{
    CallWorld world;
    std::vector<std::size_t> released_at_delivery;
    world.delivery.on_deliver = [&] { released_at_delivery.push_back(world.delivery.released.size()); };
    ScriptedClaimant person({"1", world.after(Seconds(30), "r"), world.code_that_came(), "n"});
    CHECK(world.verdict_of(person) == Verdict::accepted);
    CHECK(released_at_delivery == std::vector<std::size_t>({0, 1}));
    CHECK(world.delivery.released == std::vector<std::string>({world.reference(0), world.reference(1)}));
}

void a_new_call_that_is_not_granted_leaves_the_old_one_ringing()
{
    CallWorld world;
    ScriptedClaimant person({"1", "r"}, ScriptedClaimant::Afterwards::never_answers);
    RootTask<Verdict> root(world.task(person));
    root.start([] {});
    CHECK_TEXT(person.last_asked(), "Not so soon after the last one: please wait 30 seconds.\n"
                                    "The phone ending 07 is ringing.\n" +
                                        std::string(keys));
    CHECK(world.delivery.released.empty());
}

void a_call_is_hung_up_when_nobody_waits_any_more()
{
    CallWorld chooses;
    chooses.bind_app();
    CHECK(chooses.verdict_of({"1", "c", chooses.app_code(), "n"}) == Verdict::accepted);
    CHECK(chooses.delivery.released == std::vector<std::string>({chooses.reference(0)}));

    CallWorld types;
    types.delivery.new_calls = CallState::speaking;
    ScriptedClaimant typist({"1", types.code_that_came()}, ScriptedClaimant::Afterwards::never_answers);
    RootTask<Verdict> typing(types.task(typist));
    typing.start([] {});
    CHECK(types.delivery.released == std::vector<std::string>({types.reference(0)}));

    CallWorld leaves;
    ScriptedClaimant person({"1"}, ScriptedClaimant::Afterwards::never_answers);
    {
        RootTask<Verdict> root(leaves.task(person));
        root.start([] {});
        CHECK(leaves.delivery.released.empty());
    }
    CHECK(leaves.delivery.released == std::vector<std::string>({leaves.reference(0)}));
}

void an_enrolment_tells_how_the_call_stands_and_ends()
{
    World world;
    world.delivery.new_calls = CallState::ringing;
    ScriptedClaimant person(
        {"2", "205 555 0107", World::meanwhile("", [&] { world.delivery.call_is(CallState::busy); })});
    CHECK(!world.sign_in(person));
    CHECK_TEXT(person.last_asked(), "The call ended: busy.\n"
                                    "Help: Portal Support 205 555 0100, reference 0123-45\n" +
                                        std::string(keys));
}

void a_call_that_could_not_finish_is_not_begun()
{
    // login_grace 300, of which 30 went by before the first question; a call needs 52
    CallWorld just_in_time;
    ScriptedClaimant in_time({just_in_time.after(Seconds(218), "1"), just_in_time.code_that_came(), "n"});
    CHECK(just_in_time.verdict_of(in_time) == Verdict::accepted);

    CallWorld world;
    world.bind_text();
    ScriptedClaimant person({world.after(Seconds(219), "2"), "1", world.code_that_came(), "n"});
    CHECK(world.verdict_of(person) == Verdict::accepted);
    CHECK(world.delivery.messages.size() == 1);
    CHECK(
        person.asked().at(1).starts_with("A voice call takes about a minute: this sign-in ends before that.\n"
                                         "What still works: text message. Or ask "));
}

void time_is_counted_from_the_first_sign_in_of_a_connection()
{
    CallWorld world;
    CHECK(world.verdict_of({world.after(Seconds(120), ""), ""}) == Verdict::rejected);
    ScriptedClaimant again({world.after(Seconds(99), "1")});
    CHECK(!world.sign_in(again));
    CHECK(again.last_asked().starts_with("A voice call takes about a minute"));

    world.connection = "connection-2";
    CHECK(world.verdict_of({"1", world.code_that_came(), "n"}) == Verdict::accepted);

    CallWorld late; // at sshd a call is offered all the same: another connection has the time
    CHECK(late.verdict_of({late.after(Seconds(230), ""), ""}) == Verdict::rejected);
    ScriptedClaimant too_late({"1"});
    CHECK(!late.sign_in(too_late));
    CHECK(too_late.asked().size() == 2 &&
          too_late.last_asked().starts_with("A voice call takes about a minute"));
}

void a_call_is_not_made_again_when_it_could_not_finish()
{
    CallWorld world;
    ScriptedClaimant person({"1", world.after(Seconds(219), "r"), world.code_that_came(), "n"});
    CHECK(world.verdict_of(person) == Verdict::accepted);
    CHECK(world.delivery.messages.size() == 1);
    CHECK_TEXT(person.asked().at(2), "A voice call takes about a minute: this sign-in ends before that.\n"
                                     "The phone ending 07 is ringing.\n" +
                                         std::string(keys));
}

void where_nobody_ends_the_sign_in_there_is_always_time()
{
    CallWorld sudo;
    sudo.service = "sudo";
    CHECK(sudo.verdict_of({sudo.after(Seconds(600), "1"), sudo.code_that_came()}) == Verdict::accepted);

    CallWorld unlimited;
    unlimited.policy.login_grace = Seconds(0);
    CHECK(unlimited.verdict_of({unlimited.after(Seconds(600), "1"), unlimited.code_that_came(), "n"}) ==
          Verdict::accepted);
}

void a_message_is_handed_over_while_there_is_time_to_type_its_code()
{
    World world;
    world.bind_text();
    const auto late = [&](Seconds after) {
        return World::meanwhile("1", [&world, after] { world.clock.advance(after); });
    };
    const std::pair<int, int> cases[] = {{240, 20}, {250, 10}, {269, 1}}; // asked after, deadline
    for (const auto& [after, deadline] : cases) {
        world.connection = std::to_string(after);
        CHECK(world.verdict_of({late(Seconds(after)), world.code_that_came(), "n"}) == Verdict::accepted);
        CHECK(world.delivery.messages.back().deadline == Seconds(deadline));
    }
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(each_end_is_told_once_with_what_to_do_and_what_still_works),
        SENTENCE(each_prompt_says_what_the_call_does_now),
        SENTENCE(a_call_that_was_answered_at_once_says_so_in_the_first_prompt),
        SENTENCE(a_client_without_a_terminal_ends_the_attempt_while_a_call_goes_on),
        SENTENCE(a_client_without_a_terminal_ends_the_attempt_though_the_call_goes_on_changing),
        SENTENCE(somebody_who_looks_again_and_again_is_not_sent_away),
        SENTENCE(looking_has_an_end),
        SENTENCE(once_the_end_was_told_two_empty_answers_end_the_attempt),
        SENTENCE(two_empty_answers_end_the_attempt_when_the_provider_does_not_tell),
        SENTENCE(a_new_call_hangs_up_the_old_one_first),
        SENTENCE(a_new_call_that_is_not_granted_leaves_the_old_one_ringing),
        SENTENCE(a_call_is_hung_up_when_nobody_waits_any_more),
        SENTENCE(an_enrolment_tells_how_the_call_stands_and_ends),
        SENTENCE(a_call_that_could_not_finish_is_not_begun),
        SENTENCE(time_is_counted_from_the_first_sign_in_of_a_connection),
        SENTENCE(a_call_is_not_made_again_when_it_could_not_finish),
        SENTENCE(where_nobody_ends_the_sign_in_there_is_always_time),
        SENTENCE(a_message_is_handed_over_while_there_is_time_to_type_its_code),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
