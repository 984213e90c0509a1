// Every value of every row is bound to its row: moved to another row, person or column it is refused. No
// nonce is used twice.
#include "unit/store/sqlite_fixture.h"

#include "store/copy.h"
#include "store/installation.h"

#include <SQLiteCpp/Exception.h>
#include <fmt/format.h>
#include <map>
#include <set>

#include "support/cmocka.h"

using namespace ssp;
using namespace ssp::testing;

namespace {

const std::string code = "123456";

ChallengeId challenge_of(unsigned char person) { return ChallengeId{person}; }

/// Two people with rows of every kind, no two of them alike; what can be counted was counted. Closed.
void fill(SqliteFixture& fixture)
{
    auto& store = fixture.open();
    for (unsigned char number = 1; number <= 2; ++number) {
        const auto text = std::to_string(number);
        const auto id = fixture.get(store.add_subscriber({1000U + number, "person" + text}));
        for (const auto kind : {AuthenticatorKind::authenticator_app, AuthenticatorKind::text_message}) {
            NewAuthenticator authenticator;
            authenticator.kind = kind;
            authenticator.secret = SecretString(text + " of twenty bytes");
            authenticator.last_step = 100 + number;
            fixture.get(store.bind(id, std::move(authenticator), 0, entry("authenticator-bound")));
            fixture.clock.advance(Seconds(1));
        }
        std::vector<SecretString> codes;
        codes.emplace_back("7K4QM2XWPB9T" + text);
        codes.emplace_back("C5R8VNJ3HYFZ" + text);
        fixture.get(store.replace_look_up_secrets(id, {std::move(codes), {}}, entry("codes")));
        const LookUpSecretProof used{store.digest_of(id, SecretString("C5R8VNJ3HYFZ" + text))};
        CHECK(fixture.get(store.accept(id, used, 0, entry("accepted"))));
        NewTrust trust;
        trust.device[0] = number;
        trust.label = "SSH key " + text;
        trust.scope = "sshd" + text;
        trust.expires_at = fixture.clock.now() + std::chrono::days(30);
        fixture.get(store.grant_trust(id, std::move(trust), entry("trust")));
        SendRequest request;
        request.number = SecretString("+1205555012" + text);
        request.region = number == 1 ? "US" : "CA";
        request.source = "192.0.2." + text;
        const auto sent = fixture.get(store.reserve_send(id, std::move(request), entry("")));
        CHECK(sent.answer == SendAnswer::granted);
        NewChallenge challenge;
        challenge.send = sent.receipt;
        challenge.id = challenge_of(number);
        challenge.kind = number == 1 ? AuthenticatorKind::text_message : AuthenticatorKind::voice_call;
        challenge.service = "sshd" + text;
        challenge.code = SecretString(code);
        challenge.max_tries = 2 + number;
        challenge.expires_at = fixture.clock.now() + std::chrono::days(7 + number);
        challenge.expires_at_boot = fixture.clock.boot_time() + std::chrono::days(7 + number);
        fixture.get(store.open_challenge(id, std::move(challenge)));
        fixture.get(store.reserve_try(id, costs(3 * number)));
        fixture.clock.advance(std::chrono::days(1));
    }
    fixture.close();
}

/// Whether everything in the database verifies: what sign-ins read, what a rotation moves, and the whole
/// trail.
bool verifies(Tables& rows)
{
    const auto key = test_key();
    if (!read_installation(*rows.connection, key) || !rows.audit.check_end())
        return false;
    AuditHead link{rows.audit.node_id(), 0, {}};
    for (const auto& row : rows.audit.rows_behind(0, 1000)) {
        if (!rows.audit.follows(link, row))
            return false;
        link = {row.node_id, row.sequence, row.mac};
    }
    SystemRandom random;
    const Moment now{ManualClock().now(), ManualClock().boot_time(), BootId{1}};
    for (unsigned char number = 1; number <= 2; ++number) {
        const auto person = rows.subscribers.find({1000U + number, "person" + std::to_string(number)});
        if (!person || !*person)
            return false;
        const auto authenticators = rows.authenticators.renew(**person, random);
        const auto trusts = rows.trust.renew(**person);
        if (!authenticators || *authenticators != 4 || !trusts || *trusts != 1)
            return false;
        const auto challenge = rows.challenges.find_live((*person)->id, challenge_of(number), now);
        if (!challenge || !*challenge ||
            rows.challenges.code_mac(**challenge, SecretString(code)) != (*challenge)->code_mac)
            return false;
    }
    SendCountRows::Place place;
    return rows.send_counts.renew(place, 1000) && rows.everybody.renew();
}

/// What may be changed without anybody noticing, and why.
const std::map<std::string, std::string> not_signed{
    {"installation.clean", "says whether to check integrity"},
    {"installation.id", "there is one row"},
    {"everybody.id", "there is one row"},
    {"subscriber.revision", "whether somebody else wrote meanwhile"},
    {"send_count.last_at", "when to forget"},
    {"kept_key.key_id", "which of two keys to try; the seal knows its own"},
    {"authenticator.spent_later", "what is no list of steps is read as none, as it was signed"},
    {"sending.ordinal", "their order, which their times say too"},
};

struct Hand {
    Tables& rows;

