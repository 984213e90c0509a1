// Who waits for a place gets one, in order, and gives it back.
#include "delivery/turns.h"

#include "base/task.h"
#include "support/cmocka.h"
#include "support/run_on_loop.h"

#include <memory>
#include <vector>

using namespace ssp;
using namespace ssp::testing;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

/// What several tasks do to each other.
struct Scene {
    Loop loop;
    Turns turns;
    std::vector<int> had_a_place; ///< numbers of the tasks, in order
    std::vector<int> gave_up;
    bool may_end = false;
    std::vector<std::unique_ptr<RootTask<void>>> tasks;

    explicit Scene(std::size_t most) : turns(loop, most) {}
    void start(int number, milliseconds patience = seconds(60))
    {
        tasks.push_back(std::make_unique<RootTask<void>>(work(*this, number, patience)));
        tasks.back()->start([] {});
    }
    static Task<void> work(Scene& scene, int number, milliseconds patience)
    {
        Turns::Turn turn(scene.turns, patience);
        const bool has_place = co_await turn;
        (has_place ? scene.had_a_place : scene.gave_up).push_back(number);
        if (!has_place)
            co_return;
        Turns never(scene.loop, 1);
        Turns::Turn first(never, seconds(60));
        co_await first;
        Turns::Turn second(never, scene.may_end ? milliseconds(0) : seconds(60));
        co_await second;
    }
    void turn_a_few_times()
    {
        for (int i = 0; i < 5; ++i)
            loop.run_once(milliseconds(5));
    }
};

void a_free_place_is_had_at_once()
{
    Scene scene(2);
    scene.start(1);
    scene.start(2);
    CHECK(scene.had_a_place == std::vector<int>({1, 2}));
}

void who_is_too_many_waits_until_a_place_is_given_back()
{
    Scene scene(2);
    for (int number = 1; number <= 3; ++number)
        scene.start(number);
    scene.turn_a_few_times();
    CHECK(scene.had_a_place == std::vector<int>({1, 2}));
    scene.tasks.front().reset();
    run_until(scene.loop, [&] { return scene.had_a_place.size() == 3; });
}

void places_are_given_in_the_order_in_which_they_were_asked_for()
{
    Scene scene(1);
    scene.may_end = true; // each gives its place back on a later turn
    for (int number = 1; number <= 50; ++number)
        scene.start(number);
    run_until(scene.loop, [&] { return scene.had_a_place.size() == 50; });
    for (int number = 1; number <= 50; ++number)
        CHECK(scene.had_a_place.at(static_cast<std::size_t>(number - 1)) == number);
}

void who_waits_too_long_is_told()
{
    Scene scene(1);
    scene.start(1);
    scene.start(2, milliseconds(10));
    run_until(scene.loop, [&] { return !scene.gave_up.empty(); });
    CHECK(scene.gave_up == std::vector<int>({2}));
    scene.tasks.front().reset();
    scene.start(3);
    run_until(scene.loop, [&] { return scene.had_a_place.size() == 2; });
    CHECK(scene.had_a_place == std::vector<int>({1, 3}));
}

void who_leaves_the_queue_takes_no_place()
{
    Scene scene(1);
    for (int number = 1; number <= 3; ++number)
        scene.start(number);
    scene.tasks.at(1).reset();
    scene.tasks.at(0).reset();
    run_until(scene.loop, [&] { return scene.had_a_place.size() == 2; });
    CHECK(scene.had_a_place == std::vector<int>({1, 3}));
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(a_free_place_is_had_at_once),
        SENTENCE(who_is_too_many_waits_until_a_place_is_given_back),
        SENTENCE(places_are_given_in_the_order_in_which_they_were_asked_for),
        SENTENCE(who_waits_too_long_is_told),
        SENTENCE(who_leaves_the_queue_takes_no_place),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
