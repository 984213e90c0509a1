// Retention and the review of the audit trail: what was cut by us is told from what went in another way.
#include "unit/store/sqlite_fixture.h"

#include "store/audit_review.h"

#include <filesystem>
#include <list>

#include "support/cmocka.h"

using namespace ssp;
using namespace ssp::testing;
using std::chrono::days;

namespace {

/// Twelve rows, two each day.
struct Trail {
    SqliteFixture fixture;
    WallTime began = std::chrono::floor<days>(fixture.clock.now());

    explicit Trail(int rows = 12)
    {
        fixture.clock.set_wall(began);
        fixture.open();
        for (int i = 0; i < rows; ++i) {
            fixture.get(fixture.store->record(entry("sign-in-refused")));
            fixture.clock.advance(std::chrono::hours(12));
        }
    }
    /// In one commit or a few: waiting for each takes long.
    void write_at_once(std::size_t rows)
    {
        std::list<RootTask<void>> tasks;
        for (std::size_t i = 0; i < rows; ++i)
            tasks.emplace_back(fixture.store->record(entry("sign-in-refused"))).start([] {});
        fixture.get(fixture.store->record(entry("last")));
    }
    int cut(WallTime before, int most = 100)
    {
        return fixture.get(fixture.store->cut_audit_trail(before, most));
    }
    AuditCheck review(AuditReading reading = {})
    {
        auto check = review_audit_trail(fixture.path(), test_key(), reading);
        if (!check)
            throw std::runtime_error(check.error().detail);
        return *check;
    }
    std::int64_t rows() { return fixture.number("SELECT count(*) FROM audit"); }
};

void old_rows_go_and_the_chain_goes_on_from_a_signed_record_of_the_cut()
{
    Trail trail;
    CHECK(trail.cut(trail.began + days(2)) == 4);
    CHECK(trail.rows() == 9); // and the row that says so
    const auto check = trail.review();
    CHECK(!check.first_bad && check.rows == 9 && check.cut == 4 && check.head.sequence == 13);
    CHECK(trail.fixture.number("SELECT count(*) FROM audit WHERE event = 'audit-cut' AND sequence = 13") ==
          1);
}

void a_cut_takes_as_many_rows_as_it_may_and_one_day_has_one_record()
{
    Trail trail;
    CHECK(trail.cut(trail.began + days(3), 4) == 4);
    CHECK(trail.cut(trail.began + days(3), 4) == 2);
    CHECK(trail.cut(trail.began + days(3), 4) == 0);
    CHECK(trail.fixture.number("SELECT last - first + 1 FROM audit_cut") == 6);
    trail.fixture.clock.advance(days(1));
    CHECK(trail.cut(trail.began + days(4)) == 2);
    CHECK(trail.fixture.number("SELECT count(*) FROM audit_cut") == 2);
    CHECK(!trail.review().first_bad && trail.review().cut == 8);
}

void the_newest_row_stays_however_old_it_is()
{
    Trail trail;
    CHECK(trail.cut(trail.fixture.clock.now() + days(9999)) == 11);
    CHECK(!trail.review().first_bad);
    trail.fixture.open();
    CHECK(!trail.review().first_bad);
}

void rows_behind_a_row_that_may_stay_are_not_cut()
{
    Trail trail(2);
    trail.fixture.clock.set_wall(trail.began - days(9)); // somebody set it back
    trail.fixture.get(trail.fixture.store->record(entry("sign-in-refused")));
    trail.fixture.get(trail.fixture.store->record(entry("sign-in-refused")));
    CHECK(trail.cut(trail.began) == 0);
    CHECK(trail.rows() == 4);
}

void a_row_that_was_tampered_with_is_never_cut()
{
    Trail trail;
    CHECK(trail.fixture.edit("UPDATE audit SET name = 'mallory' WHERE sequence = 3") == 1);
    const auto cut = trail.fixture.wait(trail.fixture.store->cut_audit_trail(trail.began + days(4), 100));
    CHECK(!cut && cut.error().kind == ErrorKind::store_tampered);
    CHECK(trail.rows() == 12 && trail.review().first_bad == 3);
}

void a_cut_that_nobody_made_is_named()
{
    const std::pair<const char*, std::int64_t> edits[] = {
        {"DELETE FROM audit WHERE sequence = 7", 7},
        {"DELETE FROM audit WHERE sequence <= 8", 7},
        {"DELETE FROM audit_cut", 1},
        {"DELETE FROM audit_cut WHERE first = 1", 1},
        {"DELETE FROM audit_cut WHERE first = 5", 5},
        {"UPDATE audit_cut SET last = 8 WHERE first = 5", 5},
        {"UPDATE audit_cut SET cut_at = cut_at + 1 WHERE first = 5", 5},
        {"UPDATE audit_cut SET mac = zeroblob(32) WHERE first = 1", 1},
        {"UPDATE audit_cut SET key_id = key_id + 1 WHERE first = 1", 1},
        {"INSERT INTO audit_cut SELECT node_id, 7, 8, mac, cut_at, key_id, cut_mac FROM audit_cut"
         " WHERE first = 5",
         7},
        {"DELETE FROM audit WHERE sequence <= 8; UPDATE audit_cut SET last = 8,"
         " mac = (SELECT mac FROM audit WHERE sequence = 9) WHERE first = 5",
         5},
        {"INSERT INTO audit SELECT node_id, 2, at, event, uid, name, actor, service, source, method, detail,"
         " key_id, mac FROM audit WHERE sequence = 8",
         2},
        {"INSERT INTO audit SELECT 'another node', 1, at, event, uid, name, actor, service, source, method,"
         " detail, key_id, mac FROM audit WHERE sequence = 8",
         1},
    };
    for (const auto& [edit, first_bad] : edits) {
        Trail trail;
        CHECK(trail.cut(trail.began + days(2)) == 4);
        trail.fixture.clock.advance(days(1));
        CHECK(trail.cut(trail.began + days(3)) == 2);
        CHECK(!trail.review().first_bad);
        trail.fixture.edit(edit);
        const auto check = trail.review();
        if (check.first_bad != first_bad)
            throw CheckFailed(std::string(edit) + ": " + std::to_string(check.first_bad.value_or(0)));
        CHECK(!check.why.empty() && !check.node_id.empty());
    }
}

void a_head_from_the_journal_shows_a_trail_that_was_cut_off_or_put_back()
{
    Trail trail(0);
    auto& fixture = trail.fixture;
    fixture.get(fixture.store->record(entry("first")));
    const auto early = fixture.heads.back();
    fixture.close();
    std::filesystem::copy_file(fixture.path(), fixture.path() + ".copy");
    fixture.open();
    fixture.get(fixture.store->record(entry("second")));
    const auto late = fixture.heads.back();
    const auto compared = [&](const AuditHead& head) {
        AuditReading reading;
        reading.expected = head;
        return trail.review(std::move(reading));
    };
    CHECK(!compared(early).first_bad && compared(early).compared);
    CHECK(!compared(late).first_bad && compared(late).compared);
    auto forged = late;
    forged.mac[5] ^= 1;
    CHECK(compared(forged).first_bad == 2);

    fixture.close();
    std::filesystem::rename(fixture.path() + ".copy", fixture.path());
    CHECK(!trail.review().first_bad); // nothing inside it says that it is older
    CHECK(compared(late).first_bad == 2 && !compared(late).why.empty());
}

void a_head_that_was_cut_since_is_neither_good_nor_bad()
{
    Trail trail;
    const auto old = trail.fixture.heads.at(1);
    const auto last = trail.fixture.heads.at(3);
    trail.cut(trail.began + days(2));
    AuditReading reading;
    reading.expected = old;
    CHECK(!trail.review(reading).first_bad && !trail.review(reading).compared);
    reading.expected = last; // its MAC is in the record of the cut
    CHECK(!trail.review(reading).first_bad && trail.review(reading).compared);
}

void a_review_reads_many_pages_while_rows_come_and_go()
{
    Trail trail(0);
    trail.write_at_once(2500);
    int batches = 0;
    AuditReading reading;
    std::int64_t seen = 0;
    reading.on_row = [&](const AuditRow& row) { seen = row.sequence; };
    reading.on_progress = [&](std::int64_t) {
        trail.fixture.get(trail.fixture.store->record(entry("meanwhile")));
        trail.cut(trail.began + days(2000), 1700); // overtakes the reader
        ++batches;
    };
    const auto check = trail.review(std::move(reading));
    CHECK(!check.first_bad && batches >= 1 && check.head.sequence == seen && seen > 2500);
}

void a_row_is_read_back_as_it_was_written()
{
    Trail trail(0);
    AuditEntry odd;
    odd.event = "e\n";
    odd.person = {4294967295U, std::string("a\0b\xff\x1b[31m", 8)};
    odd.actor = "\"quoted\"";
    odd.service = "'; DROP TABLE audit; --";
    odd.source = "\xed\xa0\x80";
    odd.method = std::string(1, '\0');
    odd.detail = std::string(5000, '\\');
    trail.fixture.get(trail.fixture.store->record(odd));
    std::vector<AuditRow> rows;
    AuditReading reading;
    reading.on_row = [&](const AuditRow& row) { rows.push_back(row); };
    CHECK(!trail.review(std::move(reading)).first_bad && rows.size() == 1);
    const auto& read = rows.at(0).entry;
    CHECK(read.event == odd.event && read.person.uid == odd.person.uid &&
          read.person.name == odd.person.name && read.actor == odd.actor && read.service == odd.service &&
          read.source == odd.source && read.method == odd.method && read.detail == odd.detail);
}

void a_review_with_another_key_or_of_an_older_schema_is_refused_with_a_sentence()
{
    Trail trail;
    const auto other_key = review_audit_trail(trail.fixture.path(), test_key('x'));
    CHECK(!other_key && other_key.error().kind == ErrorKind::configuration);
    trail.fixture.close();
    trail.fixture.edit("PRAGMA user_version=1");
    const auto old = review_audit_trail(trail.fixture.path(), test_key());
    CHECK(!old && old.error().detail.find("older version") != std::string::npos);
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(old_rows_go_and_the_chain_goes_on_from_a_signed_record_of_the_cut),
        SENTENCE(a_cut_takes_as_many_rows_as_it_may_and_one_day_has_one_record),
        SENTENCE(the_newest_row_stays_however_old_it_is),
        SENTENCE(rows_behind_a_row_that_may_stay_are_not_cut),
        SENTENCE(a_row_that_was_tampered_with_is_never_cut),
        SENTENCE(a_cut_that_nobody_made_is_named),
        SENTENCE(a_head_from_the_journal_shows_a_trail_that_was_cut_off_or_put_back),
        SENTENCE(a_head_that_was_cut_since_is_neither_good_nor_bad),
        SENTENCE(a_review_reads_many_pages_while_rows_come_and_go),
        SENTENCE(a_row_is_read_back_as_it_was_written),
        SENTENCE(a_review_with_another_key_or_of_an_older_schema_is_refused_with_a_sentence),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
