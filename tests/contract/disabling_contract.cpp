// Twenty failures in a row disable an authenticator, not a person.
#include "contract/store_under_test.h"

#include "support/cmocka.h"

namespace ssp::testing {

namespace {

constexpr int most = 20;

/// No other limit says no.
GuessLimits only_disabling()
{
    GuessLimits limits;
    limits.deny = limits.lock_after = 1000000;
    return limits;
}

TryCost at(AuthenticatorId authenticator)
{
    auto cost = costs(1);
    cost.authenticator = authenticator;
    return cost;
}

TryAnswer try_once(StoreUnderTest& store, SubscriberId id, const TryCost& cost)
{
    return store.get(store->reserve_try(id, cost)).answer;
}

void miss(StoreUnderTest& store, SubscriberId id, AuthenticatorId authenticator, int times)
{
    for (int i = 0; i < times; ++i)
        CHECK(try_once(store, id, at(authenticator)) == TryAnswer::granted);
}

/// Adds a phone to alice, who has an app.
AuthenticatorId bind_phone(StoreUnderTest& store, SubscriberId id)
{
    CHECK(store.get(store->bind(id, phone("+12055550123"), 0, entry("authenticator-bound"))));
    return read(store).authenticators.at(1).id;
}

void twenty_failures_in_a_row_disable_an_authenticator()
{
    StoreUnderTest store(only_disabling());
    const auto person = enrol(store);
    miss(store, person.id, person.app, most - 1);
    CHECK(!read(store).authenticators.at(0).disabled);
    const auto twentieth = store.get(store->reserve_try(person.id, at(person.app)));
    CHECK(twentieth.answer == TryAnswer::granted && twentieth.last_of_authenticator);
    CHECK(try_once(store, person.id, at(person.app)) == TryAnswer::authenticator_disabled);
    const auto after = read(store);
    CHECK(after.authenticators.at(0).disabled && after.authenticators.at(0).failures == most);
    CHECK(after.guess_points == most); // what is refused costs nothing
}

void only_the_twentieth_try_is_said_to_be_the_last()
{
    StoreUnderTest store(only_disabling());
    const auto person = enrol(store);
    for (int i = 1; i <= most; ++i)
        CHECK(store.get(store->reserve_try(person.id, at(person.app))).last_of_authenticator == (i == most));
    CHECK(!store.get(store->reserve_try(person.id, costs(0))).last_of_authenticator);
}

void the_others_and_a_recovery_code_still_work()
{
    StoreUnderTest store(only_disabling());
    const auto person = enrol(store);
    const auto text = bind_phone(store, person.id);
    miss(store, person.id, person.app, most);
    CHECK(try_once(store, person.id, at(text)) == TryAnswer::granted);
    CHECK(try_once(store, person.id, costs(0)) == TryAnswer::granted);
    CHECK(!read(store).authenticators.at(1).disabled);
}

void a_success_with_it_begins_the_row_anew()
{
    StoreUnderTest store(only_disabling());
    const auto person = enrol(store);
    miss(store, person.id, person.app, most); // the twentieth is right
    CHECK(store.get(store->accept(person.id, StepProof{person.app, 101}, 1, entry("accepted"))));
    CHECK(read(store).authenticators.at(0).failures == 0);
    miss(store, person.id, person.app, most);
}

void a_code_that_is_typed_back_begins_the_row_of_its_phone_anew()
{
    StoreUnderTest store(only_disabling());
    const auto person = enrol(store);
    const auto text = bind_phone(store, person.id);
    miss(store, person.id, text, most - 1);
    store.get(store->open_challenge(person.id, text_challenge(1, store)));
    CHECK(store.get(store->accept(person.id, ChallengeProof{challenge_id(1)}, 0, entry("accepted"))));
    CHECK(read(store).authenticators.at(1).failures == 0);
}

void a_success_with_another_one_forgives_nothing()
{
    StoreUnderTest store(only_disabling());
    const auto person = enrol(store);
    const auto text = bind_phone(store, person.id);
    miss(store, person.id, text, most - 1);
    CHECK(store.get(store->accept(person.id, StepProof{person.app, 101}, 0, entry("accepted"))));
    CHECK(try_once(store, person.id, at(text)) == TryAnswer::granted);
    CHECK(try_once(store, person.id, at(text)) == TryAnswer::authenticator_disabled);
}

void binding_it_anew_enables_it()
{
    StoreUnderTest store(only_disabling());
    const auto person = enrol(store);
    miss(store, person.id, person.app, most);
    CHECK(store.get(store->bind(person.id, app(), 0, entry("authenticator-bound"))));
    const auto after = read(store);
    CHECK(!after.authenticators.at(0).disabled);
    CHECK(try_once(store, person.id, at(after.authenticators.at(0).id)) == TryAnswer::granted);
}

void an_unlock_enables_every_authenticator_and_a_lock_none()
{
    StoreUnderTest store(only_disabling());
    const auto person = enrol(store);
    const auto text = bind_phone(store, person.id);
    miss(store, person.id, person.app, most);
    miss(store, person.id, text, most);
    store.get(store->act(person.id, DeskAct::lock, "called in", entry("lock")));
    CHECK(read(store).authenticators.at(0).disabled && read(store).authenticators.at(1).disabled);
    store.get(store->act(person.id, DeskAct::unlock, "called in", entry("unlock")));
    CHECK(!read(store).authenticators.at(0).disabled && !read(store).authenticators.at(1).disabled);
    CHECK(try_once(store, person.id, at(person.app)) == TryAnswer::granted);
}

void what_was_disabled_is_disabled_after_a_restart_and_a_lock_too()
{
    StoreUnderTest store(only_disabling());
    const auto person = enrol(store);
    miss(store, person.id, person.app, most);
    store.get(store->act(person.id, DeskAct::lock, "called in", entry("lock")));
    store.reopen();
    CHECK(read(store).authenticators.at(0).disabled && read(store).locked_by_desk);
    CHECK(try_once(store, person.id, costs(0)) == TryAnswer::locked);
    CHECK(!store.get(store->accept(person.id, StepProof{person.app, 101}, 0, entry("accepted"))));
}

void failures_are_counted_for_ones_own_authenticators_only()
{
    StoreUnderTest store(only_disabling());
    const auto first = enrol(store);
    const auto second = enrol(store, bob);
    CHECK(try_once(store, second.id, at(first.app)) == TryAnswer::granted);
    CHECK(read(store).authenticators.at(0).failures == 0);
    CHECK(read(store, bob).authenticators.at(0).failures == 0);
}

} // namespace

std::vector<CMUnitTest> disabling_sentences()
{
    return {
        SENTENCE(twenty_failures_in_a_row_disable_an_authenticator),
        SENTENCE(only_the_twentieth_try_is_said_to_be_the_last),
        SENTENCE(the_others_and_a_recovery_code_still_work),
        SENTENCE(a_success_with_it_begins_the_row_anew),
        SENTENCE(a_code_that_is_typed_back_begins_the_row_of_its_phone_anew),
        SENTENCE(a_success_with_another_one_forgives_nothing),
        SENTENCE(binding_it_anew_enables_it),
        SENTENCE(an_unlock_enables_every_authenticator_and_a_lock_none),
        SENTENCE(what_was_disabled_is_disabled_after_a_restart_and_a_lock_too),
        SENTENCE(failures_are_counted_for_ones_own_authenticators_only),
    };
}

} // namespace ssp::testing
