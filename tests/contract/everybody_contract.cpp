// The guess ledger of all people together.
#include "contract/store_under_test.h"

#include <algorithm>

#include "support/cmocka.h"

namespace ssp::testing {

namespace {

/// Everybody has `points`; no other limit says no.
GuessLimits everybody_has(int points)
{
    GuessLimits limits;
    limits.deny = limits.lock_after = limits.disable_after = 1000000;
    limits.everybody_points = points;
    return limits;
}

TryAnswer try_once(StoreUnderTest& store, SubscriberId id, const TryCost& cost)
{
    return store.get(store->reserve_try(id, cost)).answer;
}

/// A code of hers is accepted now.
void succeed(StoreUnderTest& store, const Enrolled& person, std::int64_t step, int refund_points)
{
    CHECK(store.get(store->accept(person.id, StepProof{person.app, step}, refund_points, entry("accepted"))));
}

long alarms(StoreUnderTest& store, std::string_view event)
{
    const auto events = store.audit();
    return std::ranges::count(events, event);
}

void what_all_people_spent_together_holds_back_whoever_had_no_success_for_a_day()
{
    StoreUnderTest store(everybody_has(100));
    const auto first = enrol(store);
    const auto second = enrol(store, bob);
    store.clock.advance(std::chrono::hours(24));
    CHECK(try_once(store, first.id, costs(60)) == TryAnswer::granted);
    CHECK(try_once(store, second.id, costs(31)) == TryAnswer::granted);
    CHECK(try_once(store, first.id, costs(10)) == TryAnswer::everybody_spent);
    CHECK(read(store).guess_points == 60 && read(store).consecutive_failures == 1);
    CHECK(try_once(store, second.id, costs(9)) == TryAnswer::granted);
    CHECK(try_once(store, second.id, costs(1)) == TryAnswer::everybody_spent);
    CHECK(read(store).codes_held_back && read(store, bob).codes_held_back);
}

void a_recovery_code_still_works_and_opens_the_short_codes_for_a_day()
{
    StoreUnderTest store(everybody_has(100));
    const auto person = enrol(store);
    std::vector<SecretString> secrets;
    secrets.emplace_back("AAAABBBBCCCCC");
    const auto digest = store->digest_of(person.id, secrets.front());
    store.get(store->replace_look_up_secrets(person.id, {std::move(secrets), {}}, entry("codes")));
    CHECK(try_once(store, person.id, costs(100)) == TryAnswer::granted);
    store.clock.advance(std::chrono::hours(24));
    CHECK(try_once(store, person.id, costs(1)) == TryAnswer::everybody_spent);
    CHECK(try_once(store, person.id, costs(0)) == TryAnswer::granted);
    CHECK(store.get(store->accept(person.id, LookUpSecretProof{digest}, 0, entry("accepted"))));
    CHECK(!read(store).codes_held_back);
    CHECK(try_once(store, person.id, costs(1)) == TryAnswer::granted);
    store.clock.advance(std::chrono::hours(24));
    CHECK(read(store).codes_held_back);
    CHECK(try_once(store, person.id, costs(1)) == TryAnswer::everybody_spent);
}

void nothing_is_sent_to_whom_no_code_would_be_judged()
{
    StoreUnderTest store(everybody_has(100));
    const auto person = enrol(store);
    CHECK(try_once(store, person.id, costs(100)) == TryAnswer::granted);
    CHECK(store.get(store->reserve_send(person.id, message_to("+12055550123"), entry(""))).answer ==
          SendAnswer::granted);
    store.clock.advance(std::chrono::hours(24));
    CHECK(store.get(store->reserve_send(person.id, message_to("+12055550123"), entry(""))).answer ==
          SendAnswer::locked);
}

void a_success_gives_everybody_back_what_its_own_misses_cost_and_no_more()
{
    StoreUnderTest store(everybody_has(100));
    const auto first = enrol(store);
    const auto second = enrol(store, bob);
    CHECK(try_once(store, first.id, costs(60)) == TryAnswer::granted);
    CHECK(try_once(store, second.id, costs(40)) == TryAnswer::granted);
    succeed(store, second, 101, 1000); // more than she spent: others' points stay
    store.clock.advance(std::chrono::hours(24));
    CHECK(try_once(store, first.id, costs(41)) == TryAnswer::everybody_spent);
    CHECK(try_once(store, first.id, costs(40)) == TryAnswer::granted);
}

void a_proof_that_is_spent_already_gives_everybody_nothing_back()
{
    StoreUnderTest store(everybody_has(100));
    const auto person = enrol(store);
    succeed(store, person, 101, 0);
    CHECK(try_once(store, person.id, costs(100)) == TryAnswer::granted);
    CHECK(!store.get(store->accept(person.id, StepProof{person.app, 101}, 100, entry("accepted"))));
    store.clock.advance(std::chrono::hours(24));
    CHECK(try_once(store, person.id, costs(1)) == TryAnswer::everybody_spent);
}

void an_unlock_by_the_desk_gives_everybody_nothing_back()
{
    StoreUnderTest store(everybody_has(100));
    const auto person = enrol(store);
    CHECK(try_once(store, person.id, costs(100)) == TryAnswer::granted);
    store.clock.advance(std::chrono::hours(24));
    store.get(store->act(person.id, DeskAct::unlock, "called in", entry("unlock")));
    CHECK(read(store).guess_points == 0);
    CHECK(try_once(store, person.id, costs(1)) == TryAnswer::everybody_spent);
}

void everybodys_points_are_free_again_on_day_366()
{
    StoreUnderTest store(everybody_has(100));
    const auto person = enrol(store);
    CHECK(try_once(store, person.id, costs(100)) == TryAnswer::granted);
    store.clock.advance(std::chrono::days(365));
    CHECK(try_once(store, person.id, costs(1)) == TryAnswer::everybody_spent);
    store.clock.advance(std::chrono::days(1));
    CHECK(try_once(store, person.id, costs(100)) == TryAnswer::granted);
}

void a_success_before_the_desk_locked_somebody_opens_nothing_after_the_unlock()
{
    StoreUnderTest store(everybody_has(100));
    const auto person = enrol(store);
    succeed(store, person, 101, 0);
    const auto second = enrol(store, bob);
    store.clock.advance(std::chrono::hours(23));
    CHECK(try_once(store, second.id, costs(100)) == TryAnswer::granted);
    CHECK(!read(store).codes_held_back); // a success of hers is not a day old
    store.get(store->act(person.id, DeskAct::lock, "lost", entry("lock")));
    store.get(store->act(person.id, DeskAct::unlock, "found", entry("unlock")));
    CHECK(read(store).codes_held_back);
}

void a_success_in_the_future_opens_nothing()
{
    StoreUnderTest store(everybody_has(100));
    const auto person = enrol(store);
    const auto today = store.clock.now();
    store.clock.advance(std::chrono::days(200));
    succeed(store, person, 101, 0);
    store.clock.set_wall(today + std::chrono::days(2));
    CHECK(try_once(store, person.id, costs(100)) == TryAnswer::granted);
    CHECK(try_once(store, person.id, costs(1)) == TryAnswer::everybody_spent);
}

void a_fifth_of_everybodys_points_in_one_day_is_one_alarm_a_day()
{
    StoreUnderTest store(everybody_has(100));
    const auto person = enrol(store);
    CHECK(try_once(store, person.id, costs(19)) == TryAnswer::granted);
    store.clock.advance(std::chrono::days(1));
    CHECK(try_once(store, person.id, costs(19)) == TryAnswer::granted);
    CHECK(alarms(store, audit_event::many_wrong_codes) == 0);
    CHECK(try_once(store, person.id, costs(1)) == TryAnswer::granted);
    CHECK(try_once(store, person.id, costs(1)) == TryAnswer::granted);
    CHECK(alarms(store, audit_event::many_wrong_codes) == 1);
    store.clock.advance(std::chrono::days(1));
    CHECK(try_once(store, person.id, costs(20)) == TryAnswer::granted);
    CHECK(alarms(store, audit_event::many_wrong_codes) == 2);
}

void a_refusal_for_everybodys_sake_is_one_alarm_a_day()
{
    StoreUnderTest store(everybody_has(100));
    const auto person = enrol(store);
    CHECK(try_once(store, person.id, costs(100)) == TryAnswer::granted);
    store.clock.advance(std::chrono::days(1));
    CHECK(alarms(store, audit_event::codes_held_back) == 0);
    CHECK(try_once(store, person.id, costs(1)) == TryAnswer::everybody_spent);
    CHECK(try_once(store, person.id, costs(1)) == TryAnswer::everybody_spent);
    CHECK(alarms(store, audit_event::codes_held_back) == 1);
    store.clock.advance(std::chrono::days(1));
    CHECK(try_once(store, person.id, costs(1)) == TryAnswer::everybody_spent);
    CHECK(alarms(store, audit_event::codes_held_back) == 2);
}

void everybodys_ledger_survives_a_restart()
{
    StoreUnderTest store(everybody_has(100));
    const auto person = enrol(store);
    CHECK(try_once(store, person.id, costs(70)) == TryAnswer::granted);
    store.clock.advance(std::chrono::days(1));
    CHECK(try_once(store, person.id, costs(30)) == TryAnswer::granted);
    store.reopen();
    CHECK(try_once(store, person.id, costs(1)) == TryAnswer::everybody_spent);
    CHECK(alarms(store, audit_event::many_wrong_codes) == 2);
}

} // namespace

std::vector<CMUnitTest> everybody_sentences()
{
    return {
        SENTENCE(what_all_people_spent_together_holds_back_whoever_had_no_success_for_a_day),
        SENTENCE(a_recovery_code_still_works_and_opens_the_short_codes_for_a_day),
        SENTENCE(nothing_is_sent_to_whom_no_code_would_be_judged),
        SENTENCE(a_success_gives_everybody_back_what_its_own_misses_cost_and_no_more),
        SENTENCE(a_proof_that_is_spent_already_gives_everybody_nothing_back),
        SENTENCE(an_unlock_by_the_desk_gives_everybody_nothing_back),
        SENTENCE(everybodys_points_are_free_again_on_day_366),
        SENTENCE(a_success_before_the_desk_locked_somebody_opens_nothing_after_the_unlock),
        SENTENCE(a_success_in_the_future_opens_nothing),
        SENTENCE(a_fifth_of_everybodys_points_in_one_day_is_one_alarm_a_day),
        SENTENCE(a_refusal_for_everybodys_sake_is_one_alarm_a_day),
        SENTENCE(everybodys_ledger_survives_a_restart),
    };
}

} // namespace ssp::testing
