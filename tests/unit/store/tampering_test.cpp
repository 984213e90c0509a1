// A second hand edits the rows while the store is open: every edit of a security row is noticed.
#include "unit/store/sqlite_fixture.h"

#include "store/audit_review.h"
#include "store/inspection.h"

#include "support/cmocka.h"

using namespace ssp;
using namespace ssp::testing;

namespace {

SendRequest american_message()
{
    SendRequest request;
    request.region = "US";
    return request;
}

struct Person {
    SqliteFixture fixture;
    SubscriberId id{};
    StepProof proof;
    TrustProof trusted;
    ChallengeId challenge{7};
    Digest look_up{};

    Person()
    {
        id = fixture.enrol_alice();
        proof = fixture.step(101);
        auto& store = *fixture.store;
        NewChallenge sent;
        sent.id = challenge;
        sent.service = "sshd";
        sent.code = SecretString("123456");
        sent.expires_at = fixture.clock.now() + Seconds(300);
        sent.expires_at_boot = fixture.clock.boot_time() + Seconds(300);
        fixture.get(store.open_challenge(id, std::move(sent)));
        NewTrust trust;
        trust.scope = "sshd";
        trust.expires_at = fixture.clock.now() + std::chrono::days(30);
        fixture.get(store.grant_trust(id, std::move(trust), entry("trust")));
        trusted.trust = fixture.get(store.find_trust(id, Digest{}, "sshd"))->id;
        std::vector<SecretString> secrets;
        secrets.emplace_back("ABCD");
        fixture.get(store.replace_look_up_secrets(id, {std::move(secrets), {}}, entry("codes")));
        look_up = store.digest_of(id, SecretString("ABCD"));
        fixture.get(store.reserve_send(id, american_message(), entry("")));
        fixture.get(store.reserve_try(id, costs(3)));
    }

