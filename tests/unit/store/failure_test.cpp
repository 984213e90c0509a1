// The disk, other programs and hard stops: a change is durable, or it is refused and has not happened.
#include "unit/store/sqlite_fixture.h"

#include "store/audit_review.h"
#include "store/inspection.h"

#include <csignal>
#include <deque>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <thread>

#include "support/cmocka.h"

using namespace ssp;
using namespace ssp::testing;

namespace {

bool unavailable(const Result<bool>& result)
{
    return !result && result.error().kind == ErrorKind::store_unavailable;
}

Result<bool> accept(SqliteFixture& fixture, SubscriberId id, std::int64_t step)
{
    const auto alice = fixture.find_alice();
    if (!alice)
        return alice.error();
    const StepProof proof{(*alice)->authenticators.at(0).id, step};
    return fixture.wait(fixture.store->accept(id, proof, 0, entry("sign-in-accepted")));
}

/// Accepts one step after the other, eight at a time, and says through the pipe what was acknowledged.
[[noreturn]] void sign_in_until_killed(SqliteFixture& fixture, int pipe)
{
    fixture.open();
    const auto found = fixture.find_alice();
    const auto id = (*found)->id;
    StepProof proof{(*found)->authenticators.at(0).id, (*found)->authenticators.at(0).last_step};
    for (;;) {
        std::deque<RootTask<bool>> tasks;
        for (int i = 0; i < 8; ++i) {
            proof.step += 1;
            tasks.emplace_back(fixture.store->accept(id, proof, 0, entry("sign-in-accepted"))).start([] {});
        }
        for (auto& task : tasks) {
            while (!task.finished()) {
                pollfd ready{fixture.store->completions_fd(), POLLIN, 0};
                poll(&ready, 1, -1);
                fixture.store->run_completions();
            }
            const auto accepted = task.take();
            if (!accepted || !*accepted)
                _exit(1);
        }
        if (write(pipe, &proof.step, sizeof proof.step) != sizeof proof.step)
            _exit(2);
    }
}

void what_was_acknowledged_is_there_after_kill_9()
{
    SqliteFixture fixture;
    fixture.enrol_alice();
    fixture.close();
    std::int64_t all = 0;
    for (int round = 0; round < 8; ++round) {
        int ends[2];
        CHECK(pipe(ends) == 0);
        const pid_t child = fork();
        if (child == 0)
            sign_in_until_killed(fixture, ends[1]);
        CHECK(child > 0);
        ::close(ends[1]);
        std::int64_t acknowledged = 0;
        for (int i = 0; i <= round * 7; ++i) // at least one, then wherever it happens to be
            CHECK(read(ends[0], &acknowledged, sizeof acknowledged) == sizeof acknowledged);
        kill(child, SIGKILL);
        while (read(ends[0], &acknowledged, sizeof acknowledged) == sizeof acknowledged) {
        }
        ::close(ends[0]);
        CHECK(waitpid(child, nullptr, 0) == child);

        CHECK(fixture.open().stopped_uncleanly());
        const auto last_step = (*fixture.find_alice())->authenticators.at(0).last_step;
        CHECK(last_step >= acknowledged && last_step > all);
        const auto id = (*fixture.find_alice())->id;
        CHECK(!*accept(fixture, id, acknowledged));
        all = last_step;
        fixture.close();
        const auto trail = review_audit_trail(fixture.path(), test_key());
        CHECK(trail && !trail->first_bad && trail->rows == 2 + last_step - 100);
        CHECK(check_integrity(fixture.path()));
    }
}

/// A file system of 1 MB, gone with the test's mount namespace at the latest.
class SmallDisk {
public:
    explicit SmallDisk(const std::string& size = "size=1M")
    {
        mounted_ = unshare(CLONE_NEWNS) == 0 &&
                   mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                   mount("tmpfs", folder.path().c_str(), "tmpfs", 0, (size + ",mode=0700").c_str()) == 0;
    }
    ~SmallDisk()
    {
        if (mounted_)
            umount2(folder.path().c_str(), MNT_DETACH);
    }
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;
    bool mounted() const { return mounted_; }
    void fill() const
    {
        const std::string block(4096, 'x');
        std::ofstream filling(folder.path("filling"), std::ios::binary);
        while (filling << block << std::flush) {
        }
    }
    void empty() const { CHECK(unlink(folder.path("filling").c_str()) == 0); }

