#include "contract/store_under_test.h"

#include "support/cmocka.h"

namespace ssp::testing {

namespace {

void nobody_is_found_who_was_never_added()
{
    StoreUnderTest store;
    CHECK(!store.get(store->find_subscriber(alice)));
    CHECK(!store.get(store->find_subscriber_by_name("alice")));
    CHECK(!store.get(store->find_subscriber_by_uid(1000)));
}

void a_person_is_found_by_both_by_name_and_by_uid()
{
    StoreUnderTest store;
    const auto id = store.get(store->add_subscriber(alice));
    store.get(store->add_subscriber(bob));
    CHECK(store.get(store->add_subscriber(alice)) == id);
    for (const auto& found : {store.get(store->find_subscriber(alice))->id,
                              store.get(store->find_subscriber_by_name("alice"))->id,
                              store.get(store->find_subscriber_by_uid(1000))->id})
        CHECK(found == id);
    const auto person = read(store);
    CHECK(person.identity.uid == 1000);
    CHECK_TEXT(person.identity.name, "alice");
    CHECK(person.authenticators.empty() && person.guess_points == 0 && !person.locked_by_desk);
}

void a_known_name_with_another_uid_is_refused_and_the_other_way_round()
{
    StoreUnderTest store;
    store.get(store->add_subscriber(alice));
    for (const auto& changed : {Identity{2000, "alice"}, Identity{1000, "mallory"}}) {
        const auto found = store.wait(store->find_subscriber(changed));
        CHECK(!found && found.error().kind == ErrorKind::identity_changed);
        const auto added = store.wait(store->add_subscriber(changed));
        CHECK(!added && added.error().kind == ErrorKind::identity_changed);
    }
    CHECK(read(store).identity.uid == 1000);
}

void the_uid_of_one_with_the_name_of_another_is_refused()
{
    StoreUnderTest store;
    store.get(store->add_subscriber(alice));
    store.get(store->add_subscriber(bob));
    const auto found = store.wait(store->find_subscriber({1001, "alice"}));
    CHECK(!found && found.error().kind == ErrorKind::identity_changed);
}

void names_are_compared_byte_for_byte()
{
    StoreUnderTest store;
    store.get(store->add_subscriber(alice));
    CHECK(!store.get(store->find_subscriber({1002, "Alice"})));
    const Identity odd{1003, std::string("o'br\"ien\0x; DROP TABLE subscriber", 30)};
    store.get(store->add_subscriber(odd));
    CHECK(read(store, odd).identity.name == odd.name);
}

void a_reset_forgets_everything_but_the_ledger_and_lets_the_name_come_with_a_new_uid()
{
    StoreUnderTest store;
    const auto person = enrol(store);
    std::vector<SecretString> secrets;
    secrets.emplace_back("look-up secret");
    store.get(store->replace_look_up_secrets(person.id, {std::move(secrets), {}}, entry("codes")));
    store.get(store->grant_trust(person.id, trust(1, store), entry("trust")));
    store.get(store->open_challenge(person.id, text_challenge(1, store)));
    store.get(store->reserve_try(person.id, costs(3)));
    store.get(store->act(person.id, DeskAct::reset, "lost phone", entry("reset")));

    auto after = read(store, {2000, "alice"});
    CHECK(after.id == person.id && after.identity.uid == 2000);
    CHECK(after.authenticators.empty() && after.look_up_secrets_left == 0);
    CHECK(after.guess_points == 3);
    CHECK(store.get(store->list_trust(person.id)).empty());
    CHECK(!store.get(store->matches(person.id, challenge_id(1), SecretString("123456"))));
    CHECK(!store.get(store->accept(person.id, StepProof{person.app, 101}, 0, entry("no"))));
    CHECK(!store.get(store->find_subscriber_by_uid(1000)));
    CHECK(store.get(store->find_subscriber_by_name("alice"))->identity.uid == 0xffffffffU);

    CHECK(store.get(store->add_subscriber({2000, "alice"})) == person.id);
    CHECK(store.get(store->find_subscriber_by_uid(2000))->id == person.id);
    const auto old = store.wait(store->find_subscriber(alice));
    CHECK(!old && old.error().kind == ErrorKind::identity_changed);
    CHECK(store.get(store->add_subscriber({1000, "carol"})) != person.id);
}

void a_lock_refuses_every_proof_and_ends_all_trust_until_the_unlock()
{
    StoreUnderTest store;
    const auto person = enrol(store);
    store.get(store->grant_trust(person.id, trust(1, store), entry("trust")));
    store.get(store->act(person.id, DeskAct::lock, "stolen laptop", entry("lock")));
    auto locked = read(store);
    CHECK(locked.locked_by_desk);
    CHECK_TEXT(locked.lock_reason, "stolen laptop");
    CHECK(store.get(store->reserve_try(person.id, costs(3))).answer == TryAnswer::locked);
    CHECK(!store.get(store->accept(person.id, StepProof{person.app, 101}, 0, entry("no"))));
    CHECK(!store.get(store->bind(person.id, phone("+12055550123"), 0, entry("no"))));
    CHECK(store.get(store->reserve_send(person.id, message_to("+12055550123"), entry(""))).answer ==
          SendAnswer::locked);
    const auto granted = store.wait(store->grant_trust(person.id, trust(2, store), entry("no")));
    CHECK(!granted && granted.error().kind == ErrorKind::not_permitted);

    store.get(store->act(person.id, DeskAct::unlock, "found", entry("unlock")));
    CHECK(!read(store).locked_by_desk && read(store).lock_reason.empty());
    CHECK(!store.get(store->find_trust(person.id, device(1), "sshd")));
    CHECK(store.get(store->accept(person.id, StepProof{person.app, 101}, 0, entry("yes"))));
}

void every_act_of_the_desk_is_in_the_audit_trail_in_order()
{
    StoreUnderTest store;
    const auto id = store.get(store->add_subscriber(alice));
    store.get(store->act(id, DeskAct::lock, "a", entry("lock")));
    store.get(store->act(id, DeskAct::unlock, "b", entry("unlock")));
    store.get(store->act(id, DeskAct::forget_devices, "c", entry("forget")));
    store.get(store->record(entry("sign-in-refused")));
    store.get(store->end_all_trust(id, entry("password-changed")));
    const std::vector<std::string> expected{"lock", "unlock", "forget", "sign-in-refused",
                                            "password-changed"};
    CHECK(store.audit() == expected);
}

void notices_wait_for_the_person_each_once_and_go_when_they_were_shown()
{
    StoreUnderTest store;
    const auto id = store.get(store->add_subscriber(alice));
    for (const char* sentence : {"first", "second", "first"})
        store.get(store->add_notice(id, sentence));
    CHECK((read(store).notices == std::vector<std::string>{"second", "first"}));
    for (int i = 0; i < 20; ++i)
        store.get(store->add_notice(id, "number " + std::to_string(i)));
    CHECK(read(store).notices.size() == 10);
    CHECK_TEXT(read(store).notices.back(), "number 19");
    store.get(store->clear_notices(id, entry("notices-shown")));
    CHECK(read(store).notices.empty());
    CHECK(store.audit() == std::vector<std::string>{"notices-shown"});
}

} // namespace

std::vector<CMUnitTest> people_sentences()
{
    return {
        SENTENCE(nobody_is_found_who_was_never_added),
        SENTENCE(a_person_is_found_by_both_by_name_and_by_uid),
        SENTENCE(a_known_name_with_another_uid_is_refused_and_the_other_way_round),
        SENTENCE(the_uid_of_one_with_the_name_of_another_is_refused),
        SENTENCE(names_are_compared_byte_for_byte),
        SENTENCE(a_reset_forgets_everything_but_the_ledger_and_lets_the_name_come_with_a_new_uid),
        SENTENCE(a_lock_refuses_every_proof_and_ends_all_trust_until_the_unlock),
        SENTENCE(every_act_of_the_desk_is_in_the_audit_trail_in_order),
        SENTENCE(notices_wait_for_the_person_each_once_and_go_when_they_were_shown),
    };
}

} // namespace ssp::testing