    std::vector<std::string> texts(const std::string& sql) const
    {
        std::vector<std::string> out;
        SQLite::Statement found(rows.connection->raw(), sql);
        while (found.executeStep())
            out.push_back(found.getColumn(0).getString());
        return out;
    }
    /// Runs the edit, asks, and takes it back. Nothing: the database does not let it happen, or nothing
    /// changed.
    std::optional<bool> verifies_after(const std::string& edit) const
    {
        std::optional<bool> holds;
        auto& raw = rows.connection->raw();
        raw.exec("BEGIN");
        try {
            if (raw.exec(edit) > 0)
                holds = verifies(rows);
        } catch (const SQLite::Exception&) { // a constraint, or a value of another type
            holds.reset();
        }
        raw.exec("ROLLBACK");
        return holds;
    }
};

std::unique_ptr<Tables> open_rotating(const SqliteFixture& fixture)
{
    auto rows = open_copy(fixture.path(), test_key());
    CHECK(rows);
    (*rows)->keys->begin_rotation(test_key('n')); // so that each row is read and would be written anew
    return std::move(*rows);
}

void a_value_in_the_place_of_another_row_or_column_is_refused()
{
    SqliteFixture fixture;
    fill(fixture);
    const auto rows = open_rotating(fixture);
    const Hand hand{*rows};
    CHECK(hand.verifies_after("UPDATE installation SET clean = 1").value_or(false)); // it would be found
    int moved = 0;
    std::set<std::string> unnoticed;
    for (const auto& table :
         hand.texts("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE"
                    " 'sqlite_%' AND name NOT IN ('notice', 'key_rotation', 'audit_cut')")) {
        const auto columns = hand.texts("SELECT name FROM pragma_table_info('" + table + "')");
        const auto ids = hand.texts("SELECT rowid FROM " + table + " ORDER BY rowid");
        CHECK_TEXT(ids.empty() ? table + " has no row" : "", "");
        for (const auto& column : columns) {
            if (not_signed.contains(table + "." + column))
                continue;
            // What is read of text in a column of numbers is a number.
            const bool number = !hand.texts("SELECT 1 FROM pragma_table_info('" + table +
                                            "') WHERE name = '" + column + "' AND type = 'INTEGER'")
                                     .empty();
            const std::string type = number ? "INTEGER" : "BLOB";
            std::vector<std::string> sources;
            for (const auto& id : ids)
                for (const auto& from : columns)
                    if (from == column || id == ids[0])
                        sources.push_back("(SELECT CAST(" + from + " AS " + type + ") FROM " + table +
                                          " WHERE rowid = " + id + ")");
            for (const auto& source : sources) {
                const auto edit = "UPDATE " + table + " SET " + column + " = " + source +
                                  " WHERE rowid = " + ids.back() + " AND CAST(" + column + " AS " + type +
                                  ") IS NOT " + source;
                const auto holds = hand.verifies_after(edit);
                moved += holds ? 1 : 0;
                if (holds.value_or(false))
                    unnoticed.insert(table + "." + column);
            }
        }
    }
    print_message("%d values moved\n", moved);
    CHECK_TEXT(fmt::format("{}", fmt::join(unnoticed, " ")), "");
    CHECK(moved > 300);
}

void a_nonce_is_never_used_twice()
{
    SqliteFixture fixture;
    const auto id = fixture.enrol_alice();
    std::set<std::string> sealed;
    std::set<std::string> nonces;
    const auto collect = [&] {
        SQLite::Database other(fixture.path(), SQLite::OPEN_READONLY, 5000);
        SQLite::Statement all(other,
                              "SELECT sealed FROM authenticator UNION ALL SELECT sealed FROM kept_key");
        while (all.executeStep()) {
            sealed.insert(all.getColumn(0).getString());
            nonces.insert(all.getColumn(0).getString().substr(0, std::tuple_size_v<Nonce>));
        }
    };
    collect();
    for (int number = 0; number < 100; ++number) {
        NewAuthenticator phone;
        phone.kind = number % 2 == 0 ? AuthenticatorKind::text_message : AuthenticatorKind::voice_call;
        phone.secret = SecretString("+12055550123"); // the same each time
        fixture.get(fixture.store->bind(id, std::move(phone), 0, entry("authenticator-bound")));
        collect();
    }
    const auto before = sealed.size();
    CHECK(before == 103); // and the app, and two kept keys
    fixture.next_key = 'n';
    CHECK(fixture.get(fixture.store->rotate_key(entry("master-key-rotation-began"))).next != "");
    while (!fixture.store->key_rotation().next.empty()) {
        pollfd ready{fixture.store->completions_fd(), POLLIN, 0};
        CHECK(poll(&ready, 1, 20000) == 1);
        fixture.store->run_completions();
    }
    collect();
    CHECK(sealed.size() == before + 6); // three authenticators, two kept keys, one more
    CHECK(nonces.size() == sealed.size());
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(a_value_in_the_place_of_another_row_or_column_is_refused),
        SENTENCE(a_nonce_is_never_used_twice),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
