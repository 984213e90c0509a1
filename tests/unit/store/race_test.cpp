// One proof, many hands: threads with connections of their own, each with several sign-ins at once.
#include "unit/store/sqlite_fixture.h"

#include <atomic>
#include <deque>
#include <thread>

#include "support/cmocka.h"

using namespace ssp;
using namespace ssp::testing;

namespace {

constexpr int threads = 8;
constexpr int tasks_of_each = 8;
constexpr std::size_t most_rounds = 200;

/// All threads start a round together.
class Start {
public:
    void wait()
    {
        const int round = round_;
        if (++arrived_ == threads) {
            arrived_ = 0;
            ++round_;
            round_.notify_all();
        } else {
            round_.wait(round);
        }
    }

private:
    std::atomic<int> arrived_ = 0;
    std::atomic<int> round_ = 0;
};

struct Race {
    SqliteFixture fixture;
    SubscriberId id{};
    Start start;
    int rounds = 0;
    std::array<std::atomic<int>, most_rounds> accepted{};
    std::atomic<int> wrong = 0;

    /// Presents proof number `round`, eight times at once, in each round.
    template <class ProofOf> void run_one(ProofOf proof_of)
    {
        ManualClock clock;
        SystemRandom random;
        SqliteStore::Settings settings;
        settings.path = fixture.path();
        settings.key = test_key();
        auto store = SqliteStore::open(std::move(settings), clock, random);
        wrong += store ? 0 : 1;
        for (int round = 0; round < rounds; ++round) {
            start.wait();
            if (!store)
                continue;
            std::deque<RootTask<bool>> tasks;
            for (int i = 0; i < tasks_of_each; ++i)
                tasks.emplace_back((*store)->accept(id, proof_of(round), 0, entry("accepted"))).start([] {});
            for (auto& task : tasks) {
                while (!task.finished()) {
                    pollfd ready{(*store)->completions_fd(), POLLIN, 0};
                    poll(&ready, 1, -1);
                    (*store)->run_completions();
                }
                const auto result = task.take();
                wrong += result ? 0 : 1;
                accepted[static_cast<std::size_t>(round)] += result && *result ? 1 : 0;
            }
        }
    }

    template <class ProofOf> void run(int how_often, ProofOf proof_of)
    {
        rounds = how_often;
        fixture.close();
        std::vector<std::thread> running;
        for (int i = 0; i < threads; ++i)
            running.emplace_back([this, proof_of] { run_one(proof_of); });
        for (auto& thread : running)
            thread.join();
        CHECK(wrong == 0);
        for (int round = 0; round < rounds; ++round)
            CHECK(accepted[static_cast<std::size_t>(round)] == 1);
    }
};

void of_64_that_present_one_step_at_once_exactly_one_is_accepted()
{
    Race race;
    race.id = race.fixture.enrol_alice();
    const auto first = race.fixture.step(101);
    race.run(200, [first](int round) { return StepProof{first.authenticator, first.step + round}; });
    CHECK(race.fixture.number("SELECT count(*) FROM audit WHERE event = 'accepted'") == 200);
}

void of_64_that_present_one_look_up_secret_at_once_exactly_one_is_accepted()
{
    Race race;
    race.id = race.fixture.enrol_alice();
    std::vector<Digest> digests;
    std::vector<SecretString> secrets;
    for (int round = 0; round < 40; ++round) {
        secrets.emplace_back("secret " + std::to_string(round));
        digests.push_back(race.fixture.store->digest_of(race.id, secrets.back()));
    }
    race.fixture.get(
        race.fixture.store->replace_look_up_secrets(race.id, {std::move(secrets), {}}, entry("codes")));
    race.run(40,
             [&digests](int round) { return LookUpSecretProof{digests[static_cast<std::size_t>(round)]}; });
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(of_64_that_present_one_step_at_once_exactly_one_is_accepted),
        SENTENCE(of_64_that_present_one_look_up_secret_at_once_exactly_one_is_accepted),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
