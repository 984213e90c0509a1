// One damaged row refuses one person. The desk's reset believes nothing of what does not verify.
#include "unit/store/sqlite_fixture.h"

#include "support/cmocka.h"

using namespace ssp;
using namespace ssp::testing;

namespace {

struct Damaged : SqliteFixture {
    SubscriberId id{};

    Damaged()
    {
        id = enrol_alice();
        get(store->reserve_try(id, costs(3)));
        std::vector<SecretString> codes;
        codes.emplace_back("ABCD");
        get(store->replace_look_up_secrets(id, {std::move(codes), {}}, entry("codes")));
        NewTrust trust;
        trust.scope = "sshd";
        trust.expires_at = clock.now() + std::chrono::days(30);
        get(store->grant_trust(id, trust, entry("trust")));
    }
    bool reset() { return get(store->reset_damaged("alice", "a bit flipped", entry("user-reset"))); }
    std::optional<Subscriber> alice() { return get(store->find_subscriber_by_name("alice")); }
};

void whoever_has_a_row_that_does_not_verify_is_reset_and_locked_until_the_unlock()
{
    for (const char* damage :
         {"UPDATE subscriber SET epoch = epoch + 1", "UPDATE subscriber SET mac = x'00'",
          "UPDATE subscriber SET revision = 7, key_id = 99", "UPDATE authenticator SET last_step = 0",
          "DELETE FROM authenticator", "UPDATE guess_points SET points = points + 1"}) {
        Damaged person;
        CHECK(person.edit(damage) > 0);
        CHECK(person.wait(person.store->find_subscriber_by_name("alice")).error().kind ==
              ErrorKind::store_tampered);
        CHECK(person.reset());
        const auto after = person.alice();
        CHECK(after && after->locked_by_desk && after->authenticators.empty());
        CHECK_TEXT(after->lock_reason, "a bit flipped");
        CHECK(after->look_up_secrets_left == 0 && after->guess_points == 0);
        CHECK(person.get(person.store->list_trust(person.id)).empty());
        person.get(person.store->act(person.id, DeskAct::unlock, "found", entry("user-unlocked")));
        const auto known = person.get(person.store->find_subscriber({1000, "alice"}));
        CHECK(known && !known->locked_by_desk && known->authenticators.empty());
        person.get(person.store->add_subscriber({1000, "alice"}));
        NewAuthenticator app;
        app.kind = AuthenticatorKind::authenticator_app;
        app.secret = SecretString("twenty other bytes..");
        CHECK(person.get(person.store->bind(person.id, std::move(app), 0, entry("authenticator-bound"))));
    }
}

void whose_rows_verify_is_not_reset_that_way()
{
    Damaged person;
    CHECK(!person.reset());
    CHECK(!person.alice()->locked_by_desk && person.alice()->authenticators.size() == 1);
    CHECK(!person.get(person.store->reset_damaged("nobody-here", "why", entry("user-reset"))));
}

void a_sign_in_that_was_under_way_is_given_nothing_by_the_reset()
{
    Damaged person;
    const auto began = person.alice()->epoch;
    person.edit("UPDATE subscriber SET mac = x'00'");
    CHECK(person.reset());
    person.get(person.store->act(person.id, DeskAct::unlock, "found", entry("user-unlocked")));
    NewAuthenticator app;
    app.kind = AuthenticatorKind::authenticator_app;
    app.secret = SecretString("twenty other bytes..");
    app.epoch = began;
    CHECK(!person.get(person.store->bind(person.id, std::move(app), 0, entry("authenticator-bound"))));
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(whoever_has_a_row_that_does_not_verify_is_reset_and_locked_until_the_unlock),
        SENTENCE(whose_rows_verify_is_not_reset_that_way),
        SENTENCE(a_sign_in_that_was_under_way_is_given_nothing_by_the_reset),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
