// Whatever is not exactly our database is refused with a sentence, and is never read as "nobody is enrolled".
#include "unit/store/sqlite_fixture.h"

#include "store/installation.h"
#include "store/schema.h"
#include "store/transactions.h"

#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>

#include "support/cmocka.h"

using namespace ssp;
using namespace ssp::testing;

namespace {

/// What opening says; empty when it opens.
std::string refusal(SqliteFixture& fixture, MasterKey key = test_key())
{
    const auto opened = fixture.try_open(std::move(key));
    return opened ? std::string() : opened.error().detail;
}

void check_refused(SqliteFixture& fixture, std::string_view why)
{
    const auto text = refusal(fixture);
    if (text.find(why) == std::string::npos)
        throw CheckFailed("is \"" + text + "\", expected " + std::string(why));
}

void what_init_made_opens_and_init_refuses_to_make_it_again()
{
    SqliteFixture fixture;
    struct stat status {};
    CHECK(stat(fixture.path().c_str(), &status) == 0 && (status.st_mode & 07777) == 0600);
    CHECK(access((fixture.path() + ".new").c_str(), F_OK) != 0);
    CHECK_TEXT(refusal(fixture), "");
    const auto again = initialise_store(fixture.path(), test_key('z'), fixture.random, geteuid(), getegid());
    CHECK(!again && again.error().detail.find("exists already") != std::string::npos);
    CHECK_TEXT(refusal(fixture), "");
}

void an_init_that_did_not_end_is_not_taken_for_a_database()
{
    SqliteFixture fixture;
    std::filesystem::rename(fixture.path(), fixture.path() + ".new");
    check_refused(fixture, "is missing");
    const auto again = initialise_store(fixture.path(), test_key(), fixture.random, geteuid(), getegid());
    CHECK(!again && again.error().detail.find("did not end") != std::string::npos);
}

void an_init_for_another_owner_that_fails_leaves_nothing()
{
    const TemporaryDirectory folder;
    SystemRandom random;
    CHECK(chmod(folder.path().c_str(), 0777) == 0);
    CHECK(!initialise_store(folder.path("ssp-mfa.db"), test_key(), random, geteuid(), getegid()));
    CHECK(std::filesystem::is_empty(folder.path()));
}

void a_missing_database_is_refused_and_not_made()
{
    SqliteFixture fixture;
    CHECK(unlink(fixture.path().c_str()) == 0);
    check_refused(fixture, "is missing");
    CHECK(access(fixture.path().c_str(), F_OK) != 0);
}

void an_empty_database_is_refused()
{
    SqliteFixture fixture;
    CHECK(truncate(fixture.path().c_str(), 0) == 0);
    check_refused(fixture, "is empty");
}

void a_file_that_is_no_database_is_refused()
{
    SqliteFixture fixture;
    fixture.own_folder.write("ssp-mfa.db", "root:x:0:0:root:/root:/bin/bash\n");
    check_refused(fixture, "is not an SQLite database");
}

void a_database_of_another_program_is_refused()
{
    SqliteFixture fixture;
    CHECK(unlink(fixture.path().c_str()) == 0);
    {
        SQLite::Database other(fixture.path(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
        other.exec("CREATE TABLE subscriber (id INTEGER)");
    }
    CHECK(chmod(fixture.path().c_str(), 0600) == 0);
    check_refused(fixture, "another program");
    fixture.edit("PRAGMA application_id = " + std::to_string(application_id));
    check_refused(fixture, "never initialised");
    fixture.edit("PRAGMA user_version = 1");
    check_refused(fixture, "no such table");
}

void a_database_that_is_cut_short_is_refused()
{
    SqliteFixture fixture;
    fixture.enrol_alice();
    fixture.close();
    CHECK(truncate(fixture.path().c_str(), 4096) == 0);
    CHECK(!refusal(fixture).empty());
}

void the_wrong_master_key_is_refused()
{
    SqliteFixture fixture;
    CHECK(refusal(fixture, test_key('z')).find("master key") != std::string::npos);
    CHECK_TEXT(refusal(fixture), "");
    fixture.edit("UPDATE installation SET node_id = '0000000000000000'");
    check_refused(fixture, "master key");
    fixture.edit("DELETE FROM installation");
    check_refused(fixture, "never initialised");
}

void a_link_in_the_place_of_the_database_or_its_companions_is_refused()
{
    for (const char* suffix : {"", "-wal", "-shm", "-journal"}) {
        SqliteFixture fixture;
        const auto name = fixture.path() + suffix;
        if (*suffix == '\0')
            std::filesystem::rename(fixture.path(), fixture.path() + ".real");
        CHECK(symlink((fixture.path() + ".real").c_str(), name.c_str()) == 0);
        check_refused(fixture, "symbolic link");
        CHECK(unlink(name.c_str()) == 0);
        CHECK(mkfifo(name.c_str(), 0600) == 0);
        check_refused(fixture, "not a regular file");
        CHECK(unlink(name.c_str()) == 0);
        CHECK(mkdir(name.c_str(), 0700) == 0);
        check_refused(fixture, "not a regular file");
    }
}

void a_second_name_of_the_database_is_refused()
{
    SqliteFixture fixture;
    CHECK(link(fixture.path().c_str(), fixture.own_folder.path("second").c_str()) == 0);
    check_refused(fixture, "second name");
}

void a_database_that_others_can_reach_is_refused()
{
    SqliteFixture fixture;
    for (const mode_t mode : std::initializer_list<mode_t>{0640, 0604, 0660, 0666, 0400, 0700}) {
        CHECK(chmod(fixture.path().c_str(), mode) == 0);
        check_refused(fixture, "mode 0600");
    }
    CHECK(chmod(fixture.path().c_str(), 0600) == 0);
    for (const mode_t mode : std::initializer_list<mode_t>{0770, 0707, 01777}) {
        CHECK(chmod(fixture.own_folder.path().c_str(), mode) == 0);
        check_refused(fixture, "written by others");
    }
    CHECK(chmod(fixture.own_folder.path().c_str(), 0755) == 0);
    CHECK_TEXT(refusal(fixture), "");
}

void a_database_or_folder_of_somebody_else_is_refused()
{
    if (geteuid() != 0) {
        print_message("needs root: skipped\n");
        skip();
    }
    SqliteFixture fixture;
    CHECK(chown(fixture.path().c_str(), 4711, 4711) == 0);
    check_refused(fixture, "another user");
    CHECK(chown(fixture.path().c_str(), 0, 0) == 0);
    CHECK(chown(fixture.own_folder.path().c_str(), 4711, 4711) == 0);
    check_refused(fixture, "another user");
}

void a_link_on_the_way_to_the_folder_is_followed()
{
    SqliteFixture fixture;
    const TemporaryDirectory elsewhere;
    CHECK(symlink(fixture.own_folder.path().c_str(), elsewhere.path("state").c_str()) == 0);
    SqliteStore::Settings settings;
    settings.path = elsewhere.path("state/ssp-mfa.db");
    settings.key = test_key();
    CHECK(SqliteStore::open(std::move(settings), fixture.clock, fixture.random));
}

void a_newer_schema_is_refused()
{
    SqliteFixture fixture;
    fixture.edit("PRAGMA user_version = 99");
    check_refused(fixture, "use the newer program");
    CHECK(fixture.number("PRAGMA user_version") == 99);
}

/// In the place of the fixture's database one as the first release made it, with Alice and her app.
void make_first_schema(SqliteFixture& fixture)
{
    CHECK(unlink(fixture.path().c_str()) == 0);
    {
        const SQLite::Database empty(fixture.path(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    }
    CHECK(chmod(fixture.path().c_str(), 0600) == 0);
    auto connection = Connection::open(fixture.path());
    CHECK(connection);
    create_schema(**connection, migrations().first(1));
    const Seals seals(test_key());
    write_installation(**connection, seals, "0123456789abcdef");
    CHECK(HistoryMark::put_beside(fixture.path(), {{"0123456789abcdef", 0, {}}, 0, {}, false}, seals,
                                  geteuid(), getegid()));
    CHECK(HistoryMark::publish(fixture.path()));

    const std::int64_t none = 0;
    const std::int64_t one = 1; // alice, her app, the number of her authenticators
    const std::int64_t uid = 1000;
    const std::int64_t kind = 3;
    const std::int64_t bound_at = fixture.clock.now().time_since_epoch().count();
    Fields person("subscriber");
    person.add(seals.key_id).add(one).add(uid).add("alice").add(one).add(none).add(none).add("");
    person.add(none).add(none).add(none).add(none).add(none);
    (*connection)
        ->run("INSERT INTO subscriber VALUES (1, $1, 'alice', 1, 0, '', 0, 0, 0, 0, 0, $2, $3)", uid,
              seals.key_id, seals.rows.of(person));
    Fields app("authenticator");
    app.add(seals.key_id).add(one).add(uid).add("alice").add(one).add(kind);
    const auto sealed = seals.seal(SecretString("twenty bytes of key!"), Nonce{1}, app);
    app.add(sealed).add(bound_at).add(none);
    (*connection)
        ->run("INSERT INTO authenticator VALUES (1, 1, $1, $2, $3, 0, $4, $5)", kind, Blob{sealed}, bound_at,
              seals.key_id, seals.rows.of(app));
}

void a_database_of_the_first_schema_keeps_its_people_and_counts_what_is_sent()
{
    SqliteFixture fixture;
    make_first_schema(fixture);
    fixture.edit("INSERT INTO challenge VALUES (x'07', 1, 1, 'sshd', x'', 0, 3, 1, 9, 9, x'', 1, x'')");
    fixture.open();
    CHECK(fixture.number("PRAGMA user_version") == static_cast<std::int64_t>(migrations().size()));
    CHECK(fixture.number("SELECT count(*) FROM challenge") == 0);
    const auto alice = fixture.find_alice();
    CHECK(alice && *alice && (*alice)->authenticators.size() == 1);
    SendRequest request;
    request.number = SecretString("+12055550123");
    const auto sent = fixture.get(fixture.store->reserve_send((*alice)->id, std::move(request), entry("")));
    CHECK(sent.answer == SendAnswer::granted);
    CHECK(fixture.number("SELECT count(*) FROM send_count") == 3);
    CHECK(fixture.get(fixture.store->accept((*alice)->id, fixture.step(101), 0, entry("accepted"))));
}

void an_older_schema_is_migrated_in_one_transaction_or_not_at_all()
{
    SqliteFixture fixture;
    make_first_schema(fixture);
    const char* first = migrations()[0];
    const char* const broken[] = {first, "CREATE TABLE added (a INTEGER)",
                                  "CREATE TABLE subscriber (a INTEGER)"};
    const char* const sound[] = {first, "CREATE TABLE added (a INTEGER)", "INSERT INTO added VALUES (7)"};
    const auto connection = Connection::open(fixture.path());
    CHECK(connection);
    bool failed = false;
    try {
        CHECK(bring_up_to_date(**connection, broken));
    } catch (const SQLite::Exception&) {
        failed = true;
    }
    CHECK(failed);
    CHECK((*connection)->pragma("PRAGMA user_version") == 1);
    CHECK(bring_up_to_date(**connection, sound));
    CHECK((*connection)->pragma("SELECT a FROM added") == 7);
    CHECK((*connection)->pragma("PRAGMA user_version") == 3);
    CHECK(!bring_up_to_date(**connection, migrations().first(2)));
}

void a_trigger_that_a_foreign_hand_left_does_not_run()
{
    SqliteFixture fixture;
    fixture.enrol_alice();
    fixture.edit("CREATE TRIGGER t AFTER INSERT ON audit BEGIN DELETE FROM guess_points; END");
    fixture.open();
    const auto id = (*fixture.find_alice())->id;
    CHECK(fixture.get(fixture.store->reserve_try(id, costs(3))).answer == TryAnswer::granted);
    fixture.get(fixture.store->record(entry("sign-in-refused")));
    CHECK((*fixture.find_alice())->guess_points == 3);
}

void an_unclean_stop_is_noticed_at_the_next_start()
{
    SqliteFixture fixture;
    CHECK(!fixture.open().stopped_uncleanly());
    CHECK(!fixture.open().stopped_uncleanly());
    fixture.close();
    fixture.edit("UPDATE installation SET clean = 0");
    CHECK(fixture.open().stopped_uncleanly());
    CHECK(fixture.open().stopped_uncleanly()); // nobody has checked it since
    fixture.store->note_sound();
    CHECK(!fixture.open().stopped_uncleanly());
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(what_init_made_opens_and_init_refuses_to_make_it_again),
        SENTENCE(an_init_that_did_not_end_is_not_taken_for_a_database),
        SENTENCE(an_init_for_another_owner_that_fails_leaves_nothing),
        SENTENCE(a_missing_database_is_refused_and_not_made),
        SENTENCE(an_empty_database_is_refused),
        SENTENCE(a_file_that_is_no_database_is_refused),
        SENTENCE(a_database_of_another_program_is_refused),
        SENTENCE(a_database_that_is_cut_short_is_refused),
        SENTENCE(the_wrong_master_key_is_refused),
        SENTENCE(a_link_in_the_place_of_the_database_or_its_companions_is_refused),
        SENTENCE(a_second_name_of_the_database_is_refused),
        SENTENCE(a_database_that_others_can_reach_is_refused),
        SENTENCE(a_database_or_folder_of_somebody_else_is_refused),
        SENTENCE(a_link_on_the_way_to_the_folder_is_followed),
        SENTENCE(a_newer_schema_is_refused),
        SENTENCE(a_database_of_the_first_schema_keeps_its_people_and_counts_what_is_sent),
        SENTENCE(an_older_schema_is_migrated_in_one_transaction_or_not_at_all),
        SENTENCE(a_trigger_that_a_foreign_hand_left_does_not_run),
        SENTENCE(an_unclean_stop_is_noticed_at_the_next_start),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
