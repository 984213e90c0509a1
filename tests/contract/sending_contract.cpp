#include "contract/store_under_test.h"

#include "support/cmocka.h"

namespace ssp::testing {

namespace {

SendReservation send(StoreUnderTest& store, SubscriberId id, Channel channel = Channel::text_message)
{
    auto request = message_to("+12055550123");
    request.channel = channel;
    return store.get(store->reserve_send(id, std::move(request), entry("")));
}

void a_second_message_waits_thirty_seconds_whatever_its_channel()
{
    StoreUnderTest store;
    const auto id = store.get(store->add_subscriber(alice));
    CHECK(send(store, id).answer == SendAnswer::granted);
    const auto second = send(store, id, Channel::voice_call);
    CHECK(second.answer == SendAnswer::too_soon);
    CHECK(second.wait_until == store.clock.now() + Seconds(30));
    store.clock.advance(Seconds(29));
    CHECK(send(store, id).answer == SendAnswer::too_soon);
    store.clock.advance(Seconds(1));
    CHECK(send(store, id).answer == SendAnswer::granted);
}

void a_fourth_message_waits_until_the_first_is_fifteen_minutes_old()
{
    StoreUnderTest store;
    const auto id = store.get(store->add_subscriber(alice));
    const auto first = store.clock.now();
    for (int i = 0; i < 3; ++i) {
        CHECK(send(store, id).answer == SendAnswer::granted);
        store.clock.advance(Seconds(60));
    }
    const auto fourth = send(store, id);
    CHECK(fourth.answer == SendAnswer::too_soon && fourth.wait_until == first + Seconds(900));
    store.clock.advance(Seconds(719));
    CHECK(send(store, id).answer == SendAnswer::too_soon);
    store.clock.advance(Seconds(1));
    CHECK(send(store, id).answer == SendAnswer::granted);
}

void the_eleventh_message_waits_until_the_first_is_a_day_old()
{
    StoreUnderTest store;
    const auto id = store.get(store->add_subscriber(alice));
    const auto first = store.clock.now();
    for (int i = 0; i < 10; ++i) {
        CHECK(send(store, id).answer == SendAnswer::granted);
        store.clock.advance(Seconds(3600));
    }
    const auto eleventh = send(store, id);
    CHECK(eleventh.answer == SendAnswer::exhausted && eleventh.wait_until == first + std::chrono::hours(24));
    store.clock.advance(std::chrono::hours(14) - Seconds(1));
    CHECK(send(store, id).answer == SendAnswer::exhausted);
    store.clock.advance(Seconds(1));
    CHECK(send(store, id).answer == SendAnswer::granted);
    CHECK(send(store, id).answer == SendAnswer::exhausted);
}

void a_code_that_comes_back_gives_its_message_back()
{
    StoreUnderTest store;
    const auto person = enrol(store);
    for (unsigned char i = 1; i <= 20; ++i) {
        const auto reservation = send(store, person.id);
        CHECK(reservation.answer == SendAnswer::granted);
        auto challenge = text_challenge(i, store);
        challenge.send = reservation.receipt;
        store.get(store->open_challenge(person.id, std::move(challenge)));
        CHECK(store.get(store->accept(person.id, ChallengeProof{challenge_id(i)}, 0, entry("accepted"))));
    }
}

void a_code_that_binds_a_phone_gives_its_message_back()
{
    StoreUnderTest store;
    const auto id = store.get(store->add_subscriber(alice));
    CHECK(send(store, id).answer == SendAnswer::granted);
    store.get(store->open_challenge(id, text_challenge(1, store)));
    auto proven = phone("+12055550123");
    proven.proven_by = challenge_id(1);
    CHECK(store.get(store->bind(id, std::move(proven), 0, entry("bound"))));
    CHECK(send(store, id).answer == SendAnswer::granted);
}

void an_app_code_gives_no_message_back()
{
    StoreUnderTest store;
    const auto person = enrol(store);
    CHECK(send(store, person.id).answer == SendAnswer::granted);
    CHECK(store.get(store->accept(person.id, StepProof{person.app, 101}, 0, entry("accepted"))));
    CHECK(send(store, person.id).answer == SendAnswer::too_soon);
}

void nothing_is_sent_to_an_account_that_lost_three_hundred_points()
{
    GuessLimits limits;
    limits.deny = 1000000;
    limits.lock_after = 1000000;
    StoreUnderTest store(limits);
    const auto id = store.get(store->add_subscriber(alice));
    CHECK(store.get(store->reserve_try(id, costs(300))).answer == TryAnswer::granted);
    CHECK(send(store, id).answer == SendAnswer::locked);
    auto call = costs(10);
    call.phone = true;
    CHECK(store.get(store->reserve_try(id, call)).answer == TryAnswer::budget_spent);
    CHECK(store.get(store->reserve_try(id, costs(3))).answer == TryAnswer::granted);
}

void a_limit_of_zero_sends_nothing()
{
    SendLimits limits;
    limits.per_day = 0;
    StoreUnderTest store({}, limits);
    const auto id = store.get(store->add_subscriber(alice));
    const auto refused = send(store, id);
    CHECK(refused.answer == SendAnswer::exhausted);
    CHECK(refused.wait_until == store.clock.now() + std::chrono::hours(24));
}

} // namespace

std::vector<CMUnitTest> sending_sentences()
{
    return {
        SENTENCE(a_second_message_waits_thirty_seconds_whatever_its_channel),
        SENTENCE(a_fourth_message_waits_until_the_first_is_fifteen_minutes_old),
        SENTENCE(the_eleventh_message_waits_until_the_first_is_a_day_old),
        SENTENCE(a_code_that_comes_back_gives_its_message_back),
        SENTENCE(a_code_that_binds_a_phone_gives_its_message_back),
        SENTENCE(an_app_code_gives_no_message_back),
        SENTENCE(nothing_is_sent_to_an_account_that_lost_three_hundred_points),
        SENTENCE(a_limit_of_zero_sends_nothing),
    };
}

} // namespace ssp::testing
