#include "contract/store_under_test.h"

#include "support/cmocka.h"
#include "verifier/totp.h"

namespace ssp::testing {

namespace {

constexpr Seconds a_year = std::chrono::days(365);

bool accept(StoreUnderTest& store, SubscriberId id, Proof proof)
{
    return store.get(store->accept(id, proof, 0, entry("accepted")));
}

std::int64_t step_now(const StoreUnderTest& store) { return totp::step_at(store.clock.now()); }

template <class T> bool is_refused_for_the_clock(StoreUnderTest& store, Task<T> task)
{
    const auto result = store.wait(std::move(task));
    return !result && result.error().kind == ErrorKind::clock_set_back;
}

ClockRepair repair(StoreUnderTest& store) { return store.get(store->repair_clock(entry("clock-repaired"))); }

/// Alice, and a clock that was a year ahead while `meanwhile` happened, and is right again.
template <class Meanwhile> Enrolled enrol_and_jump(StoreUnderTest& store, Meanwhile meanwhile)
{
    const auto person = enrol(store);
    const auto before = store.clock.now();
    store.clock.set_wall(before + a_year);
    meanwhile(person);
    store.get(store->record(entry("sign-in-refused")));
    store.clock.set_wall(before);
    return person;
}

void nobody_signs_in_while_the_clock_lies_two_minutes_before_the_audit_trail()
{
    StoreUnderTest store;
    const auto person = enrol(store);
    const auto newest = store.clock.now();
    store.clock.set_wall(newest - Seconds(120));
    CHECK(accept(store, person.id, StepProof{person.app, 101}));
    store.clock.set_wall(newest - Seconds(121));
    CHECK(is_refused_for_the_clock(store, store->find_subscriber(alice)));
    CHECK(is_refused_for_the_clock(store,
                                   store->accept(person.id, StepProof{person.app, 102}, 0, entry("no"))));
    CHECK(is_refused_for_the_clock(store, store->bind(person.id, app(), 0, entry("no"))));
    store.reopen();
    CHECK(is_refused_for_the_clock(store, store->find_subscriber(alice)));
    store.clock.advance(Seconds(1));
    CHECK(accept(store, person.id, StepProof{person.app, 102}));
}

void many_small_steps_back_are_one_large_one()
{
    StoreUnderTest store;
    enrol(store);
    for (int i = 0; i < 2; ++i) {
        store.clock.set_wall(store.clock.now() - Seconds(100));
        store.get(store->record(entry("sign-in-refused")));
    }
    CHECK(is_refused_for_the_clock(store, store->find_subscriber(alice)));
}

void a_clock_that_is_not_behind_is_not_repaired()
{
    StoreUnderTest store;
    const auto person = enrol(store);
    store.get(store->grant_trust(person.id, trust(1, store), entry("trust")));
    store.clock.set_wall(store.clock.now() - Seconds(120));
    CHECK(!repair(store).needed);
    CHECK(store.get(store->find_trust(person.id, device(1), "sshd")));
    CHECK(store.audit().back() == "trust");
}

void after_the_repair_people_sign_in_with_fresh_codes()
{
    StoreUnderTest store;
    const auto person = enrol_and_jump(store, [](const Enrolled&) {});
    const auto was_at = store.clock.now() + a_year;
    CHECK(is_refused_for_the_clock(store, store->find_subscriber(alice)));
    const auto done = repair(store);
    CHECK(done.needed && done.was_at == was_at);
    CHECK(store.audit().back() == "clock-repaired");
    CHECK(accept(store, person.id, StepProof{person.app, step_now(store)}));
    store.reopen();
    CHECK(accept(store, person.id, StepProof{person.app, step_now(store) + 1}));
}

void a_code_of_the_time_ahead_stays_spent_when_its_time_comes()
{
    StoreUnderTest store;
    std::int64_t spent = 0;
    const auto person = enrol_and_jump(store, [&](const Enrolled& alice_now) {
        store.get(store->record(entry("sign-in-refused")));
        for (int i = 0; i < 3; ++i) {
            store.clock.advance(Seconds(60));
            spent = step_now(store);
            CHECK(accept(store, alice_now.id, StepProof{alice_now.app, spent}));
        }
        store.clock.advance(Seconds(-180));
    });
    CHECK(repair(store).people == 1);
    const auto now = step_now(store);
    CHECK(!accept(store, person.id, StepProof{person.app, now + 1}));
    store.clock.advance(Seconds(60));
    CHECK(accept(store, person.id, StepProof{person.app, now + 2}));
    store.reopen();
    store.clock.advance(a_year);
    for (const auto step : {spent, spent - 2, spent - 4})
        CHECK(!accept(store, person.id, StepProof{person.app, step}));
    CHECK(accept(store, person.id, StepProof{person.app, spent + 1}));
}

void the_code_of_a_slow_phone_that_was_the_first_thing_ahead_stays_spent()
{
    StoreUnderTest store;
    std::int64_t spent = 0;
    const auto person = enrol_and_jump(store, [&](const Enrolled& alice_now) {
        spent = step_now(store) - 1;
        CHECK(accept(store, alice_now.id, StepProof{alice_now.app, spent}));
    });
    CHECK(repair(store).people == 1);
    store.clock.advance(a_year);
    CHECK(!accept(store, person.id, StepProof{person.app, spent}));
    CHECK(accept(store, person.id, StepProof{person.app, spent + 1}));
}

void a_second_jump_spares_the_time_between()
{
    StoreUnderTest store;
    std::int64_t spent = 0;
    const auto use_the_app = [&](const Enrolled& alice_now) {
        spent = step_now(store);
        CHECK(accept(store, alice_now.id, StepProof{alice_now.app, spent}));
    };
    const auto person = enrol_and_jump(store, use_the_app);
    CHECK(repair(store).needed);
    const auto before = store.clock.now();
    store.clock.set_wall(before + 2 * a_year);
    use_the_app(person);
    store.clock.set_wall(before);
    CHECK(repair(store).needed);
    store.clock.advance(a_year);
    CHECK(!accept(store, person.id, StepProof{person.app, step_now(store)}));
    store.clock.advance(Seconds(60));
    CHECK(accept(store, person.id, StepProof{person.app, step_now(store)}));
    store.clock.advance(a_year - Seconds(60));
    CHECK(!accept(store, person.id, StepProof{person.app, spent}));
}

void the_repair_revives_no_trust_and_no_challenge()
{
    StoreUnderTest store;
    auto person = enrol(store);
    store.get(store->grant_trust(person.id, trust(1, store), entry("trust")));
    const auto before = store.clock.now();
    store.clock.set_wall(before + a_year);
    CHECK(!store.get(store->find_trust(person.id, device(1), "sshd")));
    store.get(store->grant_trust(person.id, trust(2, store), entry("trust")));
    store.get(store->open_challenge(person.id, text_challenge(1, store)));
    store.clock.set_wall(before);
    CHECK(repair(store).needed);
    CHECK(!store.get(store->find_trust(person.id, device(1), "sshd")));
    CHECK(!store.get(store->find_trust(person.id, device(2), "sshd")));
    CHECK(!store.get(store->matches(person.id, challenge_id(1), SecretString("123456"))));
    CHECK(!accept(store, person.id, ChallengeProof{challenge_id(1)}));
}

void waits_and_counts_of_the_time_ahead_last_no_longer_than_their_own_length()
{
    SendLimits sending;
    sending.per_quarter_hour = 1;
    StoreUnderTest store({}, sending);
    const auto person = enrol_and_jump(store, [&](const Enrolled& alice_now) {
        CHECK(store.get(store->reserve_send(alice_now.id, message_to("+12055550123"), entry(""))).answer ==
              SendAnswer::granted);
        for (int i = 0; i < 5; ++i)
            CHECK(store.get(store->reserve_try(alice_now.id, costs(3))).answer == TryAnswer::granted);
    });
    CHECK(repair(store).people == 1);
    const auto throttled = store.get(store->reserve_try(person.id, costs(3)));
    CHECK(throttled.answer == TryAnswer::throttled &&
          throttled.throttled_until == store.clock.now() + Seconds(30));
    CHECK(read(store).guess_points == 15);
    store.clock.advance(Seconds(30));
    CHECK(store.get(store->reserve_send(person.id, message_to("+12055550123"), entry(""))).answer ==
          SendAnswer::too_soon);
    store.clock.advance(Seconds(15 * 60 - 30));
    CHECK(store.get(store->reserve_send(person.id, message_to("+12055550123"), entry(""))).answer ==
          SendAnswer::granted);
    store.clock.advance(std::chrono::days(366));
    CHECK(read(store).guess_points == 0);
}

void a_success_of_the_time_ahead_opens_no_short_codes_once_the_clock_is_right()
{
    GuessLimits everybody;
    everybody.everybody_points = 10;
    StoreUnderTest store(everybody);
    enrol_and_jump(store, [&](const Enrolled& alice_now) {
        CHECK(accept(store, alice_now.id, StepProof{alice_now.app, step_now(store)}));
        CHECK(store.get(store->reserve_try(alice_now.id, costs(10))).answer == TryAnswer::granted);
    });
    CHECK(repair(store).needed);
    store.clock.advance(a_year - Seconds(60)); // as long as the other's success lies ahead, and a minute less
    CHECK(read(store).codes_held_back);
    store.clock.advance(Seconds(120));
    CHECK(read(store).codes_held_back); // nor when its time comes
}

} // namespace

std::vector<CMUnitTest> clock_sentences()
{
    return {
        SENTENCE(nobody_signs_in_while_the_clock_lies_two_minutes_before_the_audit_trail),
        SENTENCE(many_small_steps_back_are_one_large_one),
        SENTENCE(a_clock_that_is_not_behind_is_not_repaired),
        SENTENCE(after_the_repair_people_sign_in_with_fresh_codes),
        SENTENCE(a_code_of_the_time_ahead_stays_spent_when_its_time_comes),
        SENTENCE(the_code_of_a_slow_phone_that_was_the_first_thing_ahead_stays_spent),
        SENTENCE(a_second_jump_spares_the_time_between),
        SENTENCE(the_repair_revives_no_trust_and_no_challenge),
        SENTENCE(waits_and_counts_of_the_time_ahead_last_no_longer_than_their_own_length),
        SENTENCE(a_success_of_the_time_ahead_opens_no_short_codes_once_the_clock_is_right),
    };
}

} // namespace ssp::testing
