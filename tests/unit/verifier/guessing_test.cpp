// What a person sees of the limits on guessing, beside those of the points (challenge_test.cpp).
#include "sign_in_world.h"

#include "support/cmocka.h"

using namespace ssp;
using namespace ssp::testing;

namespace {

/// Alice with a phone, an app and recovery codes. No wait comes between.
struct Account : World {
    Account()
    {
        policy.guessing.deny = policy.guessing.lock_after = 1000;
        store.set_limits(policy.guessing, policy.sending);
        bind_text();
        bind_app();
        codes = give_recovery_codes();
    }
    /// Sign-ins that use up their tries with wrong codes of one way.
    void guess_at_app(int sign_ins)
    {
        for (int i = 0; i < sign_ins; ++i) {
            const auto wrong = wrong_app_code();
            in_another_connection();
            CHECK(verdict_of({wrong, wrong, wrong}) == Verdict::locked);
        }
    }
    void guess_at_text(int sign_ins)
    {
        for (int i = 0; i < sign_ins; ++i) {
            clock.advance(std::chrono::hours(3)); // nothing limits the messages
            in_another_connection();
            CHECK(verdict_of({"1", another_code(), another_code(), another_code()}) == Verdict::locked);
        }
    }
    void in_another_connection() { connection += "+"; }

