// What people ask of a real database that is damaged or fails, and what root asks about the master key.
#include "support/recording_delivery.h"
#include "support/scripted_claimant.h"
#include "unit/store/sqlite_fixture.h"
#include "verifier/look_up_secret.h"
#include "verifier/requests.h"
#include "verifier/sign_in.h"

#include <filesystem>

#include "support/cmocka.h"

using namespace ssp;
using namespace ssp::testing;

namespace {

class KeptRows final : public Rows {
public:
    void add(Row row) override { rows.push_back(std::move(row)); }
    std::string text() const
    {
        std::string text;
        for (const auto& row : rows)
            for (const auto& [name, value] : row)
                text += name + "=" + value + " ";
        return text;
    }
    std::vector<Row> rows;
};

const Requester root{Role::administrator, 0};
const Requester desk{Role::support, 1500};

/// Alice is enrolled.
struct Office {
    SqliteFixture fixture;
    RecordingDelivery delivery;
    Policy policy;
    ScriptedClaimant claimant{{}};
    KeptRows rows;

    Office() { fixture.enrol_alice(); }
    Result<Verdict> ask(Requester requester, std::vector<std::string> words)
    {
        rows.rows.clear();
        const Ports ports{*fixture.store, delivery, fixture.clock, fixture.random, policy};
        return fixture.wait(answer_request(ports, claimant, rows, requester, std::move(words)));
    }
    bool rejects(Requester requester, std::vector<std::string> words, std::string_view because)
    {
        const auto answer = ask(requester, std::move(words));
        return answer && *answer == Verdict::rejected && rows.rows.empty() && claimant.was_told(because);
    }
};

void only_root_asks_about_the_master_key()
{
    Office office;
    CHECK(office.rejects(desk, {"key", "status"}, "Only root may ask about the master key."));
    CHECK(office.rejects(desk, {"key", "rotate", "--reason=old"}, "Only root may ask"));
    const auto answer = office.ask(root, {"key", "status"});
    CHECK(answer && *answer == Verdict::accepted);
    CHECK(office.rows.text().find("from=file state=in use new_key= ") != std::string::npos);
}

void words_that_are_no_request_about_the_key_are_answered_with_those_that_are()
{
    Office office;
    const std::string allowed = "key status, key rotate --reason=TEXT";
    CHECK(office.rejects(root, {"key"}, allowed));
    CHECK(office.rejects(root, {"key", "show"}, allowed));
    CHECK(office.rejects(root, {"key", "rotate", "now", "--reason=old"}, allowed));
    CHECK(office.rejects(root, {"key", "status", "--reason=old"}, "key status takes no reason."));
    CHECK(office.rejects(root, {"key", "rotate"}, "key rotate needs --reason=TEXT"));
    CHECK(office.rejects(root, {"key", "rotate", "--colour=red"}, "colour"));
}

void a_rotation_needs_a_new_key_and_says_how_far_it_is()
{
    Office office;
    CHECK(office.rejects(root, {"key", "rotate", "--reason=old"}, "There is no new key to change to."));
    office.fixture.next_key = 'n';
    const auto begun = office.ask(root, {"key", "rotate", "--reason=old"});
    CHECK(begun && *begun == Verdict::accepted);
    CHECK(office.rows.text().find("state=rotating") != std::string::npos);
    CHECK(office.rows.text().find("rows_left=") != std::string::npos);
    CHECK(office.rejects(root, {"key", "rotate", "--reason=old"}, "is under way"));
    CHECK(office.fixture.number("SELECT count(*) FROM audit WHERE event = 'master-key-rotation-began' "
                                "AND actor = 'root' AND detail LIKE '%old%'") == 1);
}

void an_act_at_a_database_that_is_gone_is_not_said_to_be_done()
{
    Office office;
    std::filesystem::rename(office.fixture.path(), office.fixture.path() + ".old");
    const auto answer = office.ask(desk, {"user", "lock", "alice", "--reason=lost"});
    CHECK(!answer && answer.error().kind == ErrorKind::store_unavailable);
    CHECK(office.claimant.was_told("It is not known whether this was done"));
}

void damaged_rows_are_reset_by_root_alone_and_everybody_is_told_so()
{
    Office office;
    office.fixture.edit("UPDATE subscriber SET mac = x'00'");
    for (const char* verb : {"lock", "reset"})
        CHECK(office.rejects(desk, {"user", verb, "alice", "--reason=odd"}, "ssp-mfa user reset alice"));
    CHECK(office.rejects(root, {"user", "show", "alice"}, "does not verify"));
    const auto reset = office.ask(root, {"user", "reset", "alice", "--reason=odd"});
    CHECK(reset && *reset == Verdict::accepted && office.claimant.was_told("the account is locked"));
    CHECK(office.fixture.number("SELECT count(*) FROM audit WHERE event = 'user-reset' AND actor = 'root'"
                                " AND detail = 'rows that did not verify: odd'") == 1);
    const auto shown = office.ask(root, {"user", "show", "alice"});
    CHECK(shown && *shown == Verdict::accepted);
}

void a_damaged_device_hinders_no_reset()
{
    Office office;
    NewTrust trust;
    trust.scope = "sshd";
    trust.expires_at = office.fixture.clock.now() + std::chrono::days(30);
    const auto alice = (*office.fixture.find_alice())->id;
    office.fixture.get(office.fixture.store->grant_trust(alice, trust, entry("trust")));
    office.fixture.edit("UPDATE trust SET label = 'another'");
    CHECK(!office.ask(desk, {"user", "lock", "alice", "--reason=odd"}));
    const auto reset = office.ask(desk, {"user", "reset", "alice", "--reason=odd"});
    CHECK(reset && *reset == Verdict::accepted);
    CHECK(office.fixture.get(office.fixture.store->list_trust(alice)).empty());
}

void what_fails_after_the_code_is_not_said_to_be_done()
{
    const std::vector<std::pair<std::vector<std::string>, std::string>> changes{
        {{"recovery-codes"}, "recovery-codes-replaced"},
        {{"devices", "forget"}, "devices-forgotten"},
        {{"devices", "revoke", "1"}, "device-revoked"}};
    for (const auto& [words, event] : changes) {
        Office office;
        auto& fixture = office.fixture;
        const auto alice = (*fixture.find_alice())->id;
        NewTrust trust;
        trust.scope = "sshd";
        trust.expires_at = fixture.clock.now() + std::chrono::days(30);
        fixture.get(fixture.store->grant_trust(alice, trust, entry("trust")));
        auto codes = *new_look_up_secrets(fixture.random);
        ScriptedClaimant typist({std::string(grouped_look_up_secret(codes[0]).reveal())});
        fixture.get(fixture.store->replace_look_up_secrets(alice, {std::move(codes), {}}, entry("codes")));
        fixture.get(fixture.store->record(entry(event)));
        fixture.edit("CREATE UNIQUE INDEX once ON audit (event) WHERE event = '" + event + "'");
        const Ports ports{*fixture.store, office.delivery, fixture.clock, fixture.random, office.policy};
        const Requester self{Role::self, 1000};
        const auto answer = fixture.wait(answer_request(ports, typist, office.rows, self, words));
        if (answer)
            throw CheckFailed(words[0] + ": " + typist.screen());
        CHECK(!answer && typist.was_told("It is not known whether this was done"));
        CHECK(office.rows.rows.empty());
    }
}

void whoever_signs_in_over_a_damaged_row_is_told_of_no_clock()
{
    Office office;
    CHECK(office.fixture.edit("UPDATE subscriber SET epoch = epoch + 1") > 0);
    const Ports ports{*office.fixture.store, office.delivery, office.fixture.clock, office.fixture.random,
                      office.policy};
    Connections connections;
    SignInFacts facts;
    facts.person = {1000, "alice"};
    facts.service = "sshd";
    const auto ended = office.fixture.wait(sign_in(ports, connections, office.claimant, facts));
    CHECK(!ended && ended.error().kind == ErrorKind::store_tampered);
    CHECK(office.claimant.asked().empty());
    CHECK(!office.claimant.was_told("clock"));
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(only_root_asks_about_the_master_key),
        SENTENCE(words_that_are_no_request_about_the_key_are_answered_with_those_that_are),
        SENTENCE(a_rotation_needs_a_new_key_and_says_how_far_it_is),
        SENTENCE(an_act_at_a_database_that_is_gone_is_not_said_to_be_done),
        SENTENCE(damaged_rows_are_reset_by_root_alone_and_everybody_is_told_so),
        SENTENCE(a_damaged_device_hinders_no_reset),
        SENTENCE(what_fails_after_the_code_is_not_said_to_be_done),
        SENTENCE(whoever_signs_in_over_a_damaged_row_is_told_of_no_clock),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
