// What owners must hear of: who is told, over which number, how often, and what stays for the next sign-in.
#include "contract/store_under_test.h"

#include <algorithm>

#include "support/cmocka.h"

namespace ssp::testing {

namespace {

const std::string first_number = "+12055550123";
const std::string second_number = "+12055550199";

NewAuthenticator voice(std::string number)
{
    auto authenticator = phone(std::move(number));
    authenticator.kind = AuthenticatorKind::voice_call;
    return authenticator;
}

AuditEntry from_here(std::string event)
{
    auto row = entry(std::move(event));
    row.source = "192.0.2.7";
    row.detail = ", reference AAAA-AA";
    return row;
}

RefusedCode wrong(std::optional<AuthenticatorKind> guessed_at) { return {guessed_at, {}}; }

/// Alice, and what is told about her.
struct Owner {
    explicit Owner(GuessLimits guessing = {}, SendLimits sending = {})
        : store(guessing, sending), id(store.get(store->add_subscriber(alice)))
    {
    }

    bool bind(NewAuthenticator authenticator)
    {
        return store.get(store->bind(id, std::move(authenticator), 0, from_here("authenticator-bound")));
    }
    /// They were bound some time ago.
    template <class... Authenticators> void has(Authenticators... authenticators)
    {
        const bool bound = (bind(std::move(authenticators)) && ...);
        CHECK(bound);
        store.get(store->clear_notices(id, entry("notices-shown")));
        (void)store.tellings();
    }
    /// One wrong code that costs as much as an app's.
    void guess(AuthenticatorKind at = AuthenticatorKind::authenticator_app, int points = 3)
    {
        auto cost = costs(points);
        if (store.get(store->reserve_try(id, cost)).answer != TryAnswer::granted) {
            store.clock.advance(std::chrono::hours(1));
            CHECK(store.get(store->reserve_try(id, cost)).answer == TryAnswer::granted);
        }
        store.get(store->refuse_code(id, wrong(at), from_here("code-refused")));
    }
    void guess_many(int times)
    {
        for (int i = 0; i < times; ++i)
            guess();
    }
    void refuse(RefusedCode refused)
    {
        store.get(store->refuse_code(id, std::move(refused), from_here("code-refused")));
    }
    /// "guessing +12055550123, enrolled administrator": what left the store since the last time.
    std::string told()
    {
        std::string all;
        for (const auto& telling : store.tellings()) {
            all += all.empty() ? "" : ", ";
            all += word_of(telling.news);
            all += ' ';
            all += telling.number.empty() ? "administrator" : telling.number.reveal();
            CHECK_TEXT(telling.person.name, "alice");
        }
        return all;
    }
    std::string waits()
    {
        std::string all;
        for (const auto& notice : read(store).notices)
            all += notice + "|";
        return all;
    }
    std::ptrdiff_t rows(std::string_view event)
    {
        const auto events = store.audit();
        return std::count(events.begin(), events.end(), event);
    }