    TemporaryDirectory folder;

private:
    bool mounted_ = false;
};

void a_full_disk_accepts_nobody_and_loses_nothing_and_ends_without_a_restart()
{
    const SmallDisk disk;
    if (!disk.mounted()) {
        print_message("needs a mount namespace (root): the disk was not filled\n");
        return;
    }
    SqliteFixture fixture(disk.folder.path());
    const auto id = fixture.enrol_alice();
    const auto proof = fixture.step(101);
    disk.fill();
    std::int64_t step = 100;
    Result<bool> result = true;
    while (result && step < 5000)
        result = fixture.wait(
            fixture.store->accept(id, StepProof{proof.authenticator, ++step}, 0, entry("accepted")));
    CHECK(unavailable(result));
    std::deque<RootTask<bool>> together;
    for (int i = 0; i < 5; ++i)
        together
            .emplace_back(
                fixture.store->accept(id, StepProof{proof.authenticator, step}, 0, entry("accepted")))
            .start([] {});
    fixture.wait(fixture.store->record(entry("refused"))).has_value();
    for (auto& task : together)
        CHECK(task.finished() && unavailable(task.take()));
    CHECK((*fixture.find_alice())->authenticators.at(0).last_step == step - 1);
    CHECK(!fixture.store->broken() && fixture.troubles.size() == 1);

    disk.empty();
    CHECK(*accept(fixture, id, step));
    CHECK(fixture.troubles.size() == 2);
    CHECK(fixture.number("SELECT count(*) FROM audit") == 2 + step - 100);
}

bool is_there(const std::string& file) { return access(file.c_str(), F_OK) == 0; }

void on_a_full_disk_the_ballast_lets_the_desk_act_and_nobody_sign_in()
{
    const SmallDisk disk("size=4M");
    if (!disk.mounted())
        return print_message("needs a mount namespace (root): the disk was not filled\n");
    SqliteFixture fixture(disk.folder.path());
    fixture.ballast_bytes = std::size_t{512} * 1024;
    const auto id = fixture.enrol_alice();
    const auto ballast = fixture.path() + ".ballast";
    CHECK(is_there(ballast));
    const auto act = [&](DeskAct what) {
        return fixture.wait(fixture.store->act(id, what, "the disk is full", entry("user-acted")))
            .has_value();
    };
    disk.fill();
    std::int64_t step = 100;
    while (accept(fixture, id, step + 1))
        ++step;
    CHECK(!is_there(ballast) && !fixture.store->broken());
    CHECK(fixture.troubles.size() == 1);

    int records = 0;
    auto refusal = entry("sign-in-refused");
    refusal.actor = "self";
    while (records < 5000 && fixture.wait(fixture.store->record(refusal)))
        ++records;
    CHECK(records > 100 && records < 5000); // whoever is refused again and again leaves the desk its half
    CHECK(act(DeskAct::lock) && (*fixture.find_alice())->locked_by_desk);
    for (int i = 0; i < 20; ++i)
        CHECK(act(DeskAct::unlock));
    CHECK(!(*fixture.find_alice())->locked_by_desk);
    CHECK(unavailable(accept(fixture, id, step + 1)));
    CHECK(fixture.wait(fixture.store->answer())); // alive, and says so
    fixture.open();                               // a start on a full disk finds the room that is left
    CHECK(unavailable(accept(fixture, id, step + 1)));
    CHECK(act(DeskAct::lock) && act(DeskAct::unlock));

    disk.empty();
    CHECK(fixture.wait(fixture.store->answer())); // the heartbeat notices, without a sign-in
    CHECK(fixture.troubles.back() == "over");
    CHECK(is_there(ballast) && std::filesystem::file_size(ballast) == fixture.ballast_bytes);
    CHECK(*accept(fixture, id, step + 1));
    const auto trail = review_audit_trail(fixture.path(), test_key());
    CHECK(trail && !trail->first_bad);
}

void a_lock_of_another_program_refuses_and_then_passes()
{
    SqliteFixture fixture;
    const auto id = fixture.enrol_alice();
    {
        SQLite::Database other(fixture.path(), SQLite::OPEN_READWRITE);
        other.exec("BEGIN IMMEDIATE");
        CHECK(unavailable(accept(fixture, id, 101)));
    }
    CHECK(*accept(fixture, id, 101));
    CHECK(fixture.troubles.size() == 2 && !fixture.store->broken());
}

void a_database_that_is_deleted_or_replaced_under_the_daemon_accepts_nobody()
{
    for (const char* suffix : {"", "-wal"})
        for (const bool replaced : {false, true}) {
            SqliteFixture fixture;
            const auto id = fixture.enrol_alice();
            const auto name = fixture.path() + suffix;
            std::filesystem::rename(name, name + ".old");
            if (replaced)
                std::filesystem::copy_file(name + ".old", name);
            const auto result = accept(fixture, id, 101);
            CHECK(unavailable(result));
            CHECK(result.error().detail.find("removed or replaced") != std::string::npos);
            CHECK(fixture.store->broken());
            CHECK(unavailable(accept(fixture, id, 102)));
        }
}

/// Lets no file of this process grow: each write beyond fails with EFBIG, which SQLite calls an I/O error.
class NoGrowth {
public:
    NoGrowth()
    {
        std::signal(SIGXFSZ, SIG_IGN);
        getrlimit(RLIMIT_FSIZE, &before_);
        auto none = before_;
        none.rlim_cur = 0;
        setrlimit(RLIMIT_FSIZE, &none);
    }
    ~NoGrowth() { setrlimit(RLIMIT_FSIZE, &before_); }
    NoGrowth(const NoGrowth&) = delete;
    NoGrowth& operator=(const NoGrowth&) = delete;

private:
    rlimit before_{};
};

void after_an_io_error_nobody_is_accepted_until_a_restart()
{
    SqliteFixture fixture;
    const auto id = fixture.enrol_alice();
    {
        const NoGrowth limit;
        CHECK(unavailable(accept(fixture, id, 101)));
    }
    CHECK(fixture.store->broken());
    CHECK(unavailable(accept(fixture, id, 102)));
    CHECK(!fixture.open().broken());
    CHECK(*accept(fixture, id, 103));
}

void a_job_that_fails_takes_no_other_job_of_its_batch_with_it()
{
    SqliteFixture fixture;
    const auto id = fixture.enrol_alice();
    RootTask<void> before(fixture.store->record(entry("before")));
    RootTask<void> failing(fixture.store->open_challenge(SubscriberId{4711}, NewChallenge{}));
    RootTask<bool> unknown(fixture.store->accept(SubscriberId{4711}, fixture.step(101), 0, entry("no")));
    {
        SQLite::Database other(fixture.path(), SQLite::OPEN_READWRITE);
        other.exec("BEGIN IMMEDIATE");
        fixture.store->add_notice(id, "the writer waits with this").handle().resume();
        before.start([] {});
        failing.start([] {});
        unknown.start([] {});
    }
    CHECK(*accept(fixture, id, 101));
    CHECK(before.finished() && before.take());
    CHECK(failing.finished() && !failing.take());
    CHECK(unknown.finished() && !unknown.take());
    CHECK(fixture.number("SELECT count(*) FROM audit WHERE event IN ('before', 'sign-in-accepted')") == 2);
    CHECK(fixture.number("SELECT count(*) FROM audit") == 4);
}

void a_queue_that_is_full_refuses_and_what_was_queued_is_kept()
{
    SqliteFixture fixture;
    fixture.open();
    std::deque<RootTask<void>> tasks;
    {
        SQLite::Database other(fixture.path(), SQLite::OPEN_READWRITE);
        other.exec("BEGIN IMMEDIATE");
        for (int i = 0; i < 9000; ++i)
            tasks.emplace_back(fixture.store->record(entry("many"))).start([] {});
    }
    std::int64_t kept = 0;
    std::int64_t refused = 0;
    for (auto& task : tasks) {
        while (!task.finished()) {
            pollfd ready{fixture.store->completions_fd(), POLLIN, 0};
            CHECK(poll(&ready, 1, 20000) == 1);
            fixture.store->run_completions();
        }
        ++(task.take() ? kept : refused);
    }
    CHECK(refused > 0 && kept + refused == 9000);
    CHECK(fixture.number("SELECT count(*) FROM audit") == kept);
}

void what_is_queued_when_the_store_closes_is_written()
{
    SqliteFixture fixture;
    fixture.open();
    RootTask<void> waits(fixture.store->record(entry("last")));
    waits.start([] {});
    fixture.close();
    CHECK(!waits.finished()); // nobody is told
    CHECK(fixture.number("SELECT count(*) FROM audit") == 1);
    CHECK(!fixture.open().stopped_uncleanly());
}

void no_authenticator_is_bound_without_chance()
{
    struct Broken final : Random {
        Result<void> fill(std::span<unsigned char>) override
        {
            return Error{ErrorKind::internal, "planted: no randomness"};
        }
    } broken;
    SqliteFixture fixture;
    SqliteStore::Settings settings;
    settings.path = fixture.path();
    settings.key = test_key();
    auto store = SqliteStore::open(std::move(settings), fixture.clock, broken);
    CHECK(store);
    const auto id = wait_for(**store, (*store)->add_subscriber({1000, "alice"}));
    NewAuthenticator app;
    app.secret = SecretString("twenty bytes of key!");
    CHECK(!wait_for(**store, (*store)->bind(*id, std::move(app), 0, entry("bound"))));
    CHECK((*wait_for(**store, (*store)->find_subscriber({1000, "alice"})))->authenticators.empty());
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(what_was_acknowledged_is_there_after_kill_9),
        SENTENCE(a_full_disk_accepts_nobody_and_loses_nothing_and_ends_without_a_restart),
        SENTENCE(on_a_full_disk_the_ballast_lets_the_desk_act_and_nobody_sign_in),
        SENTENCE(a_lock_of_another_program_refuses_and_then_passes),
        SENTENCE(a_database_that_is_deleted_or_replaced_under_the_daemon_accepts_nobody),
        SENTENCE(after_an_io_error_nobody_is_accepted_until_a_restart),
        SENTENCE(a_job_that_fails_takes_no_other_job_of_its_batch_with_it),
        SENTENCE(a_queue_that_is_full_refuses_and_what_was_queued_is_kept),
        SENTENCE(what_is_queued_when_the_store_closes_is_written),
        SENTENCE(no_authenticator_is_bound_without_chance),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
