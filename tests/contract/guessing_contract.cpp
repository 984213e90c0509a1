#include "contract/store_under_test.h"

#include "support/cmocka.h"

namespace ssp::testing {

namespace {

/// Limits under which only the ledger says no.
GuessLimits ledger_only()
{
    GuessLimits limits;
    limits.deny = 1000000;
    limits.lock_after = 1000000;
    return limits;
}

TryAnswer try_once(StoreUnderTest& store, SubscriberId id, const TryCost& cost)
{
    return store.get(store->reserve_try(id, cost)).answer;
}

void a_try_is_counted_before_it_is_judged_and_stays_counted()
{
    StoreUnderTest store;
    const auto id = store.get(store->add_subscriber(alice));
    CHECK(try_once(store, id, costs(3)) == TryAnswer::granted);
    auto person = read(store);
    CHECK(person.guess_points == 3 && person.points_since_success == 3 && person.consecutive_failures == 1);
}

void at_the_edge_of_the_budget_ten_points_are_refused_and_one_is_granted()
{
    auto limits = ledger_only();
    limits.yearly_points = 20;
    StoreUnderTest store(limits);
    const auto id = store.get(store->add_subscriber(alice));
    CHECK(try_once(store, id, costs(10)) == TryAnswer::granted);
    CHECK(try_once(store, id, costs(9)) == TryAnswer::granted);
    CHECK(try_once(store, id, costs(10)) == TryAnswer::budget_spent);
    CHECK(read(store).guess_points == 19 && read(store).consecutive_failures == 2);
    CHECK(try_once(store, id, costs(1)) == TryAnswer::granted);
    CHECK(try_once(store, id, costs(1)) == TryAnswer::budget_spent);
    CHECK(try_once(store, id, costs(0)) == TryAnswer::granted);
}

void points_are_free_again_on_day_366_and_not_on_day_365()
{
    auto limits = ledger_only();
    limits.yearly_points = 10;
    StoreUnderTest store(limits);
    const auto id = store.get(store->add_subscriber(alice));
    CHECK(try_once(store, id, costs(6)) == TryAnswer::granted);
    store.clock.advance(std::chrono::days(100));
    CHECK(try_once(store, id, costs(4)) == TryAnswer::granted);
    store.clock.advance(std::chrono::days(265));
    CHECK(try_once(store, id, costs(1)) == TryAnswer::budget_spent);
    CHECK(read(store).guess_points == 10);
    store.clock.advance(std::chrono::days(1));
    CHECK(read(store).guess_points == 4);
    CHECK(try_once(store, id, costs(6)) == TryAnswer::granted);
    CHECK(read(store).guess_points == 10);
    store.clock.advance(std::chrono::days(100));
    CHECK(read(store).guess_points == 6);
}

void a_clock_that_is_set_back_frees_nothing()
{
    auto limits = ledger_only();
    limits.yearly_points = 10;
    StoreUnderTest store(limits);
    const auto id = store.get(store->add_subscriber(alice));
    CHECK(try_once(store, id, costs(10)) == TryAnswer::granted);
    store.clock.set_wall(store.clock.now() - std::chrono::days(3));
    CHECK(try_once(store, id, costs(1)) == TryAnswer::budget_spent);
}

void a_success_gives_back_what_its_own_misses_cost_even_over_midnight()
{
    StoreUnderTest store(ledger_only());
    const auto person = enrol(store);
    for (int i = 0; i < 3; ++i) {
        CHECK(try_once(store, person.id, costs(3)) == TryAnswer::granted);
        store.clock.advance(std::chrono::days(1));
    }
    CHECK(try_once(store, person.id, costs(3)) == TryAnswer::granted);
    CHECK(store.get(store->accept(person.id, StepProof{person.app, 101}, 6, entry("accepted"))));
    auto after = read(store);
    CHECK(after.guess_points == 6 && after.points_since_success == 0 && after.consecutive_failures == 0);
}

void a_refund_cannot_make_a_balance()
{
    StoreUnderTest store;
    const auto person = enrol(store);
    CHECK(store.get(store->accept(person.id, StepProof{person.app, 101}, 1000000, entry("accepted"))));
    CHECK(try_once(store, person.id, costs(3)) == TryAnswer::granted);
    CHECK(read(store).guess_points == 3);
    CHECK(store.get(store->accept(person.id, StepProof{person.app, 102}, -50, entry("accepted"))));
    CHECK(read(store).guess_points == 3);
}

/// Else whoever saw one code give back what guessing the next one costs, for ever.
void a_proof_that_is_spent_already_gives_nothing_back()
{
    StoreUnderTest store(ledger_only());
    const auto person = enrol(store);
    store.get(store->open_challenge(person.id, text_challenge(1, store)));
    const Proof proofs[] = {StepProof{person.app, 101}, ChallengeProof{challenge_id(1)}};
    for (const auto& proof : proofs) {
        CHECK(store.get(store->accept(person.id, proof, 0, entry("accepted"))));
        CHECK(try_once(store, person.id, costs(3)) == TryAnswer::granted);
        const auto before = read(store);
        CHECK(!store.get(store->accept(person.id, proof, 3, entry("accepted"))));
        const auto after = read(store);
        CHECK(after.guess_points == before.guess_points && after.consecutive_failures == 1);
        CHECK(after.points_since_success == 3);
    }
}

void five_failures_in_a_row_throttle_and_a_success_ends_it()
{
    StoreUnderTest store;
    const auto person = enrol(store);
    for (int i = 0; i < 5; ++i)
        CHECK(try_once(store, person.id, costs(3)) == TryAnswer::granted);
    const auto throttled = store.get(store->reserve_try(person.id, costs(3)));
    CHECK(throttled.answer == TryAnswer::throttled);
    CHECK(throttled.throttled_until == store.clock.now() + Seconds(30));
    CHECK(read(store).guess_points == 15);
    CHECK(store.get(store->reserve_send(person.id, message_to("+12055550123"), entry(""))).answer ==
          SendAnswer::locked);
    store.clock.advance(Seconds(30));
    CHECK(try_once(store, person.id, costs(3)) == TryAnswer::granted);
    CHECK(store.get(store->accept(person.id, StepProof{person.app, 101}, 3, entry("accepted"))));
    CHECK(!read(store).throttled_until);
    CHECK(try_once(store, person.id, costs(3)) == TryAnswer::granted);
}

void an_unlock_gives_back_three_hundred_points_and_ends_the_throttle()
{
    auto limits = ledger_only();
    limits.deny = 2;
    StoreUnderTest store(limits);
    const auto id = store.get(store->add_subscriber(alice));
    CHECK(try_once(store, id, costs(200)) == TryAnswer::granted);
    store.clock.advance(std::chrono::days(1));
    CHECK(try_once(store, id, costs(200)) == TryAnswer::granted);
    CHECK(read(store).throttled_until);
    store.get(store->act(id, DeskAct::unlock, "called in", entry("unlock")));
    CHECK(read(store).guess_points == 100 && !read(store).throttled_until);
    store.clock.advance(std::chrono::days(365));
    CHECK(read(store).guess_points == 0);
}

void a_trusted_sign_in_shows_no_code_and_forgives_nothing()
{
    StoreUnderTest store;
    const auto person = enrol(store);
    store.get(store->grant_trust(person.id, trust(1, store), entry("trust")));
    for (int i = 0; i < 4; ++i)
        CHECK(try_once(store, person.id, costs(3)) == TryAnswer::granted);
    const auto known = store.get(store->find_trust(person.id, device(1), "sshd"));
    CHECK(store.get(store->accept(person.id, TrustProof{known->id}, 12, entry("accepted"))));
    auto after = read(store);
    CHECK(after.guess_points == 12 && after.consecutive_failures == 4 && after.points_since_success == 12);
}

void a_slice_of_the_ledger_ends_where_it_was_said_to_end_and_a_success_opens_it_again()
{
    StoreUnderTest store(ledger_only());
    const auto person = enrol(store);
    auto slice = costs(3);
    slice.most_since_success = 7;
    CHECK(try_once(store, person.id, slice) == TryAnswer::granted);
    CHECK(try_once(store, person.id, slice) == TryAnswer::granted);
    CHECK(try_once(store, person.id, slice) == TryAnswer::budget_spent);
    CHECK(read(store).guess_points == 6);
    CHECK(try_once(store, person.id, costs(3)) == TryAnswer::granted); // the whole ledger is not touched
    CHECK(store.get(store->accept(person.id, StepProof{person.app, 101}, 0, entry("accepted"))));
    CHECK(try_once(store, person.id, slice) == TryAnswer::granted);
}

void one_person_pays_for_nobody_else()
{
    StoreUnderTest store;
    const auto first = store.get(store->add_subscriber(alice));
    const auto second = store.get(store->add_subscriber(bob));
    for (int i = 0; i < 6; ++i)
        store.get(store->reserve_try(first, costs(3)));
    CHECK(try_once(store, second, costs(3)) == TryAnswer::granted);
    CHECK(read(store, bob).guess_points == 3);
}

} // namespace

std::vector<CMUnitTest> guessing_sentences()
{
    return {
        SENTENCE(a_try_is_counted_before_it_is_judged_and_stays_counted),
        SENTENCE(at_the_edge_of_the_budget_ten_points_are_refused_and_one_is_granted),
        SENTENCE(points_are_free_again_on_day_366_and_not_on_day_365),
        SENTENCE(a_clock_that_is_set_back_frees_nothing),
        SENTENCE(a_success_gives_back_what_its_own_misses_cost_even_over_midnight),
        SENTENCE(a_refund_cannot_make_a_balance),
        SENTENCE(a_proof_that_is_spent_already_gives_nothing_back),
        SENTENCE(five_failures_in_a_row_throttle_and_a_success_ends_it),
        SENTENCE(an_unlock_gives_back_three_hundred_points_and_ends_the_throttle),
        SENTENCE(a_trusted_sign_in_shows_no_code_and_forgives_nothing),
        SENTENCE(a_slice_of_the_ledger_ends_where_it_was_said_to_end_and_a_success_opens_it_again),
        SENTENCE(one_person_pays_for_nobody_else),
    };
}

} // namespace ssp::testing
