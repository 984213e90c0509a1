// 64 sign-ins of one person that type wrong codes at the same moment, through the real socket and the real
// database, by app, text message and voice call in turn: no code is ever compared that was not paid for, and
// what there is to spend is spent exactly. Comparisons are counted where they happen: the linker puts the two
// functions below before those that compare (meson.build). argv: rounds (100), each with a person of its own.
#include "races/contest.h"

#include <barrier>
#include <charconv>
#include <cstdio>

using namespace ssp;
using namespace ssp::testing;

namespace {

std::atomic<int> comparisons = 0;
int rounds = 100;

} // namespace

#define MATCHED_STEP                                                                                         \
    "_ZN3ssp4totp12matched_stepERKNS_12SecretStringESt17basic_string_viewIcSt11char_traitsIcEENSt6chrono10"  \
    "time_pointINS8_3_V212system_clockENS8_8durationIlSt5ratioILl1ELl1EEEEEE"
#define MATCHES                                                                                              \
    "_ZN3ssp12transactions7matchesERNS_6TablesERKNS_6MomentENS_12SubscriberIdERKSt5arrayIhLm16EERKNS_12"     \
    "SecretStringE"

std::optional<std::int64_t> real_matched_step(const SecretString& key, std::string_view typed,
                                              WallTime now) asm("__real_" MATCHED_STEP);
std::optional<std::int64_t> counted_matched_step(const SecretString& key, std::string_view typed,
                                                 WallTime now) asm("__wrap_" MATCHED_STEP);
std::optional<std::int64_t> counted_matched_step(const SecretString& key, std::string_view typed,
                                                 WallTime now)
{
    ++comparisons;
    return real_matched_step(key, typed, now);
}

Result<bool> real_matches(Tables& rows, const Moment& now, SubscriberId person, const ChallengeId& challenge,
                          const SecretString& code) asm("__real_" MATCHES);
Result<bool> counted_matches(Tables& rows, const Moment& now, SubscriberId person,
                             const ChallengeId& challenge, const SecretString& code) asm("__wrap_" MATCHES);
Result<bool> counted_matches(Tables& rows, const Moment& now, SubscriberId person,
                             const ChallengeId& challenge, const SecretString& code)
{
    ++comparisons;
    return real_matches(rows, now, person, challenge, code);
}

