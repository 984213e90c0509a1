#include "contract/store_under_test.h"

#include "support/cmocka.h"

namespace ssp::testing {

namespace {

bool matches(StoreUnderTest& store, SubscriberId id, unsigned char challenge, const char* code = "123456")
{
    return store.get(store->matches(id, challenge_id(challenge), SecretString(code)));
}

bool accept(StoreUnderTest& store, SubscriberId id, unsigned char challenge)
{
    return store.get(store->accept(id, ChallengeProof{challenge_id(challenge)}, 0, entry("accepted")));
}

TryAnswer try_once(StoreUnderTest& store, SubscriberId id, unsigned char challenge)
{
    return store.get(store->reserve_try(id, costs(1, challenge_id(challenge)))).answer;
}

void a_code_matches_only_itself_and_only_its_own_challenge()
{
    StoreUnderTest store;
    const auto id = store.get(store->add_subscriber(alice));
    store.get(store->open_challenge(id, text_challenge(1, store)));
    CHECK(matches(store, id, 1));
    CHECK(!matches(store, id, 1, "123457") && !matches(store, id, 1, "12345") && !matches(store, id, 1, ""));
    CHECK(!matches(store, id, 2));
}

void a_challenge_is_accepted_once_and_never_again()
{
    StoreUnderTest store;
    const auto id = store.get(store->add_subscriber(alice));
    store.get(store->open_challenge(id, text_challenge(1, store)));
    CHECK(accept(store, id, 1));
    CHECK(!accept(store, id, 1) && !matches(store, id, 1));
    CHECK(try_once(store, id, 1) == TryAnswer::challenge_over);
    CHECK(store.audit() == std::vector<std::string>{"accepted"});
}

void a_challenge_of_somebody_else_is_no_challenge()
{
    StoreUnderTest store;
    const auto first = store.get(store->add_subscriber(alice));
    const auto second = store.get(store->add_subscriber(bob));
    store.get(store->open_challenge(first, text_challenge(1, store)));
    CHECK(!matches(store, second, 1) && !accept(store, second, 1));
    CHECK(try_once(store, second, 1) == TryAnswer::challenge_over);
    CHECK(read(store, bob).guess_points == 0);
    store.get(store->void_challenge(second, challenge_id(1), false));
    CHECK(accept(store, first, 1));
}

void a_challenge_is_over_after_its_tries_and_an_over_challenge_costs_nothing()
{
    StoreUnderTest store;
    const auto id = store.get(store->add_subscriber(alice));
    store.get(store->open_challenge(id, text_challenge(1, store)));
    for (int i = 0; i < 3; ++i)
        CHECK(try_once(store, id, 1) == TryAnswer::granted);
    CHECK(matches(store, id, 1)); // the third try may be the right one
    CHECK(try_once(store, id, 1) == TryAnswer::challenge_over);
    CHECK(read(store).guess_points == 3 && read(store).consecutive_failures == 3);
}

void a_try_that_is_throttled_costs_the_challenge_nothing()
{
    GuessLimits limits;
    limits.deny = 1;
    StoreUnderTest store(limits);
    const auto id = store.get(store->add_subscriber(alice));
    store.get(store->open_challenge(id, text_challenge(1, store)));
    CHECK(try_once(store, id, 1) == TryAnswer::granted);
    CHECK(try_once(store, id, 1) == TryAnswer::throttled);
    store.clock.advance(Seconds(31));
    CHECK(try_once(store, id, 1) == TryAnswer::granted);
    store.clock.advance(Seconds(61));
    CHECK(try_once(store, id, 1) == TryAnswer::granted);
}

void a_challenge_is_dead_at_its_end_and_not_one_second_before()
{
    StoreUnderTest store;
    const auto id = store.get(store->add_subscriber(alice));
    store.get(store->open_challenge(id, text_challenge(1, store)));
    store.clock.advance(Seconds(299));
    CHECK(matches(store, id, 1));
    store.clock.advance(Seconds(1));
    CHECK(!matches(store, id, 1) && !accept(store, id, 1));
    CHECK(try_once(store, id, 1) == TryAnswer::challenge_over);
}

void a_wall_clock_that_is_set_back_or_forward_does_not_make_a_challenge_live_longer()
{
    StoreUnderTest store;
    const auto id = store.get(store->add_subscriber(alice));
    store.get(store->open_challenge(id, text_challenge(1, store)));
    store.clock.advance(Seconds(300));
    store.clock.set_wall(store.clock.now() - Seconds(300));
    CHECK(!matches(store, id, 1) && !accept(store, id, 1));
    store.get(store->open_challenge(id, text_challenge(2, store)));
    store.clock.set_wall(store.clock.now() + Seconds(300));
    CHECK(!matches(store, id, 2) && !accept(store, id, 2));
}

void a_new_challenge_ends_the_one_before_for_the_same_service_only()
{
    StoreUnderTest store;
    const auto id = store.get(store->add_subscriber(alice));
    store.get(store->open_challenge(id, text_challenge(1, store)));
    auto for_sudo = text_challenge(2, store);
    for_sudo.service = "sudo";
    store.get(store->open_challenge(id, std::move(for_sudo)));
    store.get(store->open_challenge(id, text_challenge(3, store)));
    CHECK(!matches(store, id, 1) && matches(store, id, 2) && matches(store, id, 3));
}

void a_voided_challenge_is_over()
{
    StoreUnderTest store;
    const auto id = store.get(store->add_subscriber(alice));
    store.get(store->open_challenge(id, text_challenge(1, store)));
    store.get(store->void_challenge(id, challenge_id(1), false));
    store.get(store->void_challenge(id, challenge_id(9), false));
    CHECK(!matches(store, id, 1) && !accept(store, id, 1));
}

void a_lock_by_the_desk_ends_codes_that_are_under_way()
{
    StoreUnderTest store;
    const auto id = store.get(store->add_subscriber(alice));
    store.get(store->open_challenge(id, text_challenge(1, store)));
    store.get(store->act(id, DeskAct::lock, "lost", entry("lock")));
    store.get(store->act(id, DeskAct::unlock, "found", entry("unlock")));
    CHECK(!accept(store, id, 1));
}

} // namespace

std::vector<CMUnitTest> challenge_sentences()
{
    return {
        SENTENCE(a_code_matches_only_itself_and_only_its_own_challenge),
        SENTENCE(a_challenge_is_accepted_once_and_never_again),
        SENTENCE(a_challenge_of_somebody_else_is_no_challenge),
        SENTENCE(a_challenge_is_over_after_its_tries_and_an_over_challenge_costs_nothing),
        SENTENCE(a_try_that_is_throttled_costs_the_challenge_nothing),
        SENTENCE(a_challenge_is_dead_at_its_end_and_not_one_second_before),
        SENTENCE(a_wall_clock_that_is_set_back_or_forward_does_not_make_a_challenge_live_longer),
        SENTENCE(a_new_challenge_ends_the_one_before_for_the_same_service_only),
        SENTENCE(a_voided_challenge_is_over),
        SENTENCE(a_lock_by_the_desk_ends_codes_that_are_under_way),
    };
}

} // namespace ssp::testing
