// People sign in while retention cuts rows of the same trail, at the pace of ssp-mfad and through the real
// socket and the real database. Blocks of sign-ins with retention take turns with blocks without it, so that
// both meet the same machine; what each took is printed and judged by nobody but the reader. argv: rows of
// the trail (1000), blocks of sign-ins of each kind (4).
#include "races/contest.h"

#include "server/retention.h"

#include <algorithm>
#include <array>
#include <barrier>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <list>
#include <mutex>

using namespace ssp;
using namespace ssp::testing;
using std::chrono::days;
using Milliseconds = std::chrono::duration<double, std::milli>;

namespace {

std::size_t rows = 1000;
int blocks = 4;
constexpr int people = 8;
constexpr int rounds_in_a_block = 25;
constexpr int rows_at_once = 100; // as in helper/main.cpp

std::vector<Identity> crowd()
{
    std::vector<Identity> all;
    for (std::uint32_t i = 0; i < people; ++i)
        all.push_back({1000 + i, "person" + std::to_string(i)});
    return all;
}

double share(std::vector<double>& times, double part)
{
    std::sort(times.begin(), times.end());
    return times[static_cast<std::size_t>(part * static_cast<double>(times.size() - 1))];
}

/// A trail of so many accepted sign-ins. In waves that the writer's queue holds.
void fill(Helper& helper)
{
    AuditEntry entry;
    entry.event = "sign-in-accepted";
    entry.person = {1000, "person0"};
    entry.actor = "self";
    entry.service = "sshd";
    entry.source = "203.0.113.7";
    entry.method = "authenticator-app";
    entry.detail = "reference 2JV2-08";
    for (std::size_t written = 0; written < rows;) {
        std::list<RootTask<void>> wave;
        for (; wave.size() < 2000 && written < rows; ++written)
            wave.emplace_back(helper.store().record(entry)).start([] {});
        while (!std::all_of(wave.begin(), wave.end(), [](const auto& task) { return task.finished(); }))
            helper.loop().run_once(std::chrono::milliseconds(10));
        for (auto& task : wave)
            CHECK(task.take());
        if (written % 100000 == 0)
            std::fprintf(stderr, "# %zu rows written\n", written);
    }
}

/// What ssp-mfad does once an hour, here as soon as there is anything to do; only while `wanted`.
struct Cutting {
    explicit Cutting(Helper& helper, RoundClock& clock)
        : retention(helper.loop(), clock, [this](const Error&) { failed = true; },
                    {std::chrono::milliseconds(10), Retention::Pace{}.between_batches})
    {
        auto* store = &helper.store();
        Retention::Trail trail;
        trail.oldest = [this, store]() -> Task<std::optional<WallTime>> {
            if (!wanted)
                co_return std::nullopt;
            auto oldest = store->oldest_audit_row();
            co_return co_await oldest;
        };
        trail.cut = [this, store](WallTime before) -> Task<int> {
            if (!wanted)
                co_return 0;
            auto cutting = store->cut_audit_trail(before, rows_at_once);
            const int taken = co_await cutting;
            cut += taken;
            co_return taken;
        };
        retention.keep(std::move(trail), days(1));
    }
    std::atomic<bool> wanted = false;
    std::atomic<bool> failed = false;
    std::atomic<int> cut = 0;
    Retention retention;
};

/// Milliseconds from the first byte to the verdict, of everybody's sign-in in each round of a block.
class Crowd {
public:
    Crowd(Helper& helper, RoundClock& clock) : path_(helper.path()), clock_(clock)
    {
        for (const auto& person : people_)
            keys_.push_back(helper.enrol(person));
    }
    void sign_in(std::vector<double>& times)
    {
        std::barrier step(people, [this]() noexcept { clock_.next_step(); });
        std::mutex guard;
        std::vector<std::thread> threads;
        for (std::size_t who = 0; who < people; ++who)
            threads.emplace_back([&, who] {
                for (int round = 0; round < rounds_in_a_block; ++round) {
                    step.arrive_and_wait();
                    const auto began = std::chrono::steady_clock::now();
                    Contestant contestant(path_, ++conversation_, people_[who]);
                    if (contestant.is_asked())
                        contestant.is_asked_again_after(code_at(keys_[who], clock_.step()));
                    const Milliseconds took = std::chrono::steady_clock::now() - began;
                    accepted += contestant.is_accepted() ? 1 : 0;
                    const std::lock_guard lock(guard);
                    times.push_back(took.count());
                }
            });
        for (auto& thread : threads)
            thread.join();
    }
    std::atomic<int> accepted = 0;

private:
    const std::vector<Identity> people_ = crowd();
    const std::string path_;
    RoundClock& clock_;
    std::vector<SecretString> keys_;
    std::atomic<std::uint64_t> conversation_ = 0;
};

} // namespace

static void people_sign_in_while_retention_cuts()
{
    RoundClock clock;
    Policy policy;
    policy.trust_days = 0;
    Helper helper(clock, policy);
    Crowd crowd(helper, clock);
    const auto empty = std::filesystem::file_size(helper.database());
    fill(helper);
    const auto bytes = (std::filesystem::file_size(helper.database()) - empty) / rows;
    const auto review_began = std::chrono::steady_clock::now();
    const auto whole = helper.review();
    const Milliseconds review_took = std::chrono::steady_clock::now() - review_began;
    CHECK(!whole.first_bad && whole.rows >= static_cast<std::int64_t>(rows));
    clock.pass(days(2));

    Cutting cutting(helper, clock);
    helper.start();
    std::array<std::vector<double>, 2> times;
    for (int block = 0; block < 2 * blocks; ++block) {
        cutting.wanted = block % 2 == 1;
        crowd.sign_in(times[static_cast<std::size_t>(block % 2)]);
    }
    helper.stop();

    CHECK(!cutting.failed && cutting.cut > 0);
    CHECK(crowd.accepted == 2 * blocks * rounds_in_a_block * people);
    const auto left = helper.review();
    CHECK(!left.first_bad && left.cut == cutting.cut);
    std::fprintf(stderr,
                 "figure: %zu rows of %zu bytes, reviewed in %.1f s; %d of %d sign-ins accepted, median and "
                 "99th of 100 "
                 "%.1f and %.1f ms without retention, %.1f and %.1f ms while it cut %d rows\n",
                 rows, static_cast<std::size_t>(bytes), review_took.count() / 1000, crowd.accepted.load(),
                 2 * blocks * rounds_in_a_block * people, share(times[0], 0.5), share(times[0], 0.99),
                 share(times[1], 0.5), share(times[1], 0.99), cutting.cut.load());
}

int main(int argc, char** argv)
{
    if (argc > 1)
        std::from_chars(argv[1], argv[1] + std::strlen(argv[1]), rows);
    if (argc > 2)
        std::from_chars(argv[2], argv[2] + std::strlen(argv[2]), blocks);
    const CMUnitTest tests[] = {SENTENCE(people_sign_in_while_retention_cuts)};
    return cmocka_run_group_tests_name("retention", tests, nullptr, nullptr);
}
