#include "contract/store_under_test.h"

#include <deque>

#include "support/cmocka.h"

namespace ssp::testing {

namespace {

/// Starts a task and leaves at once, as a destroyed sign-in does.
template <class T> void start_and_leave(Task<T> task) { task.handle().resume(); }

void what_was_asked_for_happens_although_whoever_asked_has_left()
{
    StoreUnderTest store;
    const auto person = enrol(store);
    store.get(store->open_challenge(person.id, text_challenge(1, store)));
    start_and_leave(store->reserve_try(person.id, costs(3)));
    start_and_leave(store->void_challenge(person.id, challenge_id(1), false));
    start_and_leave(store->accept(person.id, StepProof{person.app, 101}, 0, entry("left")));
    store.get(store->record(entry("after")));
    CHECK(!store.get(store->matches(person.id, challenge_id(1), SecretString("123456"))));
    CHECK(!store.get(store->accept(person.id, StepProof{person.app, 101}, 0, entry("again"))));
    CHECK((store.audit() == std::vector<std::string>{"authenticator-bound", "owner-told", "left", "after"}));
}

void whoever_leaves_while_a_way_is_bound_keeps_nobody_from_hearing_of_it()
{
    StoreUnderTest store;
    const auto person = enrol(store);
    (void)store.tellings();
    store.get(store->clear_notices(person.id, entry("notices-shown")));
    start_and_leave(store->bind(person.id, phone("+12055550123"), 0, entry("bound")));
    start_and_leave(store->bind(person.id, phone("+12055550199"), 0, entry("bound")));
    store.get(store->record(entry("after")));
    const auto told = store.tellings();
    CHECK(told.size() == 2 && told[1].news == News::changed);
    CHECK_TEXT(told[1].number.reveal(), "+12055550123");
    CHECK(read(store).notices.size() == 2);
}

void a_task_that_was_never_started_changes_nothing()
{
    StoreUnderTest store;
    const auto person = enrol(store);
    {
        auto never = store->accept(person.id, StepProof{person.app, 101}, 0, entry("never"));
    }
    CHECK(store.get(store->accept(person.id, StepProof{person.app, 101}, 0, entry("yes"))));
}

void one_of_64_that_present_the_same_step_at_once_is_accepted()
{
    StoreUnderTest store;
    const auto person = enrol(store);
    for (std::int64_t round = 0; round < 50; ++round) {
        std::deque<RootTask<bool>> racers;
        for (int i = 0; i < 64; ++i)
            racers
                .emplace_back(
                    store->accept(person.id, StepProof{person.app, 101 + round}, 0, entry("accepted")))
                .start([] {});
        int accepted = 0;
        for (auto& racer : racers) {
            while (!racer.finished())
                store.turn();
            const auto result = racer.take();
            CHECK(result);
            accepted += *result ? 1 : 0;
        }
        CHECK(accepted == 1);
    }
    CHECK(store.audit().size() == 52); // and the two of the enrolment
}

void a_waiter_that_resumes_may_end_the_others()
{
    StoreUnderTest store;
    const auto person = enrol(store);
    std::deque<std::unique_ptr<RootTask<TryReservation>>> others;
    for (int i = 0; i < 3; ++i)
        others.push_back(std::make_unique<RootTask<TryReservation>>(store->reserve_try(person.id, costs(1))));
    RootTask<TryReservation> first(store->reserve_try(person.id, costs(1)));
    first.start([&] { others.clear(); });
    for (auto& other : others)
        if (other)
            other->start([] {});
    while (!first.finished())
        store.turn();
    store.get(store->record(entry("after")));
    CHECK(others.empty());
}

} // namespace

std::vector<CMUnitTest> waiter_sentences()
{
    return {
        SENTENCE(what_was_asked_for_happens_although_whoever_asked_has_left),
        SENTENCE(whoever_leaves_while_a_way_is_bound_keeps_nobody_from_hearing_of_it),
        SENTENCE(a_task_that_was_never_started_changes_nothing),
        SENTENCE(one_of_64_that_present_the_same_step_at_once_is_accepted),
        SENTENCE(a_waiter_that_resumes_may_end_the_others),
    };
}

} // namespace ssp::testing
