#include "contract/store_under_test.h"

#include "support/cmocka.h"

namespace ssp::testing {

namespace {

bool accept(StoreUnderTest& store, SubscriberId id, Proof proof)
{
    return store.get(store->accept(id, proof, 0, entry("accepted")));
}

std::vector<SecretString> secrets(std::initializer_list<const char*> texts)
{
    std::vector<SecretString> out;
    for (const char* text : texts)
        out.emplace_back(text);
    return out;
}

void what_was_bound_is_read_back()
{
    StoreUnderTest store;
    const auto person = enrol(store);
    CHECK(store.get(store->bind(person.id, phone("+12055550123"), 0, entry("bound"))));
    auto now = read(store);
    CHECK(now.authenticators.size() == 2);
    CHECK(now.authenticators[0].kind == AuthenticatorKind::authenticator_app);
    CHECK(now.authenticators[0].secret.equals("twenty bytes of key!"));
    CHECK(now.authenticators[0].last_step == 100 && now.authenticators[0].bound_at == store.clock.now());
    CHECK(now.authenticators[1].kind == AuthenticatorKind::text_message);
    CHECK(now.authenticators[1].secret.equals("+12055550123"));
}

void a_step_is_accepted_once_and_no_older_one_after_it()
{
    StoreUnderTest store;
    const auto person = enrol(store);
    CHECK(!accept(store, person.id, StepProof{person.app, 99}));
    CHECK(!accept(store, person.id, StepProof{person.app, 100})); // it proved the binding
    CHECK(accept(store, person.id, StepProof{person.app, 102}));
    CHECK(!accept(store, person.id, StepProof{person.app, 102}));
    CHECK(!accept(store, person.id, StepProof{person.app, 101}));
    CHECK(accept(store, person.id, StepProof{person.app, 103}));
    CHECK(read(store).authenticators[0].last_step == 103);
}

void a_refused_proof_writes_no_audit_entry_and_forgives_nothing()
{
    StoreUnderTest store;
    const auto person = enrol(store);
    store.get(store->reserve_try(person.id, costs(3)));
    CHECK(!accept(store, person.id, StepProof{person.app, 100}));
    CHECK(read(store).guess_points == 3);
    CHECK((store.audit() == std::vector<std::string>{"authenticator-bound", "owner-told"}));
}

void a_step_of_somebody_elses_app_is_refused()
{
    StoreUnderTest store;
    const auto first = enrol(store);
    const auto second = enrol(store, bob);
    CHECK(!accept(store, second.id, StepProof{first.app, 101}));
    CHECK(accept(store, first.id, StepProof{first.app, 101}));
}

void a_phone_has_no_steps()
{
    StoreUnderTest store;
    const auto id = store.get(store->add_subscriber(alice));
    store.get(store->bind(id, phone("+12055550123"), 0, entry("bound")));
    CHECK(!accept(store, id, StepProof{read(store).authenticators.at(0).id, 101}));
}

void a_new_authenticator_of_the_same_kind_replaces_the_old_one_and_ends_all_trust()
{
    StoreUnderTest store;
    const auto person = enrol(store);
    store.get(store->bind(person.id, phone("+12055550123"), 0, entry("bound")));
    store.get(store->grant_trust(person.id, trust(1, store), entry("trust")));
    CHECK(store.get(store->find_trust(person.id, device(1), "sshd")));
    store.get(store->open_challenge(person.id, text_challenge(1, store)));

    store.get(store->bind(person.id, phone("+12055550199"), 0, entry("bound")));
    auto now = read(store);
    CHECK(now.authenticators.size() == 2 && now.authenticators[1].secret.equals("+12055550199"));
    CHECK(!store.get(store->find_trust(person.id, device(1), "sshd")));
    CHECK(!accept(store, person.id, ChallengeProof{challenge_id(1)}));

    store.get(store->bind(person.id, app(500), 0, entry("bound")));
    CHECK(!accept(store, person.id, StepProof{person.app, 1000}));
}

void a_second_way_ends_no_trust()
{
    StoreUnderTest store;
    const auto person = enrol(store);
    store.get(store->grant_trust(person.id, trust(1, store), entry("trust")));
    store.get(store->bind(person.id, phone("+12055550123"), 0, entry("bound")));
    CHECK(store.get(store->find_trust(person.id, device(1), "sshd")));
}

void a_phone_is_bound_by_its_own_live_challenge_only_and_spends_it()
{
    StoreUnderTest store;
    const auto id = store.get(store->add_subscriber(alice));
    auto unproven = [&](unsigned char challenge) {
        auto number = phone("+12055550123");
        number.proven_by = challenge_id(challenge);
        return number;
    };
    CHECK(!store.get(store->bind(id, unproven(1), 0, entry("bound"))));
    auto call = text_challenge(1, store);
    call.kind = AuthenticatorKind::voice_call;
    store.get(store->open_challenge(id, std::move(call)));
    CHECK(!store.get(store->bind(id, unproven(1), 0, entry("bound")))); // a voice code binds no text number
    CHECK(read(store).authenticators.empty() && store.audit().empty());

    store.get(store->open_challenge(id, text_challenge(2, store)));
    store.get(store->reserve_try(id, costs(1, challenge_id(2))));
    CHECK(store.get(store->bind(id, unproven(2), 1, entry("bound"))));
    CHECK(read(store).authenticators.size() == 1 && read(store).guess_points == 0);
    CHECK(!store.get(store->bind(id, unproven(2), 0, entry("bound"))));
    CHECK(!accept(store, id, ChallengeProof{challenge_id(2)}));
}

void an_enrolment_binds_nothing_beside_an_authenticator_that_is_there_already()
{
    StoreUnderTest store;
    const auto id = store.get(store->add_subscriber(alice));
    store.get(store->open_challenge(id, text_challenge(1, store)));
    auto first = app();
    first.only_as_first = true;
    CHECK(store.get(store->bind(id, std::move(first), 0, entry("bound"))));
    auto second = phone("+12055550123");
    second.only_as_first = true;
    second.proven_by = challenge_id(1);
    CHECK(!store.get(store->bind(id, std::move(second), 0, entry("bound"))));
    CHECK(read(store).authenticators.size() == 1);
    CHECK((store.audit() == std::vector<std::string>{"bound", "owner-told"}));
    CHECK(store.get(store->matches(id, challenge_id(1), SecretString("123456")))); // and nothing was spent
}

void a_look_up_secret_is_accepted_once()
{
    StoreUnderTest store;
    const auto person = enrol(store);
    store.get(store->replace_look_up_secrets(person.id, {secrets({"ABCD", "EFGH"}), {}}, entry("codes")));
    CHECK(read(store).look_up_secrets_left == 2);
    const auto digest = store->digest_of(person.id, SecretString("ABCD"));
    CHECK(accept(store, person.id, LookUpSecretProof{digest}));
    CHECK(!accept(store, person.id, LookUpSecretProof{digest}));
    CHECK(read(store).look_up_secrets_left == 1);
    CHECK(!accept(store, person.id, LookUpSecretProof{store->digest_of(person.id, SecretString("ABCE"))}));
}

void new_look_up_secrets_replace_the_old_ones()
{
    StoreUnderTest store;
    const auto person = enrol(store);
    store.get(store->replace_look_up_secrets(person.id, {secrets({"ABCD"}), {}}, entry("codes")));
    store.get(store->replace_look_up_secrets(person.id, {secrets({"EFGH", "JKLM"}), {}}, entry("codes")));
    CHECK(read(store).look_up_secrets_left == 2);
    CHECK(!accept(store, person.id, LookUpSecretProof{store->digest_of(person.id, SecretString("ABCD"))}));
    CHECK(accept(store, person.id, LookUpSecretProof{store->digest_of(person.id, SecretString("JKLM"))}));
}

void the_look_up_secret_of_one_person_is_worth_nothing_to_another()
{
    StoreUnderTest store;
    const auto first = enrol(store);
    const auto second = enrol(store, bob);
    store.get(store->replace_look_up_secrets(first.id, {secrets({"ABCD"}), {}}, entry("codes")));
    const auto digest = store->digest_of(first.id, SecretString("ABCD"));
    CHECK(store->digest_of(second.id, SecretString("ABCD")) != digest);
    CHECK(!accept(store, second.id, LookUpSecretProof{digest}));
    CHECK(accept(store, first.id, LookUpSecretProof{digest}));
}

} // namespace

std::vector<CMUnitTest> authenticator_sentences()
{
    return {
        SENTENCE(what_was_bound_is_read_back),
        SENTENCE(a_step_is_accepted_once_and_no_older_one_after_it),
        SENTENCE(a_refused_proof_writes_no_audit_entry_and_forgives_nothing),
        SENTENCE(a_step_of_somebody_elses_app_is_refused),
        SENTENCE(a_phone_has_no_steps),
        SENTENCE(a_new_authenticator_of_the_same_kind_replaces_the_old_one_and_ends_all_trust),
        SENTENCE(a_second_way_ends_no_trust),
        SENTENCE(a_phone_is_bound_by_its_own_live_challenge_only_and_spends_it),
        SENTENCE(an_enrolment_binds_nothing_beside_an_authenticator_that_is_there_already),
        SENTENCE(a_look_up_secret_is_accepted_once),
        SENTENCE(new_look_up_secrets_replace_the_old_ones),
        SENTENCE(the_look_up_secret_of_one_person_is_worth_nothing_to_another),
    };
}

} // namespace ssp::testing
