// Retention decides what may be cut and when; the store cuts.
#include "server/retention.h"

#include "support/manual_clock.h"
#include "support/run_on_loop.h"

#include <vector>

#include "support/cmocka.h"

using namespace ssp;
using namespace ssp::testing;
using std::chrono::days;

namespace {

/// A trail with so many rows on each day, the oldest in front.
struct House {
    Loop loop;
    ManualClock clock;
    std::vector<WallTime> rows;
    std::vector<WallTime> asked; ///< the `before` of each batch
    std::vector<std::string> failures;
    std::optional<Error> broken;
    Retention retention{loop,
                        clock,
                        [this](const Error& why) { failures.push_back(why.detail); },
                        {std::chrono::milliseconds(30), std::chrono::milliseconds(1)}};

    void keep(int for_days)
    {
        Retention::Trail trail;
        trail.oldest = [this]() -> Task<std::optional<WallTime>> {
            co_return rows.empty() ? std::nullopt : std::optional(rows.front());
        };
        trail.cut = [this](WallTime before) -> Task<int> {
            if (broken)
                co_return *broken;
            asked.push_back(before);
            int taken = 0;
            for (; taken < 2 && !rows.empty() && rows.front() < before; ++taken)
                rows.erase(rows.begin());
            co_return taken;
        };
        retention.keep(std::move(trail), days(for_days));
    }
};

void what_is_too_old_goes_in_batches_until_nothing_is()
{
    House house;
    for (int i = 0; i < 7; ++i)
        house.rows.push_back(house.clock.now() - days(11));
    house.rows.push_back(house.clock.now() - days(9));
    house.keep(10);
    run_until(house.loop, [&] { return house.asked.size() >= 5; });
    CHECK(house.rows.size() == 1 && house.failures.empty());
}

void one_look_takes_one_day_at_most()
{
    House house;
    house.clock.set_wall(std::chrono::floor<days>(house.clock.now()));
    for (int age : {400, 300, 200})
        house.rows.push_back(house.clock.now() - days(age) + Seconds(5));
    house.keep(100);
    run_until(house.loop, [&] { return house.rows.size() == 2; });
    CHECK(house.asked.front() == house.clock.now() - days(399)); // the midnight behind the oldest row
    run_until(house.loop, [&] { return house.rows.empty(); });   // later looks take the others
}

void zero_days_keep_all_rows_for_ever()
{
    House house;
    house.rows.push_back(WallTime{});
    house.keep(0);
    for (int i = 0; i < 5; ++i)
        house.loop.run_once(std::chrono::milliseconds(20));
    CHECK(house.rows.size() == 1 && house.asked.empty());
}

void a_trail_that_cannot_be_cut_is_told_at_each_look()
{
    House house;
    house.rows.push_back(WallTime{});
    house.broken = Error{ErrorKind::store_tampered, "row 3"};
    house.keep(10);
    run_until(house.loop, [&] { return house.failures.size() >= 2; });
    CHECK_TEXT(house.failures.front(), "row 3");
}

void a_reload_in_the_middle_begins_anew()
{
    House house;
    for (int i = 0; i < 20; ++i)
        house.rows.push_back(house.clock.now() - days(11));
    house.keep(10);
    run_until(house.loop, [&] { return house.asked.size() == 2; });
    house.keep(10);
    run_until(house.loop, [&] { return house.rows.empty(); });
    house.retention.stop();
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(what_is_too_old_goes_in_batches_until_nothing_is),
        SENTENCE(one_look_takes_one_day_at_most),
        SENTENCE(zero_days_keep_all_rows_for_ever),
        SENTENCE(a_trail_that_cannot_be_cut_is_told_at_each_look),
        SENTENCE(a_reload_in_the_middle_begins_anew),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
