// A restored backup revives nothing: not one code, message, device or recovery code of before works again.
#include "unit/store/sqlite_fixture.h"

#include "store/restore.h"
#include "verifier/totp.h"

#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <sys/wait.h>

#include "support/cmocka.h"

using namespace ssp;
using namespace ssp::testing;

namespace {

namespace fs = std::filesystem;

const Progress quiet = [](std::int64_t, std::int64_t) {};
constexpr int crowd = 50;

Identity person(int number)
{
    return {2000U + static_cast<std::uint32_t>(number), "p" + std::to_string(number)};
}

bool says(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

struct House : SqliteFixture {
    std::string backup = own_folder.path("backup");

    std::int64_t step_now() const { return totp::step_at(clock.now()); }
    Subscriber known(const Identity& who) { return std::move(*get(store->find_subscriber(who))); }
    SubscriberId enrol(const Identity& who)
    {
        const auto id = get(store->add_subscriber(who));
        NewAuthenticator app;
        app.kind = AuthenticatorKind::authenticator_app;
        app.secret = SecretString("twenty bytes of key!");
        app.last_step = step_now() - 10;
        get(store->bind(id, std::move(app), 0, entry("authenticator-bound")));
        return id;
    }
    bool accepts(const Identity& who, std::int64_t step)
    {
        const auto known_now = known(who);
        const StepProof proof{known_now.authenticators.at(0).id, step};
        return get(store->accept(known_now.id, proof, 0, entry("sign-in-accepted")));
    }
    void back_up()
    {
        std::error_code ignored;
        fs::remove(backup, ignored);
        CHECK(create_file(backup));
        CHECK(copy_database(path(), backup, quiet));
    }
    Result<Restored> restore(MasterKey key = test_key())
    {
        close();
        const UniqueFd file(::open(backup.c_str(), O_RDONLY | O_CLOEXEC));
        return restore_store({path(), file.get(), std::move(key), "the disk broke"}, clock, quiet);
    }
    std::string why_not()
    {
        const auto done = restore();
        return done ? std::string() : done.error().detail;
    }
};

void a_backup_that_is_copied_back_is_refused_and_after_a_restore_no_used_code_works()
{
    House house;
    house.open();
    for (int i = 0; i < crowd; ++i)
        house.enrol(person(i));
    house.back_up();
    for (int i = 0; i < crowd; ++i)
        CHECK(house.accepts(person(i), house.step_now()));
    house.close();
    fs::copy_file(house.backup, house.own_folder.path("naive"));
    CHECK(chmod(house.own_folder.path("naive").c_str(), 0600) == 0);
    const auto present = house.own_folder.path("present");
    fs::rename(house.path(), present);
    fs::rename(house.own_folder.path("naive"), house.path());
    const auto refused = house.try_open();
    CHECK(!refused && says(refused.error().detail, "older copy"));

    const auto done = house.restore();
    if (!done)
        throw CheckFailed(done.error().detail);
    CHECK(done->backup.people == crowd && fs::exists(done->kept_as));
    house.open();
    int accepted = 0;
    for (int i = 0; i < crowd; ++i)
        for (const auto step : {house.step_now() - 1, house.step_now(), house.step_now() + 1})
            accepted += house.accepts(person(i), step) ? 1 : 0;
    CHECK(accepted == 0);
    house.clock.advance(Seconds(60));
    for (int i = 0; i < crowd; ++i)
        CHECK(house.accepts(person(i), house.step_now()));
}

void trust_challenges_and_recovery_codes_end_and_the_person_is_told()
{
    House house;
    const auto id = house.enrol_alice();
    NewTrust trust;
    trust.scope = "sshd";
    trust.expires_at = house.clock.now() + std::chrono::days(30);
    house.get(house.store->grant_trust(id, trust, entry("trust")));
    NewChallenge sent;
    sent.id = ChallengeId{7};
    sent.service = "sshd";
    sent.code = SecretString("123456");
    sent.expires_at = house.clock.now() + Seconds(300);
    sent.expires_at_boot = house.clock.boot_time() + Seconds(300);
    house.get(house.store->open_challenge(id, std::move(sent)));
    std::vector<SecretString> secrets;
    secrets.emplace_back("ABCD");
    house.get(house.store->replace_look_up_secrets(id, {std::move(secrets), {}}, entry("codes")));
    const auto look_up = house.store->digest_of(id, SecretString("ABCD"));
    const auto epoch = (*house.find_alice())->epoch;
    house.back_up();
    CHECK(house.restore());
    house.open();
    const auto alice = std::move(**house.find_alice());
    CHECK(alice.epoch > epoch && alice.look_up_secrets_left == 0);
    CHECK(!house.get(house.store->find_trust(id, Digest{}, "sshd")));
    CHECK(house.get(house.store->list_trust(id)).empty());
    CHECK(!house.get(house.store->matches(id, ChallengeId{7}, SecretString("123456"))));
    CHECK(!house.get(house.store->accept(id, LookUpSecretProof{look_up}, 0, entry("no"))));
    CHECK(!alice.notices.empty() && says(alice.notices.back(), "recovery codes no longer work"));
}

void what_limits_guessing_is_as_high_as_in_either_database()
{
    House house;
    const auto id = house.enrol_alice();
    house.get(house.store->reserve_try(id, costs(3)));
    house.back_up();
    for (int i = 0; i < 3; ++i)
        house.get(house.store->reserve_try(id, costs(3)));
    SendRequest request;
    request.number = SecretString("+12055550123");
    house.get(house.store->reserve_send(id, std::move(request), entry("")));
    const auto late = house.get(house.store->add_subscriber({3000, "late"}));
    house.get(house.store->reserve_try(late, costs(7)));
    const auto done = house.restore();
    CHECK(done && done->people.only_there == 1 && done->people.damaged == 0 &&
          done->present_objection.empty());
    house.open();
    const auto alice = std::move(**house.find_alice());
    CHECK(alice.guess_points == 12 && alice.consecutive_failures == 4);
    CHECK(house.number("SELECT max(length(steps) > 0) FROM send_count") == 1);
    CHECK(house.known({3000, "late"}).guess_points == 7);
    CHECK(house.known({3000, "late"}).authenticators.empty());
}

void a_message_that_was_sent_since_the_backup_counts_though_another_was_forgotten()
{
    House house;
    const auto id = house.enrol_alice();
    const auto send = [&house, id] {
        SendRequest request;
        request.number = SecretString("+12055550123");
        return house.get(house.store->reserve_send(id, std::move(request), entry(""))).answer;
    };
    CHECK(send() == SendAnswer::granted);
    house.back_up();
    house.clock.advance(std::chrono::hours(24));
    CHECK(send() == SendAnswer::granted);
    CHECK(house.restore());
    house.open();
    CHECK(send() == SendAnswer::too_soon);
}

void whoever_was_locked_since_the_backup_stays_locked()
{
    House house;
    const auto id = house.enrol_alice();
    house.back_up();
    house.get(house.store->act(id, DeskAct::lock, "left the company", entry("user-locked")));
    CHECK(house.restore());
    house.open();
    const auto alice = std::move(**house.find_alice());
    CHECK(alice.locked_by_desk);
    CHECK_TEXT(alice.lock_reason, "left the company");
}

void a_restore_needs_no_database_and_says_when_one_cannot_be_read()
{
    House house;
    house.enrol_alice();
    house.back_up();
    house.close();
    CHECK(unlink(house.path().c_str()) == 0);
    CHECK(house.restore() && house.try_open());
    CHECK(truncate(house.path().c_str(), 5000) == 0);
    const auto done = house.restore();
    CHECK(done && !done->present_objection.empty());
    CHECK(house.try_open());
}

void a_missing_or_disturbed_mark_is_put_right_by_a_restore_of_a_backup_of_the_same_database()
{
    House house;
    house.enrol_alice();
    house.close();
    CHECK(unlink((house.path() + ".mark").c_str()) == 0);
    CHECK(!house.try_open());
    house.back_up();
    CHECK(house.restore() && house.try_open());
}

void the_restore_is_in_the_audit_trail_with_its_reason()
{
    House house;
    house.enrol_alice();
    house.back_up();
    CHECK(house.restore());
    CHECK(house.number("SELECT count(*) FROM audit WHERE event = 'restored' AND actor = 'root'"
                       " AND detail LIKE 'the disk broke; from a backup%'") == 1);
}

void a_backup_that_is_not_ours_or_not_sound_changes_nothing()
{
    House house;
    house.enrol_alice();
    house.back_up();
    CHECK(!house.restore(test_key('z')));
    CHECK(house.try_open());
    House other;
    other.enrol_alice();
    other.back_up();
    fs::copy_file(other.backup, house.backup, fs::copy_options::overwrite_existing);
    CHECK(says(house.why_not(), "this host is node"));
    house.own_folder.write("backup", "root:x:0:0:root:/root:/bin/bash\n");
    CHECK(says(house.why_not(), "is not a database"));
    house.open();
    house.back_up();
    CHECK(truncate(house.backup.c_str(), 8192) == 0);
    CHECK(!house.why_not().empty());
    house.open();
    house.back_up();
    {
        SQLite::Database edited(house.backup, SQLite::OPEN_READWRITE);
        edited.exec("PRAGMA user_version = 99");
    }
    CHECK(says(house.why_not(), "use the newer program"));
    CHECK(house.try_open());
    CHECK(!fs::exists(house.path() + ".restoring"));
}

void a_damaged_row_of_one_person_keeps_nobody_else_out()
{
    House house;
    house.open();
    for (int i = 0; i < 3; ++i)
        house.enrol(person(i));
    house.back_up();
    {
        SQLite::Database edited(house.backup, SQLite::OPEN_READWRITE);
        edited.exec("UPDATE authenticator SET last_step = 1 WHERE id = 1");
        edited.exec("UPDATE subscriber SET name = 'p9' WHERE id = 2");
    }
    const auto done = house.restore();
    if (!done)
        throw CheckFailed(done.error().detail);
    CHECK(done->people.damaged == 2);
    house.open();
    house.clock.advance(Seconds(60));
    CHECK(!house.wait(house.store->find_subscriber(person(0))));
    CHECK(!house.wait(house.store->find_subscriber({2001, "p9"})));
    CHECK(house.accepts(person(2), house.step_now()));
}

void a_damaged_row_of_one_person_hinders_no_repair_of_the_clock()
{
    House house;
    house.open();
    const auto right = house.clock.now();
    house.clock.set_wall(right + std::chrono::days(400));
    for (int i = 0; i < 3; ++i)
        house.enrol(person(i));
    house.edit("UPDATE authenticator SET last_step = last_step + 1 WHERE id = 1");
    house.edit("UPDATE subscriber SET name = 'p9' WHERE id = 2");
    house.clock.set_wall(right);
    const auto repair = house.get(house.store->repair_clock(entry("clock-repaired")));
    CHECK(repair.people == 1 && repair.damaged == 2);
    house.clock.advance(Seconds(60));
    CHECK(!house.wait(house.store->find_subscriber(person(0))));
    CHECK(house.accepts(person(2), house.step_now()));
}

void a_restore_is_refused_while_another_process_has_the_database_open()
{
    House house;
    house.enrol_alice();
    house.back_up();
    house.close();
    int ready[2];
    CHECK(pipe(ready) == 0);
    const auto child = fork();
    if (child == 0) {
        const auto opened = house.try_open();
        if (write(ready[1], opened ? "x" : "-", 1) == 1)
            pause();
        _exit(0);
    }
    char byte = 0;
    CHECK(read(ready[0], &byte, 1) == 1);
    const auto why = house.why_not();
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    CHECK(says(why, "has it open") && says(why, "process " + std::to_string(child)));
    CHECK(house.restore());
}

void links_pipes_and_folders_in_the_place_of_the_database_are_refused()
{
    for (const char* suffix : {"", "-wal", "-shm", ".mark"}) {
        House house;
        house.enrol_alice();
        house.back_up();
        house.close();
        const auto name = house.path() + suffix;
        std::error_code ignored;
        fs::remove(name, ignored);
        CHECK(symlink(house.backup.c_str(), name.c_str()) == 0);
        CHECK(says(house.why_not(), "symbolic link"));
        CHECK(unlink(name.c_str()) == 0 && mkfifo(name.c_str(), 0600) == 0);
        CHECK(says(house.why_not(), "not a regular file"));
        CHECK(unlink(name.c_str()) == 0 && mkdir(name.c_str(), 0700) == 0);
        CHECK(says(house.why_not(), "not a regular file"));
    }
}

void a_clock_that_lies_behind_stays_refused_after_a_restore()
{
    House house;
    house.enrol_alice();
    house.back_up();
    house.clock.advance(std::chrono::hours(1));
    house.get(house.store->record(entry("sign-in-refused")));
    house.clock.set_wall(house.clock.now() - std::chrono::hours(1));
    CHECK(house.restore());
    house.open();
    const auto found = house.find_alice();
    CHECK(!found && found.error().kind == ErrorKind::clock_set_back);
    CHECK(house.get(house.store->repair_clock(entry("clock-repaired"))).needed);
    CHECK(house.find_alice());
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(a_backup_that_is_copied_back_is_refused_and_after_a_restore_no_used_code_works),
        SENTENCE(trust_challenges_and_recovery_codes_end_and_the_person_is_told),
        SENTENCE(what_limits_guessing_is_as_high_as_in_either_database),
        SENTENCE(a_message_that_was_sent_since_the_backup_counts_though_another_was_forgotten),
        SENTENCE(whoever_was_locked_since_the_backup_stays_locked),
        SENTENCE(a_restore_needs_no_database_and_says_when_one_cannot_be_read),
        SENTENCE(a_missing_or_disturbed_mark_is_put_right_by_a_restore_of_a_backup_of_the_same_database),
        SENTENCE(the_restore_is_in_the_audit_trail_with_its_reason),
        SENTENCE(a_backup_that_is_not_ours_or_not_sound_changes_nothing),
        SENTENCE(a_damaged_row_of_one_person_keeps_nobody_else_out),
        SENTENCE(a_damaged_row_of_one_person_hinders_no_repair_of_the_clock),
        SENTENCE(a_restore_is_refused_while_another_process_has_the_database_open),
        SENTENCE(links_pipes_and_folders_in_the_place_of_the_database_are_refused),
        SENTENCE(a_clock_that_lies_behind_stays_refused_after_a_restore),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