    StoreUnderTest store;
    SubscriberId id;
};

void a_first_enrolment_is_told_to_the_administrator_never_to_the_new_number()
{
    Owner owner;
    CHECK(owner.bind(phone(first_number)));
    CHECK_TEXT(owner.told(), "enrolled administrator");
    CHECK(owner.waits().starts_with("Multi-factor authentication was set up on "));
    CHECK(owner.waits().find(" from 192.0.2.7 (number for text messages).") != std::string::npos);
    CHECK(owner.rows("owner-told") == 1);
}

void a_further_way_is_told_to_the_number_that_was_there_before()
{
    Owner owner;
    owner.has(phone(first_number));
    CHECK(owner.bind(app()));
    CHECK_TEXT(owner.told(), "added " + first_number);
    CHECK(owner.waits().starts_with("An authenticator app was added on "));
}

void a_number_that_is_added_is_not_told_of_itself()
{
    Owner owner;
    owner.has(app());
    CHECK(owner.bind(phone(first_number)));
    CHECK_TEXT(owner.told(), "added administrator");
}

void a_changed_number_is_told_to_the_old_one()
{
    Owner owner;
    owner.has(phone(first_number));
    CHECK(owner.bind(phone(second_number)));
    CHECK_TEXT(owner.told(), "changed " + first_number);
    CHECK(owner.waits().starts_with("The number for text messages was changed on "));
}

void a_binding_that_is_refused_tells_nothing()
{
    Owner owner;
    owner.has(phone(first_number));
    auto second = app();
    second.only_as_first = true;
    CHECK(!owner.bind(std::move(second)));
    CHECK(owner.told().empty() && owner.waits().empty());
}

void a_reset_is_told_to_the_number_that_it_forgets()
{
    Owner owner;
    owner.has(phone(first_number), app());
    owner.store.get(owner.store->act(owner.id, DeskAct::reset, "lost phone", from_here("user-reset")));
    CHECK_TEXT(owner.told(), "reset " + first_number);
    CHECK(owner.waits().starts_with("The support desk reset your multi-factor authentication on "));
}

void recovery_codes_made_anew_are_told_but_those_of_the_enrolment_are_not()
{
    Owner owner;
    const auto make = [&owner] {
        std::vector<SecretString> codes;
        codes.emplace_back("ABCD");
        owner.store.get(owner.store->replace_look_up_secrets(owner.id, {std::move(codes), {}},
                                                             from_here("recovery-codes")));
    };
    owner.has(phone(first_number));
    make();
    CHECK(owner.told().empty());
    make();
    CHECK_TEXT(owner.told(), "recovery-codes " + first_number);
    Owner later;
    later.has(phone(first_number));
    later.store.clock.advance(std::chrono::hours(2));
    std::vector<SecretString> codes;
    codes.emplace_back("ABCD");
    later.store.get(
        later.store->replace_look_up_secrets(later.id, {std::move(codes), {}}, from_here("codes")));
    CHECK_TEXT(later.told(), "recovery-codes " + first_number);
}

void five_slips_in_a_row_are_told_to_nobody()
{
    Owner owner;
    owner.has(phone(first_number), app());
    owner.guess_many(5);
    CHECK(owner.told().empty() && owner.waits().empty());
}

void the_sixth_failure_in_a_row_is_told_once_and_not_again_within_a_day()
{
    Owner owner;
    owner.has(phone(first_number), app());
    owner.guess_many(6);
    CHECK_TEXT(owner.told(), "guessing " + first_number);
    owner.guess_many(9);
    CHECK(owner.told().empty());
    CHECK(owner.rows("owner-told") == 3); // enrolled, added, guessing
    CHECK(std::ranges::count(owner.waits(), '|') == 1);
    owner.store.clock.advance(std::chrono::hours(24));
    owner.guess();
    CHECK_TEXT(owner.told(), "guessing " + first_number);
}

void thirty_points_are_told_however_few_codes_they_are()
{
    Owner owner;
    owner.has(phone(first_number), voice(second_number));
    owner.guess(AuthenticatorKind::voice_call, 10);
    owner.guess(AuthenticatorKind::voice_call, 10);
    CHECK(owner.told().empty());
    owner.guess(AuthenticatorKind::voice_call, 10);
    CHECK_TEXT(owner.told(), "guessing " + first_number);
    CHECK(owner.waits().starts_with("Many wrong codes were typed for your account"));
}

void a_success_begins_anew()
{
    Owner owner;
    owner.has(phone(first_number), app(100));
    owner.guess_many(5);
    const auto id = read(owner.store).authenticators.back().id;
    CHECK(owner.store.get(owner.store->accept(owner.id, StepProof{id, 200}, 0, entry("accepted"))));
    owner.guess_many(5);
    CHECK(owner.told().empty());
}

void the_number_that_is_guessed_at_is_not_told()
{
    Owner owner;
    owner.has(phone(first_number), voice(first_number));
    owner.guess(AuthenticatorKind::voice_call, 30); // another way, the same telephone
    CHECK_TEXT(owner.told(), "guessing administrator");
    Owner text;
    text.has(phone(first_number));
    text.guess(AuthenticatorKind::text_message, 30);
    CHECK_TEXT(text.told(), "guessing administrator");
}

void somebody_who_can_only_be_called_is_told_at_the_next_sign_in_and_the_administrator_at_once()
{
    Owner owner;
    owner.has(voice(first_number), app());
    owner.guess(AuthenticatorKind::authenticator_app, 30);
    CHECK_TEXT(owner.told(), "guessing administrator");
    CHECK(!owner.waits().empty());
}

void an_app_s_step_that_was_accepted_is_told_as_spent_and_a_wrong_code_is_not()
{
    Owner owner;
    owner.has(phone(first_number), app(100));
    const auto id = read(owner.store).authenticators.back().id;
    owner.refuse({AuthenticatorKind::authenticator_app, StepProof{id, 101}});
    owner.refuse(wrong(AuthenticatorKind::authenticator_app));
    CHECK(owner.told().empty());
    owner.refuse({AuthenticatorKind::authenticator_app, StepProof{id, 100}});
    CHECK_TEXT(owner.told(), "spent-code " + first_number);
    CHECK(owner.waits().starts_with("A code that was used before was typed again on "));
    CHECK(owner.rows("code-refused") == 3);
}

void a_message_s_code_that_was_accepted_is_told_as_spent_until_it_expires()
{
    Owner owner;
    owner.has(phone(first_number), app());
    const auto present = [&owner](std::string_view code) {
        owner.refuse({AuthenticatorKind::text_message, SecretString(code)});
        return owner.told();
    };
    owner.store.get(owner.store->open_challenge(owner.id, text_challenge(1, owner.store)));
    CHECK_TEXT(present("123456"), ""); // it was never accepted
    CHECK(owner.store.get(owner.store->accept(owner.id, ChallengeProof{challenge_id(1)}, 0, entry("in"))));
    auto next = text_challenge(2, owner.store);
    next.code = SecretString("654321");
    owner.store.get(owner.store->open_challenge(owner.id, std::move(next)));
    owner.store.get(owner.store->void_challenge(owner.id, challenge_id(1), false));
    CHECK_TEXT(present("654321"), "");
    CHECK_TEXT(present("123456"), "spent-code administrator"); // the phone is the one that it was for
    owner.store.clock.advance(std::chrono::hours(25));
    CHECK_TEXT(present("123456"), "");
}

void a_recovery_code_that_was_accepted_is_told_as_spent()
{
    Owner owner;
    std::vector<SecretString> codes;
    codes.emplace_back("ABCD");
    owner.has(phone(first_number));
    owner.store.get(
        owner.store->replace_look_up_secrets(owner.id, {std::move(codes), {}}, from_here("codes")));
    const LookUpSecretProof proof{owner.store->digest_of(owner.id, SecretString("ABCD"))};
    owner.refuse({std::nullopt, proof});
    CHECK(owner.told().empty());
    CHECK(owner.store.get(owner.store->accept(owner.id, proof, 0, entry("in"))));
    owner.refuse({std::nullopt, proof});
    CHECK_TEXT(owner.told(), "spent-code " + first_number);
}

void whoever_enrols_and_mistypes_is_told_nothing()
{
    Owner owner;
    owner.guess(AuthenticatorKind::text_message, 30);
    CHECK(owner.told().empty() && owner.waits().empty());
}

void notices_are_few_for_a_person_whatever_happens()
{
    Owner owner;
    owner.has(phone(first_number)); // "enrolled" is the first of six
    int messages = 0;
    for (int i = 0; i < 10; ++i) {
        CHECK(owner.bind(app()));
        owner.guess(AuthenticatorKind::authenticator_app, 30);
        messages += static_cast<int>(owner.store.tellings().size());
    }
    CHECK(messages == 5);
    CHECK(owner.rows("owner-not-told") > 0);
    CHECK(std::ranges::count(owner.waits(), '|') >= 3); // and all of it waits for the next sign-in
}

void all_owners_together_have_a_limit_of_their_own()
{
    SendLimits limits;
    limits.notices_per_hour = 1; // the enrolment is none: nobody gets a text because of it
    Owner owner({}, limits);
    owner.has(phone(first_number));
    CHECK(owner.bind(app()));
    CHECK(!owner.told().empty());
    CHECK(owner.bind(voice(second_number)));
    CHECK(owner.told().empty());
    owner.store.clock.advance(std::chrono::hours(2));
    owner.guess(AuthenticatorKind::authenticator_app, 30);
    CHECK(!owner.told().empty());
}

void notices_take_nothing_from_the_person_s_codes_but_count_in_the_hour_of_texts()
{
    SendLimits limits;
    limits.texts_per_hour = 3;
    Owner owner({}, limits);
    owner.has(phone(first_number));
    CHECK(owner.bind(app())); // a notice in the hour by now
    for (int i = 0; i < 2; ++i) {
        const auto sent =
            owner.store.get(owner.store->reserve_send(owner.id, message_to(first_number), entry("")));
        CHECK(sent.answer == SendAnswer::granted);
        owner.store.clock.advance(Seconds(31));
    }
    const auto third =
        owner.store.get(owner.store->reserve_send(owner.id, message_to(first_number), entry("")));
    CHECK(third.answer == SendAnswer::held_back && third.limit == "texts_per_hour");
    CHECK(owner.bind(voice(second_number)));
    CHECK_TEXT(owner.told(), "added " + first_number + ", added " + first_number); // app, then voice
}

void the_administrator_s_summaries_are_counted_too()
{
    SendLimits limits;
    limits.notices_per_hour = 3;
    StoreUnderTest store({}, limits);
    int granted = 0;
    for (int i = 0; i < 10; ++i)
        granted += store.get(store->reserve_administrators_notice()) ? 1 : 0;
    CHECK(granted == 3);
}

void what_was_counted_is_counted_after_a_restart()
{
    Owner owner;
    owner.has(phone(first_number), app());
    owner.guess_many(6);
    CHECK(!owner.told().empty());
    owner.store.reopen();
    owner.guess();
    CHECK(owner.told().empty());
    CHECK(!owner.waits().empty());
}

void a_remembered_device_waits_for_the_next_sign_in_and_is_sent_to_nobody()
{
    Owner owner;
    owner.has(phone(first_number));
    auto grant = trust(1, owner.store);
    grant.label = "SSH key ending Qx7A";
    owner.store.get(owner.store->grant_trust(owner.id, std::move(grant), entry("trust-granted")));
    CHECK(owner.told().empty());
    CHECK(owner.waits().starts_with("A device was remembered on "));
    CHECK(owner.waits().find("(SSH key ending Qx7A)") != std::string::npos);
}

} // namespace

std::vector<CMUnitTest> telling_sentences()
{
    return {
        SENTENCE(a_first_enrolment_is_told_to_the_administrator_never_to_the_new_number),
        SENTENCE(a_further_way_is_told_to_the_number_that_was_there_before),
        SENTENCE(a_number_that_is_added_is_not_told_of_itself),
        SENTENCE(a_changed_number_is_told_to_the_old_one),
        SENTENCE(a_binding_that_is_refused_tells_nothing),
        SENTENCE(a_reset_is_told_to_the_number_that_it_forgets),
        SENTENCE(recovery_codes_made_anew_are_told_but_those_of_the_enrolment_are_not),
        SENTENCE(five_slips_in_a_row_are_told_to_nobody),
        SENTENCE(the_sixth_failure_in_a_row_is_told_once_and_not_again_within_a_day),
        SENTENCE(thirty_points_are_told_however_few_codes_they_are),
        SENTENCE(a_success_begins_anew),
        SENTENCE(the_number_that_is_guessed_at_is_not_told),
        SENTENCE(somebody_who_can_only_be_called_is_told_at_the_next_sign_in_and_the_administrator_at_once),
        SENTENCE(an_app_s_step_that_was_accepted_is_told_as_spent_and_a_wrong_code_is_not),
        SENTENCE(a_message_s_code_that_was_accepted_is_told_as_spent_until_it_expires),
        SENTENCE(a_recovery_code_that_was_accepted_is_told_as_spent),
        SENTENCE(whoever_enrols_and_mistypes_is_told_nothing),
        SENTENCE(notices_are_few_for_a_person_whatever_happens),
        SENTENCE(all_owners_together_have_a_limit_of_their_own),
        SENTENCE(notices_take_nothing_from_the_person_s_codes_but_count_in_the_hour_of_texts),
        SENTENCE(the_administrator_s_summaries_are_counted_too),
        SENTENCE(what_was_counted_is_counted_after_a_restart),
        SENTENCE(a_remembered_device_waits_for_the_next_sign_in_and_is_sent_to_nobody),
    };
}

} // namespace ssp::testing
