#include "contract/store_under_test.h"

#include "support/cmocka.h"

namespace ssp::testing {

namespace {

std::optional<Trust> find(StoreUnderTest& store, SubscriberId id, unsigned char number,
                          std::string scope = "sshd")
{
    return store.get(store->find_trust(id, device(number), std::move(scope)));
}

void grant(StoreUnderTest& store, SubscriberId id, unsigned char number, std::string scope = "sshd")
{
    store.get(store->grant_trust(id, trust(number, store, std::move(scope)), entry("trust")));
}

bool accept(StoreUnderTest& store, SubscriberId id, TrustId trust)
{
    return store.get(store->accept(id, TrustProof{trust}, 0, entry("accepted")));
}

void a_device_is_trusted_in_its_scope_and_for_its_person_only()
{
    StoreUnderTest store;
    const auto first = enrol(store);
    const auto second = enrol(store, bob);
    grant(store, first.id, 1);
    CHECK(find(store, first.id, 1));
    CHECK(!find(store, first.id, 2) && !find(store, first.id, 1, "sudo") && !find(store, second.id, 1));
    CHECK(!accept(store, second.id, find(store, first.id, 1)->id));
}

void trust_ends_at_its_end_and_use_does_not_extend_it()
{
    StoreUnderTest store;
    const auto person = enrol(store);
    grant(store, person.id, 1);
    const auto expires_at = find(store, person.id, 1)->expires_at;
    CHECK(expires_at == store.clock.now() + std::chrono::days(30));
    store.clock.advance(std::chrono::days(30) - Seconds(1));
    const auto known = find(store, person.id, 1);
    CHECK(known && accept(store, person.id, known->id));
    CHECK(find(store, person.id, 1)->expires_at == expires_at);
    store.clock.advance(Seconds(1));
    CHECK(!find(store, person.id, 1) && !accept(store, person.id, known->id));
}

void a_wall_clock_that_is_set_back_does_not_extend_trust()
{
    StoreUnderTest store;
    const auto person = enrol(store);
    grant(store, person.id, 1);
    store.clock.advance(std::chrono::days(30));
    store.clock.set_wall(store.clock.now() - std::chrono::days(29));
    CHECK(!find(store, person.id, 1));
}

void use_is_noted_so_that_an_idle_device_can_be_told()
{
    StoreUnderTest store;
    const auto person = enrol(store);
    grant(store, person.id, 1);
    const auto granted_at = store.clock.now();
    CHECK(find(store, person.id, 1)->last_used_at == granted_at);
    store.clock.advance(std::chrono::days(3));
    CHECK(find(store, person.id, 1)->last_used_at == granted_at); // looking is not using
    CHECK(accept(store, person.id, find(store, person.id, 1)->id));
    CHECK(find(store, person.id, 1)->last_used_at == store.clock.now());
    CHECK(find(store, person.id, 1)->granted_at == granted_at);
}

void the_oldest_device_of_a_scope_goes_when_one_too_many_is_trusted()
{
    StoreUnderTest store;
    const auto person = enrol(store);
    grant(store, person.id, 100, "sudo");
    for (unsigned char number = 1; number <= 6; ++number) {
        grant(store, person.id, number);
        store.clock.advance(Seconds(1));
    }
    CHECK(!find(store, person.id, 1) && find(store, person.id, 2) && find(store, person.id, 6));
    CHECK(find(store, person.id, 100, "sudo"));
}

void the_same_device_trusted_again_replaces_its_old_trust()
{
    StoreUnderTest store;
    const auto person = enrol(store);
    for (unsigned char number = 1; number <= 5; ++number)
        grant(store, person.id, number);
    const auto old = find(store, person.id, 5)->id;
    grant(store, person.id, 5);
    CHECK(find(store, person.id, 1) && find(store, person.id, 5)->id != old);
    CHECK(!accept(store, person.id, old));
}

void a_revoked_device_is_not_trusted_and_is_revoked_once()
{
    StoreUnderTest store;
    const auto first = enrol(store);
    const auto second = enrol(store, bob);
    grant(store, first.id, 1);
    const auto id = find(store, first.id, 1)->id;
    CHECK(!store.get(store->revoke_trust(second.id, id, entry("revoked"))));
    CHECK(store.get(store->revoke_trust(first.id, id, entry("revoked"))));
    CHECK(!store.get(store->revoke_trust(first.id, id, entry("revoked"))));
    CHECK(!find(store, first.id, 1) && !accept(store, first.id, id));
}

void a_changed_password_ends_all_trust_of_one_person()
{
    StoreUnderTest store;
    const auto first = enrol(store);
    const auto second = enrol(store, bob);
    grant(store, first.id, 1);
    grant(store, first.id, 2, "sudo");
    grant(store, second.id, 1);
    const auto epoch = read(store).epoch;
    store.get(store->end_all_trust(first.id, entry("password-changed")));
    CHECK(read(store).epoch > epoch);
    CHECK(!find(store, first.id, 1) && !find(store, first.id, 2, "sudo") && find(store, second.id, 1));
    grant(store, first.id, 1);
    CHECK(find(store, first.id, 1));
}

void the_desk_can_forget_all_devices()
{
    StoreUnderTest store;
    const auto person = enrol(store);
    grant(store, person.id, 1);
    store.get(store->act(person.id, DeskAct::forget_devices, "lost laptop", entry("forget")));
    CHECK(!find(store, person.id, 1));
    CHECK(read(store).authenticators.size() == 1);
}

void the_list_has_live_ones_first_newest_first_and_a_hundred_at_most()
{
    StoreUnderTest store;
    const auto person = enrol(store);
    for (int i = 0; i < 110; ++i) {
        grant(store, person.id, static_cast<unsigned char>(i));
        store.clock.advance(Seconds(1));
    }
    const auto live = find(store, person.id, 107)->id;
    const auto last = find(store, person.id, 109)->id;
    CHECK(store.get(store->revoke_trust(person.id, last, entry("revoked"))));
    const auto list = store.get(store->list_trust(person.id));
    CHECK(list.size() == 100);
    CHECK(list[0].live && list[1].id == live && list[3].live && !list[4].live);
    CHECK(list[4].id == last);
    CHECK_TEXT(list[1].label, "SSH key ending 107");
    CHECK_TEXT(list[1].scope, "sshd");
    for (std::size_t i = 5; i < list.size(); ++i)
        CHECK(!list[i].live && list[i].granted_at < list[i - 1].granted_at);
}

void whoever_signs_in_while_all_trust_ends_is_given_none_and_binds_nothing()
{
    for (const auto act : {DeskAct::reset, DeskAct::lock, DeskAct::forget_devices}) {
        StoreUnderTest store;
        const auto person = enrol(store);
        const auto began = read(store).epoch;
        store.get(store->act(person.id, act, "stolen", entry("act")));
        store.get(store->act(person.id, DeskAct::unlock, "found", entry("act")));
        auto late = trust(1, store);
        late.epoch = began;
        CHECK(store.wait(store->grant_trust(person.id, late, entry("trust"))).error().kind ==
              ErrorKind::not_permitted);
        CHECK(!store.get(store->find_trust(person.id, device(1), "sshd")));
        auto phone = app();
        phone.epoch = began;
        CHECK(!store.get(store->bind(person.id, std::move(phone), 0, entry("authenticator-bound"))));
        std::vector<SecretString> codes;
        codes.emplace_back("ABCD");
        CHECK(store.wait(store->replace_look_up_secrets(person.id, {std::move(codes), began}, entry("codes")))
                  .error()
                  .kind == ErrorKind::not_permitted);
        CHECK(read(store).look_up_secrets_left == 0);
        late.epoch = read(store).epoch;
        store.get(store->grant_trust(person.id, late, entry("trust")));
    }
}

} // namespace

std::vector<CMUnitTest> trust_sentences()
{
    return {
        SENTENCE(a_device_is_trusted_in_its_scope_and_for_its_person_only),
        SENTENCE(trust_ends_at_its_end_and_use_does_not_extend_it),
        SENTENCE(a_wall_clock_that_is_set_back_does_not_extend_trust),
        SENTENCE(use_is_noted_so_that_an_idle_device_can_be_told),
        SENTENCE(the_oldest_device_of_a_scope_goes_when_one_too_many_is_trusted),
        SENTENCE(the_same_device_trusted_again_replaces_its_old_trust),
        SENTENCE(a_revoked_device_is_not_trusted_and_is_revoked_once),
        SENTENCE(a_changed_password_ends_all_trust_of_one_person),
        SENTENCE(the_desk_can_forget_all_devices),
        SENTENCE(whoever_signs_in_while_all_trust_ends_is_given_none_and_binds_nothing),
        SENTENCE(the_list_has_live_ones_first_newest_first_and_a_hundred_at_most),
    };
}

} // namespace ssp::testing