    std::vector<std::string> codes;
};

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

void what_is_typed_at_the_first_question_is_compared_with_one_authenticator()
{
    Account account;
    ScriptedClaimant owner({"1"}, ScriptedClaimant::Afterwards::never_answers);
    RootTask<Verdict> window(account.task(owner));
    window.start([] {});
    const auto live = account.delivery.last_code();
    account.in_another_connection();
    ScriptedClaimant guesser({live, "0000-0000-00000"}); // the code of the owner's message, at the question
    CHECK(!account.sign_in(guesser));
    const auto after = account.known();
    CHECK(after.guess_points == totp::guess_points); // as an app code; a recovery code costs nothing
    CHECK(after.authenticators.at(0).failures == 0 && after.authenticators.at(1).failures == 1);
    CHECK(after.consecutive_failures == 2);
    CHECK(account.has_live_challenge()); // and the owner can still type it
    CHECK(account.count("sign-in-accepted") == 0);
}

void twenty_wrong_app_codes_in_a_row_turn_the_app_off_and_say_what_still_works()
{
    Account account;
    account.guess_at_app(6);
    account.in_another_connection();
    const auto wrong = account.wrong_app_code();
    ScriptedClaimant person({wrong, wrong, account.codes[0], "n"});
    CHECK(account.verdict_of(person) == Verdict::accepted);
    const auto& shown = person.asked().at(2);
    CHECK(has(shown, "Codes by app are off for this account: too many wrong ones in a row.\n"));
    CHECK(has(shown, "What still works: text message ") && has(shown, "recovery code"));
    CHECK(account.count("authenticator-disabled") == 1);
    CHECK(person.was_told("Codes by app were turned off")); // with what waited since the sign-ins before

    account.in_another_connection();
    ScriptedClaimant later({account.app_code(), "1", account.code_that_came(), "n"});
    CHECK(account.verdict_of(later) == Verdict::accepted);
    CHECK(has(later.asked().front(), "Codes by app are off for this account"));
    CHECK(!has(later.asked().front(), "code from your app"));
    CHECK(account.known().authenticators.at(1).disabled); // a success with the phone forgives the app nothing
}

void twenty_wrong_text_codes_in_a_row_turn_the_phone_off_until_the_desk_unlocks()
{
    Account account;
    account.guess_at_text(6);
    account.clock.advance(std::chrono::hours(3));
    account.in_another_connection();
    ScriptedClaimant person({"1", account.another_code(), account.another_code(), account.app_code(), "n"});
    CHECK(account.verdict_of(person) == Verdict::accepted);
    CHECK(has(person.asked().at(3), "Codes by text message are off for this account"));
    CHECK(has(person.asked().at(3), "What still works: app code "));
    CHECK(!has(person.asked().at(3), "number ending"));

    account.clock.advance(std::chrono::hours(3));
    ScriptedClaimant without({account.app_code(), "n"});
    CHECK(account.verdict_of(without) == Verdict::accepted);
    CHECK(!has(without.asked().front(), "number ending"));
    (void)run_now(account.store.act(account.id(), DeskAct::unlock, "called in", AuditEntry{}));
    CHECK(account.verdict_of({"1", account.code_that_came(), "n"}) == Verdict::accepted);
}

void the_twentieth_code_is_accepted_when_it_is_right()
{
    Account account;
    account.guess_at_app(6);
    account.in_another_connection();
    const auto wrong = account.wrong_app_code();
    CHECK(account.verdict_of({wrong, account.app_code(), "n"}) == Verdict::accepted);
    CHECK(account.known().authenticators.at(1).failures == 0);
    CHECK(account.count("authenticator-disabled") == 0);
}

void when_everybody_spent_the_year_a_recovery_code_still_works_and_nothing_is_sent()
{
    Account account;
    account.clock.advance(std::chrono::hours(24));
    account.policy.guessing.everybody_points = 0;
    account.store.set_limits(account.policy.guessing, account.policy.sending);
    ScriptedClaimant person({account.app_code(), "1", account.codes[0], "n"});
    CHECK(account.verdict_of(person) == Verdict::accepted);
    CHECK(has(person.asked().front(), "Codes cannot be used just now. Please try again later.\n"));
    CHECK(account.delivery.messages.empty());
    CHECK(account.known().guess_points == 0);
    account.in_another_connection();
    CHECK(account.verdict_of({account.app_code(), "n"}) == Verdict::accepted); // within a day of a success
}

void when_everybody_spent_the_year_meanwhile_the_app_is_off_and_says_so()
{
    Account account;
    account.clock.advance(std::chrono::hours(24));
    const auto spend_everything = [&account] {
        account.policy.guessing.everybody_points = 0;
        account.store.set_limits(account.policy.guessing, account.policy.sending);
        return account.app_code();
    };
    ScriptedClaimant person(
        {Step{"{code}", [&](const std::string&) { return spend_everything(); }}, account.codes[0], "n"});
    CHECK(account.verdict_of(person) == Verdict::accepted);
    CHECK(has(person.asked().at(1), "Codes cannot be used just now. Please try again later.\n"));
    CHECK(account.count("codes-held-back") == 1);
}

void a_new_message_gives_no_fresh_try_and_its_older_code_is_worth_nothing()
{
    Account account;
    std::string first;
    ScriptedClaimant person({"1", account.another_code(),
                             Step{"r",
                                  [&](const std::string&) {
                                      first = account.delivery.last_code();
                                      account.clock.advance(Seconds(60));
                                      return "r";
                                  }},
                             Step{"{first}", [&](const std::string&) { return first; }},
                             account.another_code()});
    CHECK(account.verdict_of(person) == Verdict::locked);
    CHECK(account.known().guess_points == 3 && account.known().consecutive_failures == 3);
    CHECK(account.count("sign-in-accepted") == 0);
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(what_is_typed_at_the_first_question_is_compared_with_one_authenticator),
        SENTENCE(twenty_wrong_app_codes_in_a_row_turn_the_app_off_and_say_what_still_works),
        SENTENCE(twenty_wrong_text_codes_in_a_row_turn_the_phone_off_until_the_desk_unlocks),
        SENTENCE(the_twentieth_code_is_accepted_when_it_is_right),
        SENTENCE(when_everybody_spent_the_year_a_recovery_code_still_works_and_nothing_is_sent),
        SENTENCE(when_everybody_spent_the_year_meanwhile_the_app_is_off_and_says_so),
        SENTENCE(a_new_message_gives_no_fresh_try_and_its_older_code_is_worth_nothing),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
