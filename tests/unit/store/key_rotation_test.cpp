// The master key is changed while people sign in, and while the daemon is killed: nobody is locked out,
// nothing is counted anew, and the old key opens nothing that is left.
#include "unit/store/sqlite_fixture.h"

#include "store/audit_review.h"

#include <csignal>
#include <fstream>
#include <sstream>
#include <sys/wait.h>

#include "support/cmocka.h"

using namespace ssp;
using namespace ssp::testing;

namespace {

constexpr char old_key = 'k';
constexpr char new_key = 'n';
const SecretString printed("7K4QM2XWPB9TD");
const SecretString another_printed("C5R8VNJ3HYFZA");

SendRequest to_the_phone()
{
    SendRequest request;
    request.number = SecretString("+12055550123");
    request.region = "US";
    return request;
}

std::string name(int number) { return "person" + std::to_string(number); }
Identity identity(int number) { return {1000 + static_cast<std::uint32_t>(number), name(number)}; }

/// Of everything that is kept, for `people` people. Some of it is used.
void fill(SqliteFixture& fixture, int people)
{
    auto& store = fixture.open();
    for (int number = 0; number < people; ++number) {
        const auto id = fixture.get(store.add_subscriber(identity(number)));
        for (const auto kind : {AuthenticatorKind::authenticator_app, AuthenticatorKind::text_message}) {
            NewAuthenticator authenticator;
            authenticator.kind = kind;
            authenticator.secret = SecretString(std::to_string(number) + " of twenty bytes");
            authenticator.last_step = 100;
            fixture.get(store.bind(id, std::move(authenticator), 0, entry("authenticator-bound")));
        }
        std::vector<SecretString> secrets;
        secrets.push_back(printed.clone());
        secrets.push_back(another_printed.clone());
        fixture.get(store.replace_look_up_secrets(id, {std::move(secrets), {}}, entry("codes")));
        const LookUpSecretProof used{store.digest_of(id, another_printed)};
        CHECK(fixture.get(store.accept(id, used, 0, entry("accepted"))));
        NewTrust trust;
        trust.scope = "sshd";
        trust.expires_at = fixture.clock.now() + std::chrono::days(30);
        fixture.get(store.grant_trust(id, std::move(trust), entry("trust")));
        fixture.get(store.reserve_try(id, costs(3)));
    }
    const auto first = *fixture.get(store.find_subscriber(identity(0)));
    CHECK(fixture.get(store.reserve_send(first.id, to_the_phone(), entry(""))).answer == SendAnswer::granted);
    if (people > 1) {
        const auto second = fixture.get(store.find_subscriber(identity(1)))->id;
        fixture.get(store.act(second, DeskAct::lock, "left the house", entry("user-locked")));
    }
}

/// That person `number` has what fill() gave them; spends the next step of their app and their recovery code.
void check_person(SqliteFixture& fixture, int number)
{
    auto& store = *fixture.store;
    const auto person = fixture.get(store.find_subscriber(identity(number)));
    CHECK(person && person->authenticators.size() == 2 && person->look_up_secrets_left == 1);
    CHECK(person->authenticators[0].secret.equals(std::to_string(number) + " of twenty bytes"));
    CHECK(person->guess_points == 3);
    CHECK(person->locked_by_desk == (number == 1));
    if (number == 1)
        return;
    CHECK(fixture.get(store.find_trust(person->id, Digest{}, "sshd")));
    const StepProof spent{person->authenticators[0].id, 100};
    CHECK(!fixture.get(store.accept(person->id, spent, 0, entry("accepted"))));
    const StepProof next{person->authenticators[0].id, 101};
    CHECK(fixture.get(store.accept(person->id, next, 0, entry("accepted"))));
    const LookUpSecretProof used{store.digest_of(person->id, another_printed)};
    CHECK(!fixture.get(store.accept(person->id, used, 0, entry("accepted"))));
    const LookUpSecretProof code{store.digest_of(person->id, printed)};
    CHECK(fixture.get(store.accept(person->id, code, 0, entry("accepted"))));
    CHECK(!fixture.get(store.accept(person->id, code, 0, entry("accepted"))));
}

Result<KeyRotation> rotate(SqliteFixture& fixture, char next = new_key)
{
    fixture.next_key = next;
    return fixture.wait(fixture.store->rotate_key(entry("master-key-rotation-began")));
}

/// Lets the store work until `done` says so.
template <class Done> void wait_until(SqliteFixture& fixture, Done done)
{
    while (!done(fixture.store->key_rotation())) {
        pollfd ready{fixture.store->completions_fd(), POLLIN, 0};
        if (poll(&ready, 1, 20000) != 1)
            throw std::runtime_error("the rotation stands still");
        fixture.store->run_completions();
    }
}

void wait_for_end(SqliteFixture& fixture)
{
    wait_until(fixture, [](const KeyRotation& now) { return now.next.empty(); });
}

std::string bytes_of(const SqliteFixture& fixture)
{
    std::string all;
    for (const char* suffix : {"", "-wal", "-shm"}) {
        const std::ifstream file(fixture.path() + suffix, std::ios::binary);
        std::ostringstream bytes;
        bytes << file.rdbuf();
        all += bytes.str();
    }
    return all;
}

/// Every sealed value and MAC of the database as it is. The check value of the old key stays until the next
/// checkpoint: it opens nothing.
std::vector<std::string> sealed_and_signed(const SqliteFixture& fixture)
{
    std::vector<std::string> all;
    SQLite::Database other(fixture.path(), SQLite::OPEN_READONLY, 5000);
    for (const char* text :
         {"SELECT sealed FROM authenticator", "SELECT sealed FROM kept_key", "SELECT mac FROM authenticator",
          "SELECT mac FROM subscriber", "SELECT mac FROM look_up_secret", "SELECT mac FROM trust",
          "SELECT mac FROM send_count"}) {
        SQLite::Statement rows(other, text);
        while (rows.executeStep())
            all.push_back(rows.getColumn(0).getString());
    }
    return all;
}

void everything_is_there_after_a_rotation_and_the_trail_is_whole()
{
    SqliteFixture fixture;
    fill(fixture, 40);
    const auto counts = fixture.number("SELECT count(*) FROM send_count");
    const auto before = rotate(fixture);
    CHECK(before && before->rows == 40 * 6 + counts + 1 && !before->next.empty()); // 1: everybody's ledger
    wait_for_end(fixture);
    CHECK(fixture.store->key_rotation().left == 0);
    for (int number = 0; number < 40; ++number)
        check_person(fixture, number);
    fixture.close();
    const auto trail = review_audit_trail(fixture.path(), test_key(new_key));
    CHECK(trail && !trail->first_bad && trail->rows > 40);
    CHECK(!fixture.try_open(test_key(old_key)) || fixture.next_key != 0);
    fixture.next_key = 0;
    CHECK(!fixture.try_open(test_key(old_key)));
    CHECK(fixture.try_open(test_key(new_key)));
}

void a_count_of_messages_goes_on_after_a_rotation()
{
    SqliteFixture fixture;
    fill(fixture, 2);
    CHECK(rotate(fixture));
    wait_for_end(fixture);
    const auto id = fixture.get(fixture.store->find_subscriber(identity(0)))->id;
    fixture.clock.advance(Seconds(3600));
    CHECK(fixture.get(fixture.store->reserve_send(id, to_the_phone(), entry(""))).answer ==
          SendAnswer::granted);
    CHECK(fixture.number("SELECT count(*) FROM send_count WHERE kind = 1") == 1); // the same number, once
}

void nothing_that_the_old_key_sealed_or_signed_is_left_in_the_files()
{
    SqliteFixture fixture;
    fill(fixture, 20);
    const auto before = sealed_and_signed(fixture);
    CHECK(before.size() > 100);
    const auto files_before = bytes_of(fixture);
    for (const auto& value : before)
        CHECK(files_before.find(value) != std::string::npos);
    CHECK(rotate(fixture));
    wait_for_end(fixture);
    const auto files = bytes_of(fixture);
    for (const auto& value : before)
        CHECK(files.find(value) == std::string::npos);
}

/// A table that somebody adds must be moved as well, or be one that keeps its keys.
void every_table_with_a_key_id_is_under_the_new_key()
{
    SqliteFixture fixture;
    fill(fixture, 3);
    CHECK(rotate(fixture));
    wait_for_end(fixture);
    const auto id = std::to_string(Seals(test_key(new_key)).key_id);
    SQLite::Database other(fixture.path(), SQLite::OPEN_READONLY, 5000);
    SQLite::Statement tables(other,
                             "SELECT DISTINCT m.name FROM sqlite_master AS m, pragma_table_info(m.name)"
                             " AS c WHERE m.type = 'table' AND c.name = 'key_id'");
    int looked_at = 0;
    while (tables.executeStep()) {
        const auto table = tables.getColumn(0).getString();
        if (table.starts_with("audit"))
            continue; // verified by the kept audit keys
        looked_at += 1;
        CHECK_TEXT(
            table + " " +
                std::to_string(fixture.number("SELECT count(*) FROM " + table + " WHERE key_id <> " + id)),
            table + " 0");
    }
    CHECK(looked_at >= 8);
}

void people_sign_in_while_the_key_is_rotated()
{
    SqliteFixture fixture;
    fill(fixture, 60);
    CHECK(rotate(fixture));
    int during = 0;
    for (int number = 59; number >= 0; --number) { // from the end that is moved last
        during += fixture.store->key_rotation().next.empty() ? 0 : 1;
        check_person(fixture, number);
    }
    CHECK(during > 0);
    wait_for_end(fixture);
    CHECK(fixture.troubles.empty());
}

void a_code_that_was_sent_before_can_still_be_typed_and_the_rotation_waits_for_it()
{
    SqliteFixture fixture;
    fill(fixture, 3);
    auto& store = *fixture.store;
    const auto id = fixture.get(store.find_subscriber(identity(0)))->id;
    NewChallenge sent;
    sent.id = ChallengeId{7};
    sent.service = "sshd";
    sent.code = SecretString("123456");
    sent.expires_at = fixture.clock.now() + Seconds(300);
    sent.expires_at_boot = fixture.clock.boot_time() + Seconds(300);
    fixture.get(store.open_challenge(id, std::move(sent)));
    CHECK(rotate(fixture));
    wait_until(fixture, [](const KeyRotation& now) { return now.left == 1; });
    TryCost cost = costs(1);
    cost.challenge = ChallengeId{7};
    CHECK(fixture.get(store.reserve_try(id, cost)).answer == TryAnswer::granted);
    CHECK(fixture.get(store.matches(id, ChallengeId{7}, SecretString("123456"))));
    CHECK(!fixture.store->key_rotation().next.empty());
    CHECK(fixture.get(store.accept(id, ChallengeProof{{7}}, 1, entry("accepted"))));
    wait_for_end(fixture);
}

void a_code_that_nobody_types_does_not_keep_the_rotation_waiting_for_ever()
{
    SqliteFixture fixture;
    fill(fixture, 1);
    const auto id = fixture.get(fixture.store->find_subscriber(identity(0)))->id;
    NewChallenge sent;
    sent.id = ChallengeId{7};
    sent.service = "sshd";
    sent.code = SecretString("123456");
    sent.expires_at = fixture.clock.now() + Seconds(1);
    sent.expires_at_boot = fixture.clock.boot_time() + Seconds(1);
    fixture.get(fixture.store->open_challenge(id, std::move(sent)));
    CHECK(rotate(fixture));
    wait_for_end(fixture);
    CHECK(fixture.number("SELECT count(*) FROM challenge") == 0);
}

void a_row_that_does_not_verify_is_named_and_not_signed_again()
{
    SqliteFixture fixture;
    fill(fixture, 20);
    CHECK(fixture.edit("UPDATE authenticator SET last_step = 0 WHERE subscriber_id = 8 AND kind = 3") == 1);
    CHECK(rotate(fixture));
    wait_until(fixture, [&](const KeyRotation&) { return !fixture.alarms.empty(); });
    const auto now = fixture.store->key_rotation();
    CHECK_TEXT(now.first_bad, "an authenticator of subscriber 8");
    CHECK(now.left > 0 && now.left <= 6 && !now.next.empty()); // the others are moved
    CHECK(fixture.alarms.size() == 1);
    const auto refused = fixture.wait(fixture.store->find_subscriber(identity(7)));
    CHECK(!refused && refused.error().kind == ErrorKind::store_tampered);
    check_person(fixture, 8);
    CHECK(fixture.get(fixture.store->reset_damaged(name(7), "edited", entry("user-reset"))));
    wait_for_end(fixture);
    CHECK(fixture.get(fixture.store->find_subscriber(identity(7)))->locked_by_desk);
}

void a_row_that_is_edited_while_the_key_is_rotated_is_noticed()
{
    for (const char* edit : {"UPDATE trust SET expires_at = expires_at + 1 WHERE subscriber_id = 50",
                             "UPDATE look_up_secret SET spent_at = 0 WHERE subscriber_id = 50",
                             "UPDATE subscriber SET points_since_success = 0 WHERE id = 50",
                             "UPDATE authenticator SET key_id = key_id + 1 WHERE subscriber_id = 50",
                             "UPDATE send_count SET steps = '' WHERE kind = 3"}) {
        SqliteFixture fixture;
        fill(fixture, 50);
        CHECK(rotate(fixture));
        CHECK(fixture.edit(edit) >= 1); // under either key, whatever the rotation came to
        fixture.edit("UPDATE subscriber SET revision = revision + 1 WHERE id = 49");
        wait_until(fixture,
                   [](const KeyRotation& now) { return now.next.empty() || !now.first_bad.empty(); });
        if (std::string_view(edit).find("send_count") != std::string_view::npos)
            continue; // what it was worth is told by the test of counts
        const auto id = SubscriberId{50};
        auto& store = *fixture.store;
        const bool noticed =
            !fixture.wait(store.find_subscriber(identity(49))) ||
            !fixture.wait(store.find_trust(id, Digest{}, "sshd")) ||
            !fixture.wait(store.accept(id, LookUpSecretProof{store.digest_of(id, another_printed)}, 0,
                                       entry("accepted")));
        if (!noticed)
            throw CheckFailed(std::string("was not noticed: ") + edit);
    }
}

void a_second_rotation_a_former_key_or_no_key_is_refused()
{
    SqliteFixture fixture;
    fill(fixture, 40);
    CHECK(!rotate(fixture, 0));
    CHECK(!rotate(fixture, old_key));
    CHECK(rotate(fixture));
    const auto second = rotate(fixture);
    CHECK(!second && second.error().kind == ErrorKind::not_permitted);
    CHECK_TEXT(second.error().detail, "A rotation of the master key is under way.");
    wait_for_end(fixture);
    CHECK(!rotate(fixture, new_key));
    const auto back = rotate(fixture, old_key);
    CHECK(!back && back.error().detail.find("is or was") != std::string::npos);
    check_person(fixture, 0); // and a refusal spoils nothing
}

void two_rotations_that_are_asked_for_at_once_are_one()
{
    SqliteFixture fixture;
    fill(fixture, 40);
    fixture.next_key = new_key;
    RootTask<KeyRotation> one(fixture.store->rotate_key(entry("began")));
    RootTask<KeyRotation> two(fixture.store->rotate_key(entry("began")));
    one.start([] {});
    two.start([] {});
    wait_until(fixture, [&](const KeyRotation&) { return one.finished() && two.finished(); });
    CHECK(one.take().has_value() != two.take().has_value());
    check_person(fixture, 39);
    wait_for_end(fixture);
    check_person(fixture, 0);
}

void a_recovery_code_and_the_trail_outlive_two_rotations()
{
    SqliteFixture fixture;
    fill(fixture, 5);
    CHECK(rotate(fixture, 'n'));
    wait_for_end(fixture);
    CHECK(rotate(fixture, 'o'));
    wait_for_end(fixture);
    for (int number = 0; number < 5; ++number)
        check_person(fixture, number);
    fixture.close();
    const auto trail = review_audit_trail(fixture.path(), test_key('o'));
    CHECK(trail && !trail->first_bad);
    CHECK(!review_audit_trail(fixture.path(), test_key('n')));
}

void a_row_of_the_trail_under_the_old_key_cannot_be_edited_by_who_has_that_key()
{
    SqliteFixture fixture;
    fill(fixture, 2);
    CHECK(rotate(fixture));
    wait_for_end(fixture);
    CHECK(fixture.edit("UPDATE audit SET detail = 'x' WHERE sequence = 2") == 1);
    const auto edited = review_audit_trail(fixture.path(), test_key(new_key));
    CHECK(edited && edited->first_bad == 2);
}

void a_start_in_the_middle_of_a_rotation_needs_both_keys()
{
    SqliteFixture fixture;
    fill(fixture, 40);
    CHECK(rotate(fixture));
    fixture.close();
    fixture.next_key = 0;
    if (fixture.number("SELECT count(*) FROM key_rotation") == 0)
        return; // it was quicker
    const auto without = fixture.try_open();
    CHECK(!without && without.error().detail.find("the new key is not there") != std::string::npos);
    fixture.next_key = 'x';
    CHECK(!fixture.try_open());
    fixture.next_key = new_key;
    CHECK(fixture.try_open());
}

/// A daemon that is killed as soon as the rotation came as far as `left` says; true if it was killed before.
bool run_until_killed(SqliteFixture& fixture, std::int64_t left)
{
    const auto child = fork();
    if (child == 0) {
        fixture.open();
        if (fixture.store->key_rotation().next.empty())
            (void)rotate(fixture);
        wait_until(fixture, [&](const KeyRotation& now) { return now.next.empty() || now.left <= left; });
        const bool ended = fixture.store->key_rotation().next.empty();
        if (!ended)
            ::kill(getpid(), SIGKILL);
        ::_exit(0);
    }
    int status = 0;
    CHECK(waitpid(child, &status, 0) == child);
    if (WIFSIGNALED(status))
        return WTERMSIG(status) == SIGKILL;
    CHECK(WEXITSTATUS(status) == 0);
    return false;
}

void a_rotation_that_is_killed_again_and_again_goes_on_where_it_was()
{
    SqliteFixture fixture;
    fill(fixture, 120);
    fixture.close();
    fixture.next_key = new_key;
    const auto all = 120 * 6 + 4;
    int killed = 0;
    for (const int left : {all, all - 1, 500, 400, 200, 50, 0})
        killed += run_until_killed(fixture, left) ? 1 : 0;
    CHECK(killed >= 3);
    auto opened = fixture.try_open(test_key(old_key));
    CHECK(opened);
    fixture.store = std::move(*opened);
    wait_for_end(fixture);
    for (int number = 0; number < 120; ++number)
        check_person(fixture, number);
    fixture.close();
    CHECK(!review_audit_trail(fixture.path(), test_key(new_key))->first_bad);
    CHECK(fixture.number("SELECT count(*) FROM audit WHERE event = 'master-key-rotation-began'") == 1);
    CHECK(fixture.number("SELECT count(*) FROM audit WHERE event = 'master-key-rotated'") == 1);
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(everything_is_there_after_a_rotation_and_the_trail_is_whole),
        SENTENCE(a_count_of_messages_goes_on_after_a_rotation),
        SENTENCE(nothing_that_the_old_key_sealed_or_signed_is_left_in_the_files),
        SENTENCE(every_table_with_a_key_id_is_under_the_new_key),
        SENTENCE(people_sign_in_while_the_key_is_rotated),
        SENTENCE(a_code_that_was_sent_before_can_still_be_typed_and_the_rotation_waits_for_it),
        SENTENCE(a_code_that_nobody_types_does_not_keep_the_rotation_waiting_for_ever),
        SENTENCE(a_row_that_does_not_verify_is_named_and_not_signed_again),
        SENTENCE(a_row_that_is_edited_while_the_key_is_rotated_is_noticed),
        SENTENCE(a_second_rotation_a_former_key_or_no_key_is_refused),
        SENTENCE(two_rotations_that_are_asked_for_at_once_are_one),
        SENTENCE(a_recovery_code_and_the_trail_outlive_two_rotations),
        SENTENCE(a_row_of_the_trail_under_the_old_key_cannot_be_edited_by_who_has_that_key),
        SENTENCE(a_start_in_the_middle_of_a_rotation_needs_both_keys),
        SENTENCE(a_rotation_that_is_killed_again_and_again_goes_on_where_it_was),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
