// A copy of the database that is older than what this host has seen revives nothing: it is refused, and the
// sentence says how to put it right. A crash between the database and its mark locks nobody out.
#include "unit/store/sqlite_fixture.h"

#include "store/history_mark.h"

#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>

#include "support/cmocka.h"

using namespace ssp;
using namespace ssp::testing;

namespace {

namespace fs = std::filesystem;

/// What opening says; empty when it opens.
std::string refusal(SqliteFixture& fixture)
{
    fixture.close();
    const auto opened = fixture.try_open();
    return opened ? std::string() : opened.error().detail;
}

void check_refused(SqliteFixture& fixture, std::string_view why)
{
    const auto text = refusal(fixture);
    if (text.find(why) == std::string::npos)
        throw CheckFailed("is \"" + text + "\", expected " + std::string(why));
}

void check_way_out(SqliteFixture& fixture, std::string_view why)
{
    check_refused(fixture, why);
    check_refused(fixture, "ssp-mfa restore FILE --reason=TEXT");
}

/// Overwrites `to` in place, as cp(1) does.
void copy_over(const std::string& from, const std::string& to)
{
    std::ifstream in(from, std::ios::binary);
    std::ofstream out(to, std::ios::binary | std::ios::trunc);
    out << in.rdbuf();
    CHECK(out.flush().good());
}

void accept(SqliteFixture& fixture, std::int64_t step)
{
    const auto id = (*fixture.find_alice())->id;
    CHECK(fixture.get(fixture.store->accept(id, fixture.step(step), 0, entry("sign-in-accepted"))));
}

void an_older_copy_of_the_database_is_refused_and_the_sentence_names_the_way_out()
{
    SqliteFixture fixture;
    fixture.enrol_alice();
    fixture.close();
    const auto copy = fixture.own_folder.path("copy");
    copy_over(fixture.path(), copy);
    fixture.open();
    accept(fixture, 101);
    fixture.close();
    copy_over(copy, fixture.path());
    check_way_out(fixture, "older copy");
    check_refused(fixture, "ends at row 2, and this host has written row 3");
}

void a_copy_that_went_on_elsewhere_is_refused_however_long_it_is()
{
    SqliteFixture fixture;
    fixture.enrol_alice();
    fixture.close();
    const auto elsewhere = fixture.own_folder.path("copy");
    for (const char* suffix : {"", ".mark"})
        copy_over(fixture.path() + suffix, elsewhere + suffix);
    fixture.open();
    accept(fixture, 101);
    fixture.close();
    for (const char* suffix : {"", ".mark"})
        fs::rename(fixture.path() + suffix, fixture.own_folder.path("kept") + suffix);
    for (const char* suffix : {"", ".mark"}) {
        fs::copy_file(elsewhere + suffix, fixture.path() + suffix);
        CHECK(chmod((fixture.path() + suffix).c_str(), 0600) == 0);
    }
    fixture.open();
    fixture.clock.advance(Seconds(1));
    for (int step = 102; step < 105; ++step)
        accept(fixture, step);
    fixture.close();
    fs::rename(fixture.own_folder.path("kept.mark"), fixture.path() + ".mark");
    check_way_out(fixture, "another history");
}

void a_database_that_is_ahead_of_its_mark_opens_and_the_mark_catches_up()
{
    SqliteFixture fixture;
    fixture.enrol_alice();
    fixture.close();
    const auto lagging = fixture.own_folder.path("lagging");
    copy_over(fixture.path() + ".mark", lagging);
    const auto copy = fixture.own_folder.path("copy");
    fixture.open();
    accept(fixture, 101);
    fixture.close();
    copy_over(fixture.path(), copy);
    copy_over(lagging, fixture.path() + ".mark");
    fixture.open();
    accept(fixture, 102);
    fixture.close();
    copy_over(copy, fixture.path());
    check_refused(fixture, "older copy");
}

void the_mark_follows_every_commit_and_not_only_the_end_of_the_daemon()
{
    SqliteFixture fixture;
    fixture.enrol_alice();
    const auto copy = fixture.own_folder.path("copy");
    const auto mark = fixture.own_folder.path("mark");
    fixture.close();
    copy_over(fixture.path(), copy);
    fixture.open();
    accept(fixture, 101);
    copy_over(fixture.path() + ".mark", mark); // as a kill -9 would leave it
    fixture.close();
    copy_over(mark, fixture.path() + ".mark");
    CHECK_TEXT(refusal(fixture), "");
    copy_over(copy, fixture.path());
    check_refused(fixture, "older copy");
}

void a_database_that_is_overwritten_under_the_daemon_is_refused_at_once_and_for_good()
{
    SqliteFixture fixture;
    fixture.enrol_alice();
    fixture.close();
    const auto copy = fixture.own_folder.path("copy");
    copy_over(fixture.path(), copy);
    fixture.open();
    accept(fixture, 101);
    const auto id = (*fixture.find_alice())->id;
    copy_over(copy, fixture.path());
    const auto replayed = fixture.wait(fixture.store->accept(id, {fixture.step(102)}, 0, entry("again")));
    CHECK(!replayed && replayed.error().detail.find("written by another program") != std::string::npos);
    CHECK(fixture.store->broken());
    CHECK(fixture.troubles.size() == 1);
    check_way_out(fixture, "mixture");
    check_way_out(fixture, "mixture");
}

void a_database_that_is_overwritten_while_nobody_signs_in_is_noticed_at_the_stop()
{
    SqliteFixture fixture;
    fixture.enrol_alice();
    fixture.close();
    const auto copy = fixture.own_folder.path("copy");
    copy_over(fixture.path(), copy);
    fixture.open();
    accept(fixture, 101);
    copy_over(copy, fixture.path());
    check_way_out(fixture, "mixture");
}

void a_database_or_mark_that_is_replaced_under_the_daemon_is_refused_at_once()
{
    for (const char* suffix : {"", ".mark"}) {
        SqliteFixture fixture;
        const auto id = fixture.enrol_alice();
        const auto copy = fixture.own_folder.path("copy");
        copy_over(fixture.path() + suffix, copy);
        fs::rename(copy, fixture.path() + suffix);
        const auto accepted = fixture.wait(fixture.store->accept(id, {fixture.step(101)}, 0, entry("again")));
        CHECK(!accepted && accepted.error().kind == ErrorKind::store_unavailable);
        CHECK(fixture.store->broken());
    }
}

void checkpoints_of_the_daemon_itself_are_nobody_elses_hand()
{
    SqliteFixture fixture;
    fixture.enrol_alice();
    struct stat before {};
    struct stat after {};
    CHECK(stat(fixture.path().c_str(), &before) == 0);
    for (int i = 0; i < 40; ++i) {
        auto long_entry = entry("sign-in-refused");
        long_entry.detail = std::string(200000, 'x');
        fixture.get(fixture.store->record(std::move(long_entry)));
    }
    CHECK(stat(fixture.path().c_str(), &after) == 0 && after.st_size > before.st_size);
    accept(fixture, 101);
    CHECK_TEXT(refusal(fixture), "");
}

void a_missing_mark_is_refused_and_not_made_anew()
{
    SqliteFixture fixture;
    fixture.enrol_alice();
    fixture.close();
    CHECK(unlink((fixture.path() + ".mark").c_str()) == 0);
    check_way_out(fixture, "is missing");
    CHECK(access((fixture.path() + ".mark").c_str(), F_OK) != 0);
}

void a_mark_that_is_damaged_in_any_byte_is_refused()
{
    SqliteFixture fixture;
    fixture.enrol_alice();
    fixture.close();
    const auto path = fixture.path() + ".mark";
    std::string text(600, '\0');
    const int fd = open(path.c_str(), O_RDWR | O_CLOEXEC);
    const auto size = read(fd, text.data(), text.size());
    CHECK(size == 512);
    const auto end = text.find("\n\n");
    for (std::size_t at = 0; at < end; at += 7) {
        const char damaged = static_cast<char>(text[at] ^ 1);
        CHECK(pwrite(fd, &damaged, 1, static_cast<off_t>(at)) == 1);
        check_way_out(fixture, "is damaged");
        CHECK(pwrite(fd, &text[at], 1, static_cast<off_t>(at)) == 1);
    }
    CHECK_TEXT(refusal(fixture), "");
    for (const off_t length : {0, 1, 100, 300}) {
        CHECK(ftruncate(fd, length) == 0);
        check_way_out(fixture, "is damaged");
    }
    close(fd);
}

void a_mark_of_another_installation_is_refused()
{
    SqliteFixture fixture;
    SqliteFixture other;
    copy_over(other.path() + ".mark", fixture.path() + ".mark");
    check_way_out(fixture, "this host is node");
}

void a_link_a_pipe_or_a_folder_in_the_place_of_the_mark_is_refused()
{
    SqliteFixture fixture;
    const auto mark = fixture.path() + ".mark";
    const auto real = fixture.own_folder.path("real");
    fs::rename(mark, real);
    CHECK(symlink(real.c_str(), mark.c_str()) == 0);
    check_refused(fixture, "symbolic link");
    CHECK(unlink(mark.c_str()) == 0);
    CHECK(mkfifo(mark.c_str(), 0600) == 0);
    check_refused(fixture, "not a regular file");
    CHECK(unlink(mark.c_str()) == 0);
    CHECK(mkdir(mark.c_str(), 0700) == 0);
    check_refused(fixture, "history mark");
    CHECK(rmdir(mark.c_str()) == 0);
    CHECK(link(real.c_str(), mark.c_str()) == 0);
    check_refused(fixture, "second name");
    CHECK(unlink(real.c_str()) == 0);
    CHECK(chmod(mark.c_str(), 0640) == 0);
    check_refused(fixture, "mode 0600");
    CHECK(chmod(mark.c_str(), 0600) == 0);
    CHECK_TEXT(refusal(fixture), "");
}

void init_makes_no_database_where_one_was_lost()
{
    SqliteFixture fixture;
    CHECK(unlink(fixture.path().c_str()) == 0);
    const auto again = initialise_store(fixture.path(), test_key(), fixture.random, geteuid(), getegid());
    CHECK(!again && again.error().detail.find("a database was here") != std::string::npos);
    CHECK(access(fixture.path().c_str(), F_OK) != 0);
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(an_older_copy_of_the_database_is_refused_and_the_sentence_names_the_way_out),
        SENTENCE(a_copy_that_went_on_elsewhere_is_refused_however_long_it_is),
        SENTENCE(a_database_that_is_ahead_of_its_mark_opens_and_the_mark_catches_up),
        SENTENCE(the_mark_follows_every_commit_and_not_only_the_end_of_the_daemon),
        SENTENCE(a_database_that_is_overwritten_under_the_daemon_is_refused_at_once_and_for_good),
        SENTENCE(a_database_that_is_overwritten_while_nobody_signs_in_is_noticed_at_the_stop),
        SENTENCE(a_database_or_mark_that_is_replaced_under_the_daemon_is_refused_at_once),
        SENTENCE(checkpoints_of_the_daemon_itself_are_nobody_elses_hand),
        SENTENCE(a_missing_mark_is_refused_and_not_made_anew),
        SENTENCE(a_mark_that_is_damaged_in_any_byte_is_refused),
        SENTENCE(a_mark_of_another_installation_is_refused),
        SENTENCE(a_link_a_pipe_or_a_folder_in_the_place_of_the_mark_is_refused),
        SENTENCE(init_makes_no_database_where_one_was_lost),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
