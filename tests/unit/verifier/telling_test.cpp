#include "verifier/telling.h"

#include "sign_in_world.h"

#include "support/cmocka.h"

using namespace ssp;
using namespace ssp::testing;

namespace {

constexpr std::string_view number = "+12055550123";

Telling telling(News news) { return {news, alice, WallTime(Seconds(1795446600)), SecretString(number)}; }

DeliveryOutcome tell(World& world, News news) { return *run_now(tell_owner(world.ports(), telling(news))); }

/// "added +12055550123, enrolled administrator": what the store wants told.
std::string wanted(World& world)
{
    std::string all;
    for (const auto& one : world.store.take_tellings()) {
        all += all.empty() ? "" : ", ";
        all += word_of(one.news);
        all += ' ';
        all += one.number.empty() ? "administrator" : one.number.reveal();
    }
    return all;
}

void a_notice_says_who_what_and_when_without_a_code_or_a_link()
{
    World world;
    world.policy.organisation = "Example";
    CHECK(tell(world, News::added) == DeliveryOutcome::accepted);
    const auto& message = world.delivery.messages.back();
    CHECK_TEXT(
        message.text.reveal(),
        "Example: a way to sign in was added to your account, 2026-11-23 15:10 UTC. Not you? Tell Portal "
        "Support 205 555 0100.");
    CHECK_TEXT(message.to.reveal(), number);
    CHECK(message.digits.empty() && message.channel == Channel::text_message);
    CHECK_TEXT(message.tag, "00");
    CHECK(message.reference.size() == 32);
}

void each_piece_of_news_has_words_of_its_own()
{
    World world;
    std::vector<std::string> texts;
    for (const auto news :
         {News::added, News::changed, News::reset, News::recovery_codes, News::guessing, News::spent_code}) {
        CHECK(tell(world, news) == DeliveryOutcome::accepted);
        texts.emplace_back(world.delivery.messages.back().text.reveal());
    }
    std::ranges::sort(texts);
    CHECK(std::ranges::adjacent_find(texts) == texts.end());
}

void the_region_of_the_number_chooses_the_language()
{
    World world;
    world.policy.wordings["de"].notices.notice = "{what} ({when})";
    world.policy.wordings["de"].notices.added = "neuer Weg";
    world.policy.region_languages["DE"] = "de";
    world.delivery.region = "DE";
    CHECK(tell(world, News::added) == DeliveryOutcome::accepted);
    CHECK_TEXT(world.delivery.messages.back().text.reveal(), "neuer Weg (2026-11-23 15:10 UTC)");
}

void a_number_that_the_rules_permit_no_more_or_another_one_gets_nothing()
{
    World refused;
    refused.delivery.refused = true;
    CHECK(tell(refused, News::added) == DeliveryOutcome::bad_number);
    World lying;
    lying.delivery.judged_instead = "+12055550199";
    CHECK(tell(lying, News::added) == DeliveryOutcome::bad_number);
    World down;
    down.delivery.down = true;
    CHECK(!run_now(tell_owner(down.ports(), telling(News::added))));
    CHECK(refused.delivery.messages.empty() && lying.delivery.messages.empty());
}

void the_administrator_s_summary_has_a_count_and_a_name_that_is_fit_for_a_message()
{
    World world;
    world.policy.administrator = "+12055550100";
    const AdministratorsNews news{3, "al`ice\x1b[2J_of_the_longest_names", WallTime(Seconds(1795446600))};
    CHECK(*run_now(tell_administrator(world.ports(), news)) == DeliveryOutcome::accepted);
    CHECK_TEXT(world.delivery.messages.back().text.reveal(),
               "SSP: 3 for you to look at, last al'ice?[2J_of_the_lo, 2026-11-23 15:10 UTC. journalctl "
               "SSP_EVENT=owner-told");
    CHECK_TEXT(world.delivery.messages.back().to.reveal(), "+12055550100");
}

void a_second_way_of_the_first_sign_in_is_told_to_the_first_one()
{
    World world;
    CHECK(world.verdict_of({"1", "205 555 0123", world.code_that_came(), "3", world.code_of_shown_key(),
                            "saved", "n"}) == Verdict::accepted);
    CHECK_TEXT(wanted(world), "enrolled administrator, added +12055550123");
    CHECK(world.delivery.messages.size() == 1); // the code; what is told goes out in the background
}

void a_code_used_again_looks_like_a_wrong_one_is_charged_like_one_and_is_told()
{
    World world;
    world.bind_text();
    world.bind_app();
    const auto code = world.app_code();
    CHECK(world.verdict_of({code, "n"}) == Verdict::accepted);
    ScriptedClaimant again({code, world.wrong_app_code()});
    CHECK(!world.sign_in(again));
    const auto below = [](std::string screen) { return screen.substr(screen.find('\n')); };
    CHECK_TEXT(again.asked().at(1).substr(0, 41), again.asked().at(2).substr(0, 41));
    CHECK_TEXT(below(again.asked().at(1)), below(again.asked().at(2)));
    CHECK(world.known().guess_points == 6);
    CHECK_TEXT(wanted(world), "spent-code +12055550123");
    ScriptedClaimant owner({world.app_code(1), "n"});
    CHECK(world.verdict_of(owner) == Verdict::accepted);
    CHECK(owner.was_told("Since your last sign-in:\nA code that was used before was typed again on "));
    CHECK(owner.was_told("If any of this was not you, change your password and tell"));
}

void a_text_code_used_again_is_told_too_and_a_replaced_one_is_not()
{
    World world;
    world.bind_text();
    CHECK(world.verdict_of({"1", world.code_that_came(), "n"}) == Verdict::accepted);
    const auto spent = world.delivery.last_code();
    (void)wanted(world);
    world.clock.advance(Seconds(31));
    ScriptedClaimant again({"1", spent});
    CHECK(!world.sign_in(again));
    CHECK(again.asked().at(2).starts_with("That code is not valid, 2 tries left."));
    CHECK_TEXT(wanted(world), "spent-code administrator");
    const auto voided = world.delivery.last_code();
    world.clock.advance(Seconds(31));
    ScriptedClaimant third({"1", voided});
    CHECK(!world.sign_in(third));
    CHECK_TEXT(wanted(world), "");
}

void the_owner_s_message_comes_early_and_an_honest_slip_causes_none()
{
    World world;
    world.bind_text();
    world.bind_app();
    const auto wrong = world.wrong_app_code();
    CHECK(world.verdict_of({wrong, wrong, world.app_code(), "n"}) == Verdict::accepted);
    CHECK(world.verdict_of({wrong, wrong, wrong}) == Verdict::locked);
    CHECK_TEXT(wanted(world), "");
    world.connection = "connection-2";
    CHECK(world.verdict_of({wrong, wrong, wrong}) == Verdict::locked);
    CHECK_TEXT(wanted(world), "");
    world.clock.advance(std::chrono::hours(1));
    world.connection = "connection-3";
    CHECK(world.verdict_of({wrong, wrong}) == Verdict::locked);
    CHECK_TEXT(wanted(world), "guessing +12055550123");
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(a_notice_says_who_what_and_when_without_a_code_or_a_link),
        SENTENCE(each_piece_of_news_has_words_of_its_own),
        SENTENCE(the_region_of_the_number_chooses_the_language),
        SENTENCE(a_number_that_the_rules_permit_no_more_or_another_one_gets_nothing),
        SENTENCE(the_administrator_s_summary_has_a_count_and_a_name_that_is_fit_for_a_message),
        SENTENCE(a_second_way_of_the_first_sign_in_is_told_to_the_first_one),
        SENTENCE(a_code_used_again_looks_like_a_wrong_one_is_charged_like_one_and_is_told),
        SENTENCE(a_text_code_used_again_is_told_too_and_a_replaced_one_is_not),
        SENTENCE(the_owner_s_message_comes_early_and_an_honest_slip_causes_none),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
