// One person, one app code, 64 sign-ins that type it at the same moment, through the real socket and the
// real database: exactly one is accepted, in every round. argv: rounds (1000). A round is one time step of
// the app, so its code is new in it.
#include "races/contest.h"

#include <barrier>
#include <charconv>
#include <cstdio>
#include <map>

using namespace ssp;
using namespace ssp::testing;

namespace {

int rounds = 1000;
const Identity alice{1000, "alice"};

/// Guessing limits that 63 lost tries a round do not reach: this test is about spending, not about guessing.
Policy without_limits()
{
    Policy policy;
    policy.trust_days = 0;
    policy.guessing.deny = policy.guessing.lock_after = 1000000000;
    policy.guessing.yearly_points = policy.guessing.phone_off_points = 1000000000;
    policy.guessing.notice_points = policy.guessing.everybody_points = 1000000000;
    policy.guessing.disable_after = 1000000000;
    return policy;
}

} // namespace

static void one_code_is_accepted_exactly_once_in_every_round()
{
    RoundClock clock;
    Helper helper(clock, without_limits());
    const auto key = helper.enrol(alice);
    const auto path = helper.path();
    helper.start();

    std::string code;
    std::atomic<int> accepted = 0;
    std::atomic<int> ended = 0;
    std::map<int, int> rounds_by_winners;
    int rounds_with_all_ended = 0;
    std::atomic<bool> over = false;
    int round = 0;
    const auto between_rounds = [&]() noexcept {
        if (round > 0) {
            ++rounds_by_winners[accepted.exchange(0)];
            if (ended.exchange(0) == contestants)
                ++rounds_with_all_ended;
        }
        if (round > 0 && round % 500 == 0)
            std::fprintf(stderr, "# %d of %d rounds\n", round, rounds);
        over = ++round > rounds;
        clock.next_step();
        code = code_at(key, clock.step());
    };
    std::barrier start(contestants, between_rounds);
    std::barrier typed(contestants);
    std::vector<std::thread> threads;
    for (int i = 0; i < contestants; ++i)
        threads.emplace_back([&, i] {
            for (std::uint64_t turn = 1;; ++turn) {
                start.arrive_and_wait();
                if (over)
                    return;
                Contestant contestant(path, turn * contestants + static_cast<std::uint64_t>(i), alice);
                const bool asked = contestant.is_asked();
                typed.arrive_and_wait(); // all at the prompt: now
                if (asked && contestant.is_asked_again_after(code))
                    contestant.leave();
                accepted += contestant.is_accepted() ? 1 : 0;
                ended += contestant.has_ended() ? 1 : 0;
            }
        });
    for (auto& thread : threads)
        thread.join();
    helper.stop();

    for (const auto& [winners, count] : rounds_by_winners)
        std::fprintf(stderr, "figure: %d of %d rounds: %d of %d accepted\n", count, rounds, winners,
                     contestants);
    CHECK(rounds_by_winners[1] == rounds);
    CHECK(rounds_with_all_ended == rounds);
}

int main(int argc, char** argv)
{
    if (argc > 1)
        std::from_chars(argv[1], argv[1] + std::strlen(argv[1]), rounds);
    const CMUnitTest tests[] = {SENTENCE(one_code_is_accepted_exactly_once_in_every_round)};
    return cmocka_run_group_tests_name("races", tests, nullptr, nullptr);
}