namespace {

constexpr int budget = 30;
constexpr int most_answers = 12; ///< more than the verifier bears with

/// Only the points of the year say no.
Policy points_only()
{
    Policy policy;
    policy.trust_days = 0;
    auto& guessing = policy.guessing;
    guessing.deny = guessing.lock_after = guessing.disable_after = 1000000000;
    guessing.everybody_points = guessing.notice_points = 1000000000;
    guessing.yearly_points = guessing.phone_off_points = budget;
    auto& sending = policy.sending;
    sending.between = Seconds(0);
    for (int* limit : {&sending.per_quarter_hour, &sending.per_day, &sending.number_per_quarter_hour,
                       &sending.number_per_day, &sending.source_per_quarter_hour, &sending.region_per_day,
                       &sending.foreign_region_per_day, &sending.texts_per_hour, &sending.calls_per_hour})
        *limit = 1000000000;
    return policy;
}

/// Whom a round is about, by what they guess, and how often that can be paid for.
struct Round {
    Identity person;
    bool by_phone = false;
    std::string wrong;
    int affordable = 0;
};

Round round_of(Helper& helper, const Clock& clock, int number)
{
    Round round;
    round.person = {static_cast<std::uint32_t>(2000 + number), "person-" + std::to_string(number)};
    const auto kind = static_cast<AuthenticatorKind>(1 + number % 3);
    round.by_phone = kind != AuthenticatorKind::authenticator_app;
    if (round.by_phone) {
        helper.bind(round.person, kind, SecretString("+1205555" + std::to_string(1000 + number)));
        round.wrong = kind == AuthenticatorKind::voice_call ? "12345" : "123456";
        round.affordable = kind == AuthenticatorKind::voice_call ? budget / 10 : budget;
        return round;
    }
    const auto key = helper.enrol(round.person);
    const auto step = clock.now().time_since_epoch().count() / 30;
    round.wrong = code_at(key, step - 5);
    for (const auto near : {step - 1, step, step + 1})
        if (round.wrong == code_at(key, near))
            round.wrong = code_at(key, step - 6);
    round.affordable = budget / 3;
    return round;
}

void no_wrong_code_is_compared_that_was_not_paid_for()
{
    RoundClock clock;
    Helper helper(clock, points_only());
    std::vector<Round> all;
    for (int i = 0; i < rounds; ++i)
        all.push_back(round_of(helper, clock, i));
    const auto path = helper.path();
    helper.start();

    std::atomic<int> accepted = 0;
    std::atomic<int> ended = 0;
    int beyond = 0;
    int short_of = 0;
    int lucky = 0;
    int unended = 0;
    int current = -1;
    std::atomic<bool> over = false;
    std::barrier start(contestants, [&]() noexcept {
        if (current >= 0) {
            const int affordable = all[static_cast<std::size_t>(current)].affordable;
            const int compared = comparisons.exchange(0);
            const bool was_guessed = accepted.exchange(0) > 0; // once in a million, and gives points back
            lucky += was_guessed ? 1 : 0;
            beyond += compared > affordable && !was_guessed ? 1 : 0;
            short_of += compared < affordable && !was_guessed ? 1 : 0;
            unended += ended.exchange(0) == contestants ? 0 : 1;
        }
        if (current > 0 && current % 200 == 0)
            std::fprintf(stderr, "# %d of %d rounds\n", current, rounds);
        over = ++current >= rounds;
    });
    std::barrier at_the_prompt(contestants);
    std::vector<std::thread> threads;
    for (int i = 0; i < contestants; ++i)
        threads.emplace_back([&, i] {
            for (std::uint64_t turn = 1;; ++turn) {
                start.arrive_and_wait();
                if (over)
                    return;
                const auto& round = all[static_cast<std::size_t>(current)];
                // a service each: their messages do not void each other
                Contestant contestant(path, turn * contestants + static_cast<std::uint64_t>(i), round.person,
                                      "service-" + std::to_string(i));
                bool asked = contestant.is_asked();
                if (asked && round.by_phone)
                    asked = contestant.is_asked_again_after("1");
                at_the_prompt.arrive_and_wait(); // now
                for (int answers = 0; asked && answers < most_answers; ++answers)
                    asked = contestant.is_asked_again_after(round.wrong);
                if (asked)
                    contestant.leave();
                accepted += contestant.is_accepted() ? 1 : 0;
                ended += contestant.has_ended() ? 1 : 0;
            }
        });
    for (auto& thread : threads)
        thread.join();
    helper.stop();

    int unpaid = 0;
    for (const auto& round : all) {
        const int points = helper.guess_points(round.person);
        unpaid += points > budget || points < budget - 2 ? 1 : 0;
    }
    std::fprintf(
        stderr,
        "figure: %d rounds of %d: %d compared more than was paid for, %d less, %d guessed right, %d with "
        "other points in the ledger\n",
        rounds, contestants, beyond, short_of, lucky, unpaid);
    CHECK(beyond == 0);
    CHECK(short_of == 0);
    CHECK(unended == 0);
    CHECK(lucky <= 1 + rounds / 1000);
    CHECK(unpaid <= lucky);
}

} // namespace

int main(int argc, char** argv)
{
    if (argc > 1)
        std::from_chars(argv[1], argv[1] + std::strlen(argv[1]), rounds);
    const CMUnitTest tests[] = {SENTENCE(no_wrong_code_is_compared_that_was_not_paid_for)};
    return cmocka_run_group_tests_name("races", tests, nullptr, nullptr);
}