    template <class T> bool tampered(Task<T> task)
    {
        const auto result = fixture.wait(std::move(task));
        return !result && result.error().kind == ErrorKind::store_tampered;
    }
    bool refuses(Proof spent) { return tampered(fixture.store->accept(id, spent, 0, entry("no"))); }
};

void check_each(std::initializer_list<const char*> edits, bool (*refused)(Person&))
{
    for (const char* edit : edits) {
        Person person;
        if (person.fixture.edit(edit) < 1)
            throw CheckFailed(std::string("changed nothing: ") + edit);
        if (!refused(person))
            throw CheckFailed(std::string("was not noticed: ") + edit);
    }
}

void edited_counters_of_a_person_are_noticed()
{
    check_each(
        {
            "UPDATE subscriber SET points_since_success = 0",
            "UPDATE subscriber SET consecutive_failures = 0",
            "UPDATE subscriber SET throttled_until = 5",
            "UPDATE subscriber SET locked_by_desk = 1",
            "UPDATE subscriber SET epoch = epoch + 1",
            "UPDATE subscriber SET succeeded_at = succeeded_at + 86400",
            "UPDATE subscriber SET revision = 0",
            "UPDATE subscriber SET authenticators = 0",
            "UPDATE subscriber SET lock_reason = 'x'",
            "UPDATE subscriber SET uid = NULL",
            "UPDATE subscriber SET mac = zeroblob(32)",
            "UPDATE subscriber SET key_id = key_id + 1",
            "UPDATE subscriber SET mac = ''",
            "UPDATE guess_points SET points = 1",
            "UPDATE guess_points SET day = day - 400",
            "DELETE FROM guess_points",
            "DELETE FROM sending",
            "UPDATE sending SET sent_at = sent_at - 100000",
        },
        [](Person& person) {
            return person.refuses(person.proof) &&
                   person.tampered(person.fixture.store->reserve_try(person.id, costs(1))) &&
                   person.tampered(person.fixture.store->reserve_send(person.id, SendRequest{}, entry(""))) &&
                   person.tampered(person.fixture.store->find_trust(person.id, Digest{}, "sshd")) &&
                   person.tampered(person.fixture.store->find_subscriber_by_name("alice"));
        });
}

void an_edited_ledger_of_everybody_is_noticed_and_a_missing_one_too()
{
    check_each(
        {
            "UPDATE everybody SET points = ''",
            "UPDATE everybody SET points = replace(points, ' 3', ' 2')",
            "UPDATE everybody SET alarmed_day = 30000",
            "UPDATE everybody SET spent_day = 30000",
            "UPDATE everybody SET mac = zeroblob(32)",
            "UPDATE everybody SET key_id = key_id + 1",
            "UPDATE everybody SET id = 2",
            "DELETE FROM everybody",
        },
        [](Person& person) {
            return person.tampered(person.fixture.store->reserve_try(person.id, costs(1))) &&
                   person.tampered(person.fixture.store->reserve_send(person.id, SendRequest{}, entry(""))) &&
                   person.tampered(person.fixture.store->accept(person.id, person.proof, 3, entry("no"))) &&
                   person.tampered(person.fixture.store->find_subscriber({1000, "alice"}));
        });
}

void a_person_given_to_another_account_is_noticed()
{
    Person person;
    CHECK(person.fixture.edit("UPDATE subscriber SET uid = 2000, name = 'mallory'") == 1);
    CHECK(person.tampered(person.fixture.store->find_subscriber({2000, "mallory"})));
    CHECK(!*person.fixture.find_alice());
}

void edited_authenticators_are_noticed()
{
    check_each(
        {
            "UPDATE authenticator SET last_step = 0",
            "UPDATE authenticator SET spent_later = '200-300'",
            "UPDATE authenticator SET bound_at = 0",
            "UPDATE authenticator SET failures = 20",
            "UPDATE authenticator SET kind = 1",
            "UPDATE authenticator SET sealed = zeroblob(48)",
            "UPDATE authenticator SET mac = zeroblob(32)",
            "UPDATE authenticator SET key_id = key_id + 1",
        },
        [](Person& person) {
            return person.refuses(person.proof) &&
                   person.tampered(person.fixture.store->find_subscriber({1000, "alice"}));
        });
}

void a_deleted_authenticator_does_not_read_as_not_enrolled()
{
    Person person;
    CHECK(person.fixture.edit("DELETE FROM authenticator") == 1);
    CHECK(person.tampered(person.fixture.store->find_subscriber({1000, "alice"})));
}

void an_authenticator_copied_to_somebody_else_is_noticed()
{
    Person person;
    auto& fixture = person.fixture;
    const auto other = fixture.get(fixture.store->add_subscriber({1001, "bob"}));
    NewAuthenticator app;
    app.kind = AuthenticatorKind::authenticator_app;
    app.secret = SecretString("bob's twenty bytes!!");
    fixture.get(fixture.store->bind(other, std::move(app), 0, entry("bound")));
    CHECK(fixture.edit("UPDATE authenticator SET (sealed, bound_at, last_step, mac) = (SELECT sealed,"
                       " bound_at, last_step, mac FROM authenticator WHERE subscriber_id = 1)"
                       " WHERE subscriber_id = 2") == 1);
    CHECK(person.tampered(fixture.store->find_subscriber({1001, "bob"})));
}

void edited_challenges_are_noticed()
{
    check_each(
        {
            "UPDATE challenge SET tries = -1000",
            "UPDATE challenge SET max_tries = 1000",
            "UPDATE challenge SET expires_at = expires_at + 1000",
            "UPDATE challenge SET expires_at_boot = expires_at_boot + 1000",
            "UPDATE challenge SET kind = 2",
            "UPDATE challenge SET service = 'sudo'",
            "UPDATE challenge SET code_mac = zeroblob(32)",
            "UPDATE challenge SET state = 2",
            "UPDATE challenge SET boot_id = zeroblob(16)",
            "UPDATE challenge SET sent_at = 5",
            "UPDATE challenge SET key_id = key_id + 1",
        },
        [](Person& person) {
            TryCost cost = costs(1);
            cost.challenge = person.challenge;
            return person.refuses(ChallengeProof{person.challenge}) &&
                   person.tampered(person.fixture.store->reserve_try(person.id, cost)) &&
                   person.tampered(
                       person.fixture.store->matches(person.id, person.challenge, SecretString("123456")));
        });
}

void edited_trust_is_noticed()
{
    check_each(
        {
            "UPDATE trust SET expires_at = expires_at + 1",
            "UPDATE trust SET expires_at_boot = expires_at_boot + 1",
            "UPDATE trust SET boot_id = zeroblob(16)",
            "UPDATE trust SET last_used_at = last_used_at + 1",
            "UPDATE trust SET granted_at = granted_at + 1",
            "UPDATE trust SET epoch = epoch + 1",
            "UPDATE trust SET revoked = 1",
            "UPDATE trust SET scope = 'sudo'",
            "UPDATE trust SET label = 'x'",
            "UPDATE trust SET mac = zeroblob(32)",
            "UPDATE trust SET key_id = key_id + 1",
        },
        [](Person& person) {
            return person.refuses(person.trusted) &&
                   person.tampered(person.fixture.store->find_trust(person.id, Digest{}, "sshd")) &&
                   person.tampered(person.fixture.store->list_trust(person.id));
        });
}

void edited_counts_of_what_was_sent_are_noticed()
{
    check_each(
        {
            "UPDATE send_count SET steps = '' WHERE kind = 1",
            "UPDATE send_count SET steps = '' WHERE kind = 3",
            "UPDATE send_count SET alarmed_at = 5 WHERE kind = 3",
            "UPDATE send_count SET last_at = last_at + 1 WHERE kind = 4",
            "UPDATE send_count SET steps = '1 1 0' WHERE kind = 4",
            "UPDATE send_count SET mac = zeroblob(32) WHERE kind = 4",
            "UPDATE send_count SET key_id = key_id + 1 WHERE kind = 4",
        },
        [](Person& person) {
            person.fixture.clock.advance(Seconds(60));
            return person.tampered(
                person.fixture.store->reserve_send(person.id, american_message(), entry("")));
        });
}

void trust_copied_to_another_person_or_device_is_noticed()
{
    Person person;
    auto& fixture = person.fixture;
    const auto other = fixture.get(fixture.store->add_subscriber({1001, "bob"}));
    CHECK(fixture.edit("INSERT INTO trust SELECT NULL, 2, device, label, scope, granted_at, last_used_at,"
                       " expires_at, expires_at_boot, boot_id, epoch, revoked, key_id, mac FROM trust") == 1);
    CHECK(person.tampered(fixture.store->find_trust(other, Digest{}, "sshd")));
    CHECK(fixture.edit("UPDATE trust SET device = randomblob(32) WHERE subscriber_id = 1") == 1);
    CHECK(person.refuses(person.trusted));
}

void a_look_up_secret_that_was_made_unspent_is_noticed()
{
    Person person;
    CHECK(person.fixture.get(
        person.fixture.store->accept(person.id, LookUpSecretProof{person.look_up}, 0, entry("accepted"))));
    CHECK(person.fixture.edit("UPDATE look_up_secret SET spent_at = 0") == 1);
    CHECK(person.refuses(LookUpSecretProof{person.look_up}));
}

AuditCheck verify(const SqliteFixture& fixture)
{
    auto check = review_audit_trail(fixture.path(), test_key());
    if (!check)
        throw std::runtime_error(check.error().detail);
    return *check;
}

void the_audit_trail_names_its_first_bad_row()
{
    const std::pair<const char*, std::int64_t> edits[] = {
        {"UPDATE audit SET event = 'sign-in-accepted' WHERE sequence = 2", 2},
        {"UPDATE audit SET name = 'bob' WHERE sequence = 3", 3},
        {"UPDATE audit SET at = at - 1 WHERE sequence = 1", 1},
        {"UPDATE audit SET detail = 'x' WHERE sequence = 3", 3},
        {"UPDATE audit SET key_id = key_id + 1 WHERE sequence = 3", 3},
        {"DELETE FROM audit WHERE sequence = 2", 2},
        {"DELETE FROM audit WHERE sequence = 1", 1},
        {"DELETE FROM audit WHERE sequence = 6", 6},
        {"DELETE FROM audit", 1},
        {"UPDATE audit SET sequence = 9 WHERE sequence = 6", 6},
        {"INSERT INTO audit SELECT node_id, 7, at, event, uid, name, actor, service, source, method, detail,"
         " key_id, mac FROM audit WHERE sequence = 6",
         7},
        {"UPDATE audit_head SET sequence = 5, mac = (SELECT mac FROM audit WHERE sequence = 5)", 7},
    };
    for (const auto& [edit, first_bad] : edits) {
        Person person;
        person.fixture.get(person.fixture.store->record(entry("sign-in-refused")));
        person.fixture.get(person.fixture.store->record(entry("sign-in-refused")));
        const auto before = verify(person.fixture);
        CHECK(!before.first_bad && before.rows == 6);
        CHECK(person.fixture.edit(edit) >= 1);
        const auto after = verify(person.fixture);
        if (after.first_bad != first_bad)
            throw CheckFailed(std::string(edit) + ": " + std::to_string(after.first_bad.value_or(0)));
        CHECK(!after.why.empty());
    }
}

void a_trail_that_was_cut_off_at_the_end_is_refused_at_the_next_start()
{
    Person person;
    person.fixture.close();
    CHECK(person.fixture.edit("DELETE FROM audit WHERE sequence = 4") == 1);
    const auto opened = person.fixture.try_open();
    CHECK(!opened && opened.error().kind == ErrorKind::store_tampered);
}

void nobody_is_accepted_while_the_audit_trail_cannot_grow()
{
    Person person;
    CHECK(person.fixture.edit("UPDATE audit_head SET sequence = 1") == 1);
    CHECK(person.refuses(person.proof));
    CHECK(person.refuses(person.trusted));
    // and what these jobs had done before they failed is undone
    CHECK(person.fixture.number("SELECT last_step FROM authenticator") == 100);
    CHECK(person.fixture.number("SELECT points FROM guess_points") == 3);
}

void the_loop_hears_of_each_new_head()
{
    Person person;
    auto& heads = person.fixture.heads;
    CHECK(!heads.empty() && heads.back().sequence == 4);
    person.fixture.get(person.fixture.store->record(entry("sign-in-refused")));
    CHECK(heads.back().sequence == 5 && heads.back().node_id.size() == 16);
    const auto told = heads.size();
    person.fixture.get(person.fixture.store->add_notice(person.id, "hello"));
    CHECK(heads.size() == told);
}

void the_loop_hears_of_a_limit_that_held_when_its_row_is_durable()
{
    SqliteFixture fixture;
    const auto id = fixture.enrol_alice();
    SendLimits limits;
    limits.texts_per_hour = 0;
    fixture.store->set_limits({}, limits);
    fixture.entries.clear(); // that she enrolled
    fixture.get(fixture.store->reserve_send(id, american_message(), entry("")));
    CHECK(fixture.entries.size() == 1 && fixture.entries.at(0).event == audit_event::send_refused);
    CHECK(fixture.entries.at(0).person.name == "alice");
    CHECK(fixture.edit("UPDATE audit_head SET sequence = 1") == 1);
    CHECK(!fixture.wait(fixture.store->reserve_send(id, american_message(), entry(""))));
    CHECK(fixture.entries.size() == 1);
}

void a_challenge_of_an_earlier_run_of_the_machine_is_over_and_trust_is_not()
{
    Person person;
    person.fixture.boot_id = BootId{2};
    person.fixture.open();
    CHECK(!person.fixture.get(
        person.fixture.store->matches(person.id, person.challenge, SecretString("123456"))));
    CHECK(person.fixture.get(person.fixture.store->find_trust(person.id, Digest{}, "sshd")));
}

void a_sound_database_passes_the_integrity_check_and_a_damaged_one_does_not()
{
    Person person;
    CHECK(check_integrity(person.fixture.path()));
    person.fixture.close();
    std::fstream file(person.fixture.path(), std::ios::in | std::ios::out | std::ios::binary);
    for (int page = 1; page < 20; ++page) {
        file.seekp(page * 4096 + 3);
        file.write("\xff\xff\xff\xff", 4);
    }
    file.close();
    CHECK(!check_integrity(person.fixture.path()));
}

void a_damaged_page_is_an_error_at_the_start_whatever_table_it_is_of()
{
    for (const std::string table : {"subscriber", "authenticator", "trust", "send_count", "audit"}) {
        Person person;
        const auto page =
            person.fixture.number("SELECT rootpage FROM sqlite_master WHERE name = '" + table + "'");
        person.fixture.close();
        std::fstream file(person.fixture.path(), std::ios::in | std::ios::out | std::ios::binary);
        file.seekp((page - 1) * 4096);
        file.write("\xff\xff\xff\xff", 4);
        file.close();
        const auto opened = person.fixture.try_open();
        CHECK(!opened && opened.error().kind == ErrorKind::store_tampered);
    }
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(edited_counters_of_a_person_are_noticed),
        SENTENCE(an_edited_ledger_of_everybody_is_noticed_and_a_missing_one_too),
        SENTENCE(a_person_given_to_another_account_is_noticed),
        SENTENCE(edited_authenticators_are_noticed),
        SENTENCE(a_deleted_authenticator_does_not_read_as_not_enrolled),
        SENTENCE(an_authenticator_copied_to_somebody_else_is_noticed),
        SENTENCE(edited_challenges_are_noticed),
        SENTENCE(edited_trust_is_noticed),
        SENTENCE(edited_counts_of_what_was_sent_are_noticed),
        SENTENCE(trust_copied_to_another_person_or_device_is_noticed),
        SENTENCE(a_look_up_secret_that_was_made_unspent_is_noticed),
        SENTENCE(the_audit_trail_names_its_first_bad_row),
        SENTENCE(a_trail_that_was_cut_off_at_the_end_is_refused_at_the_next_start),
        SENTENCE(nobody_is_accepted_while_the_audit_trail_cannot_grow),
        SENTENCE(the_loop_hears_of_each_new_head),
        SENTENCE(the_loop_hears_of_a_limit_that_held_when_its_row_is_durable),
        SENTENCE(a_challenge_of_an_earlier_run_of_the_machine_is_over_and_trust_is_not),
        SENTENCE(a_sound_database_passes_the_integrity_check_and_a_damaged_one_does_not),
        SENTENCE(a_damaged_page_is_an_error_at_the_start_whatever_table_it_is_of),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
