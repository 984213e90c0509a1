// The alarm: codes went out, and hardly any came back.
#include "contract/store_under_test.h"

#include <algorithm>

#include "support/cmocka.h"

namespace ssp::testing {

namespace {

/// People with numbers of one foreign region each.
struct Pumped {
    StoreUnderTest store;
    std::uint32_t people = 0;

    explicit Pumped(SendLimits limits = {}) : store({}, limits) {}

    SubscriberId newcomer()
    {
        ++people;
        return store.get(store->add_subscriber({5000 + people, "p" + std::to_string(people)}));
    }
    SendReservation send(const std::string& region, bool typed_back = false)
    {
        const auto id = newcomer();
        auto request = message_to("+44794600" + std::to_string(1000 + people));
        request.region = region;
        request.foreign = region != "US";
        const auto reservation = store.get(store->reserve_send(id, std::move(request), entry("")));
        if (typed_back) {
            const auto number = static_cast<unsigned char>(people);
            auto challenge = text_challenge(number, store);
            challenge.send = reservation.receipt;
            store.get(store->open_challenge(id, std::move(challenge)));
            CHECK(store.get(store->accept(id, ChallengeProof{challenge_id(number)}, 0, entry("accepted"))));
        }
        return reservation;
    }
    void send_many(const std::string& region, int lost, int typed_back)
    {
        for (int i = 0; i < lost + typed_back; ++i)
            CHECK(send(region, i >= lost).answer == SendAnswer::granted);
    }
    /// Until a code that was sent now can be typed no more, and is counted as lost.
    void wait_for_codes() { store.clock.advance(Seconds(1500)); }
    std::ptrdiff_t alarms()
    {
        const auto events = store.audit();
        return std::count(events.begin(), events.end(), "few-typed-back");
    }
};

void a_foreign_region_whose_codes_do_not_come_back_gets_no_more()
{
    Pumped world;
    world.send_many("GB", 17, 3);
    world.wait_for_codes();
    const auto next = world.send("GB");
    CHECK(next.answer == SendAnswer::held_back && next.limit == "hold_after_alarm");
    CHECK(next.alarm && next.alarm->sent == 20 && next.alarm->typed_back == 3);
    CHECK(world.alarms() == 1);
    CHECK(world.send("CA").answer == SendAnswer::granted);
    CHECK(world.send("US").answer == SendAnswer::granted);
}

void a_fifth_of_the_codes_is_enough_and_nineteen_are_too_few_to_judge()
{
    Pumped world;
    world.send_many("GB", 16, 4);
    world.send_many("FR", 19, 0);
    world.wait_for_codes();
    CHECK(world.send("GB").answer == SendAnswer::granted && world.send("FR").answer == SendAnswer::granted);
    CHECK(world.alarms() == 0);
}

void codes_that_can_still_be_typed_are_no_alarm()
{
    Pumped world;
    world.send_many("GB", 40, 0);
    world.store.clock.advance(Seconds(599));
    CHECK(world.send("GB").answer == SendAnswer::granted);
    CHECK(world.alarms() == 0);
}

void the_alarm_is_told_once_a_day_and_the_hold_ends_with_the_codes()
{
    Pumped world;
    world.send_many("GB", 20, 0);
    world.wait_for_codes();
    for (int i = 0; i < 5; ++i)
        CHECK(world.send("GB").answer == SendAnswer::held_back);
    CHECK(world.alarms() == 1);
    world.store.clock.advance(std::chrono::hours(24));
    world.send_many("GB", 20, 0);
    world.wait_for_codes();
    CHECK(world.send("GB").answer == SendAnswer::held_back);
    CHECK(world.alarms() == 2);
}

void the_home_region_is_told_of_and_goes_on()
{
    Pumped world;
    world.send_many("US", 20, 0);
    world.wait_for_codes();
    CHECK(world.send("US").alarm && world.send("US").answer == SendAnswer::granted);
    CHECK(world.alarms() == 1);
}

void an_administrator_can_lift_the_hold()
{
    SendLimits limits;
    limits.hold_after_alarm = false;
    Pumped world(limits);
    world.send_many("GB", 20, 0);
    world.wait_for_codes();
    const auto next = world.send("GB");
    CHECK(next.answer == SendAnswer::granted && next.alarm);
}

void what_was_told_is_not_told_again_after_a_restart()
{
    Pumped world;
    world.send_many("GB", 20, 0);
    world.wait_for_codes();
    CHECK(world.send("GB").alarm);
    world.store.reopen();
    const auto next = world.send("GB");
    CHECK(!next.alarm && next.answer == SendAnswer::held_back);
}

} // namespace

std::vector<CMUnitTest> typed_back_sentences()
{
    return {
        SENTENCE(a_foreign_region_whose_codes_do_not_come_back_gets_no_more),
        SENTENCE(a_fifth_of_the_codes_is_enough_and_nineteen_are_too_few_to_judge),
        SENTENCE(codes_that_can_still_be_typed_are_no_alarm),
        SENTENCE(the_alarm_is_told_once_a_day_and_the_hold_ends_with_the_codes),
        SENTENCE(the_home_region_is_told_of_and_goes_on),
        SENTENCE(an_administrator_can_lift_the_hold),
        SENTENCE(what_was_told_is_not_told_again_after_a_restart),
    };
}

} // namespace ssp::testing
