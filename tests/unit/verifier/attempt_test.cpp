// What the questions of one attempt share.
#include "sign_in_world.h"
#include "verifier/attempt.h"

#include "support/cmocka.h"

using namespace ssp;
using namespace ssp::testing;

namespace {

/// An attempt of Alice's, who types `script`.
struct Asking : World {
    explicit Asking(Script script = {}) : person_at_the_terminal(std::move(script)) {}

    ScriptedClaimant person_at_the_terminal;
    Attempt attempt{ports(), person_at_the_terminal, facts(), "0123-45"};
};

void what_waits_stands_above_a_question_that_leaves_room_for_it_on_24_lines()
{
    Asking full({"x"});
    full.attempt.put_before_next("above");
    CHECK(run_now(full.attempt.ask(std::string(22, '\n'))));
    CHECK(full.person_at_the_terminal.last_asked() == "above\n" + std::string(22, '\n'));

    Asking too_full({"x"});
    too_full.attempt.put_before_next("above");
    CHECK(run_now(too_full.attempt.ask(std::string(23, '\n'))));
    CHECK(too_full.person_at_the_terminal.last_asked() == std::string(23, '\n'));
}

void what_was_wrong_before_a_success_is_not_said_after_it()
{
    Asking asking({"x"});
    asking.attempt.put_before_next("That code is not valid.");
    asking.attempt.note_acceptance();
    CHECK(run_now(asking.attempt.ask("Again? ")));
    CHECK_TEXT(asking.person_at_the_terminal.last_asked(), "Again? ");
}

void whoever_is_turned_away_is_recorded_once_and_asked_nothing_more()
{
    Asking asking({"", "x"});
    CHECK(*run_now(asking.attempt.turn_away(Verdict::locked, "why", "No.")) == Verdict::locked);
    CHECK(run_now(asking.attempt.record_refusal("again")));
    CHECK(asking.count("sign-in-refused") == 1);
    CHECK(asking.attempt.over() && asking.attempt.verdict() == Verdict::locked);
    CHECK(!*run_now(asking.attempt.ask("And now? ")));
    CHECK(asking.person_at_the_terminal.asked().size() == 1);
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(what_waits_stands_above_a_question_that_leaves_room_for_it_on_24_lines),
        SENTENCE(what_was_wrong_before_a_success_is_not_said_after_it),
        SENTENCE(whoever_is_turned_away_is_recorded_once_and_asked_nothing_more),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
