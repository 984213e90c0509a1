#include "sign_in_world.h"
#include "verifier/remembering.h"

#include "support/cmocka.h"

using namespace ssp;
using namespace ssp::testing;

namespace {

constexpr auto days = [](int count) { return std::chrono::hours(24 * count); };

/// Somebody with an app who has just said yes to the device question.
void remember_the_device(World& world)
{
    world.bind_app();
    if (world.verdict_of({world.app_code(), "y"}) != Verdict::accepted)
        throw std::runtime_error("not accepted");
}

void a_trusted_device_is_asked_and_told_nothing_and_leaves_its_audit_row()
{
    World world;
    remember_the_device(world);
    (void)run_now(world.store.add_notice(world.id(), "A notice."));
    ScriptedClaimant person({});
    CHECK(world.verdict_of(person) == Verdict::accepted);
    CHECK_TEXT(person.screen(), "");
    const auto& row = world.store.audit().back();
    CHECK_TEXT(row.event + " " + row.method + " " + row.detail + " " + row.source,
               "sign-in-accepted trusted-device SSH key ending 5kpw 192.0.2.7");
}

void another_key_another_service_and_another_person_are_asked()
{
    World world;
    remember_the_device(world);
    ScriptedClaimant other_key({});
    world.key = ssh_keys[1].plain;
    CHECK(!world.sign_in(other_key));
    CHECK(other_key.asked().size() == 1);

    ScriptedClaimant at_sudo({});
    world.key = ssh_keys[0].plain;
    world.service = "sudo";
    CHECK(!world.sign_in(at_sudo));
    CHECK(at_sudo.asked().size() == 1);

    ScriptedClaimant bob({});
    world.service = "sshd";
    world.person = {1002, "bob"};
    CHECK(!world.sign_in(bob));
    CHECK(bob.asked().size() == 1);
}

void on_day_31_the_question_comes_again()
{
    World world;
    remember_the_device(world);
    world.clock.advance(days(30) - Seconds(1));
    CHECK(world.verdict_of(Script{}) == Verdict::accepted);
    world.clock.advance(Seconds(1));
    CHECK(world.verdict_of({world.app_code(), "n"}) == Verdict::accepted);
}

void trust_ends_when_policy_shortens_it()
{
    World world;
    remember_the_device(world);
    world.clock.advance(days(7));
    world.policy.trust_days = 7;
    CHECK(world.verdict_of({world.app_code(), "n"}) == Verdict::accepted);
    world.policy.trust_days = 8;
    CHECK(world.verdict_of(Script{}) == Verdict::accepted);
    world.policy.trust_days = 0;
    CHECK(world.verdict_of({world.app_code(1)}) == Verdict::accepted); // and nothing is asked afterwards
}

void trust_that_is_not_used_ends_where_policy_says_so()
{
    World world;
    remember_the_device(world);
    world.policy.trust_max_idle = days(3);
    world.clock.advance(days(2));
    CHECK(world.verdict_of(Script{}) == Verdict::accepted);
    world.clock.advance(days(2));
    CHECK(world.verdict_of(Script{}) == Verdict::accepted);
    world.clock.advance(days(3));
    CHECK(world.verdict_of({world.app_code(), "n"}) == Verdict::accepted);
}

void a_lock_ends_trust_and_the_right_code_does_not_help()
{
    World world;
    remember_the_device(world);
    (void)run_now(world.store.act(world.id(), DeskAct::lock, "lost laptop", AuditEntry{}));
    CHECK(world.verdict_of({world.app_code(1)}) == Verdict::locked);
    (void)run_now(world.store.act(world.id(), DeskAct::unlock, "found", AuditEntry{}));
    CHECK(world.verdict_of({world.app_code(1), "n"}) == Verdict::accepted);
}

void a_lock_that_comes_in_the_middle_is_heeded()
{
    World world;
    world.bind_app();
    const auto lock = [&] { (void)run_now(world.store.act(world.id(), DeskAct::lock, "", AuditEntry{})); };
    ScriptedClaimant person({World::meanwhile(world.app_code(), lock)});
    CHECK(world.verdict_of(person) == Verdict::locked);
    CHECK(person.was_told("This account is locked for now.\nHelp: "));
}

void a_failure_after_the_code_still_refuses_and_names_the_reference()
{
    World world;
    world.bind_app();
    const auto lock = [&] { (void)run_now(world.store.act(world.id(), DeskAct::lock, "", AuditEntry{})); };
    ScriptedClaimant person({world.app_code(), World::meanwhile("y", lock)});
    const auto ended = world.sign_in(person);
    CHECK(!ended && ended.error().detail.ends_with(", reference 0123-45"));
    CHECK(person.was_told("Your sign-in cannot be checked now. Please try again later.\nHelp: "));
    CHECK(!world.has_trust());
}

void after_three_wrong_codes_the_connection_is_over_even_for_the_right_code()
{
    World world;
    world.bind_app();
    const auto wrong = world.wrong_app_code();
    CHECK(world.verdict_of({wrong, wrong, wrong}) == Verdict::locked);
    ScriptedClaimant again({world.app_code()});
    CHECK(world.verdict_of(again) == Verdict::locked);
    CHECK(again.last_asked().find("reference 0123-45\n") != std::string::npos);
    CHECK(world.known().guess_points == 9);

    world.connection = "connection-2";
    CHECK(world.verdict_of({world.app_code(), "n"}) == Verdict::accepted);
    world.connection = "connection-1";
    world.clock.advance(std::chrono::minutes(15));
    CHECK(world.verdict_of({world.app_code(), "n"}) == Verdict::accepted);
}

void used_up_connections_are_kept_for_a_while_and_not_without_end()
{
    Connections connections;
    const WallTime start{Seconds(1795420800)};
    for (int i = 0; i < 10001; ++i)
        connections.remember_used_up(std::to_string(i), "reference", start + Seconds(i / 100));
    CHECK(connections.used_up_as("10000", start + Seconds(200)).has_value());
    int kept = 0;
    for (int i = 0; i < 10001; ++i)
        kept += connections.used_up_as(std::to_string(i), start + Seconds(200)) ? 1 : 0;
    CHECK(kept == 10000);
    CHECK(!connections.used_up_as("10000", start + std::chrono::minutes(17)));
    connections.remember_used_up("", "reference", start);
    CHECK(!connections.used_up_as("", start));
}

void the_first_sign_in_of_a_connection_is_remembered_for_a_quarter_of_an_hour()
{
    Connections connections;
    const WallTime start{Seconds(1795420800)};
    const BootTime boot{Seconds(1000)};
    const auto first_at = [&](const std::string& connection, Seconds later) {
        return connections.first_sign_in(connection, boot + later, start + later) - boot;
    };
    CHECK(first_at("c", Seconds(0)) == Seconds(0));
    CHECK(first_at("c", Seconds(5)) == Seconds(0));
    CHECK(first_at("c", Seconds(899)) == Seconds(0));
    CHECK(first_at("other", Seconds(899)) == Seconds(899));
    CHECK(first_at("c", Seconds(900)) == Seconds(900));
    CHECK(first_at("", Seconds(0)) == Seconds(0) && first_at("", Seconds(5)) == Seconds(5));
}

void a_reused_uid_or_name_is_refused_with_a_sentence()
{
    World world;
    world.bind_app();
    for (const auto& changed : {Identity{1001, "mallory"}, Identity{1007, "alice"}}) {
        world.person = changed;
        ScriptedClaimant person({"123456"});
        CHECK(world.verdict_of(person) == Verdict::locked);
        CHECK(person.last_asked().starts_with("This account changed since it was set up; it must be reset"));
        CHECK(person.last_asked().find("Help: Portal Support 205 555 0100, reference ") != std::string::npos);
        CHECK(world.store.audit().back().detail.starts_with("identity changed"));
    }
}

void two_empty_answers_end_the_attempt_and_cost_nothing()
{
    World world;
    world.bind_app();
    world.bind_text();
    ScriptedClaimant person({"", "  "});
    CHECK(world.verdict_of(person) == Verdict::rejected);
    CHECK(person.asked().at(1).starts_with("Nothing was typed.\nEnter the code from your app, or choose:\n"));
    CHECK(person.was_told("The sign-in ended: nothing was typed.\nHelp: "));
    CHECK(world.known().consecutive_failures == 0);
}

void two_hundred_abandoned_dialogues_send_nothing_lock_nobody_and_cost_nothing()
{
    World world;
    world.bind_text();
    world.bind_voice();
    for (int i = 0; i < 200; ++i) {
        world.connection = "connection-" + std::to_string(i);
        CHECK(world.verdict_of({"", ""}) == Verdict::rejected);
        ScriptedClaimant leaves(Script{});
        CHECK(!world.sign_in(leaves));
    }
    CHECK(world.delivery.messages.empty());
    const auto person = world.known();
    CHECK(person.guess_points == 0 && person.consecutive_failures == 0 && !person.throttled_until);
    CHECK(world.verdict_of({"1", world.code_that_came(), "n"}) == Verdict::accepted);
}

void abandoned_first_sign_ins_leave_nobody_behind()
{
    World world;
    for (int i = 0; i < 200; ++i)
        CHECK(world.verdict_of({"", ""}) == Verdict::rejected);
    CHECK(!world.find());
    CHECK(world.delivery.messages.empty() && world.delivery.judged == 0);
}

void a_saved_password_costs_nothing_is_explained_and_is_kept_nowhere()
{
    World world;
    world.bind_app();
    world.bind_text();
    const std::string password = "Tr0ub4dor&3";
    ScriptedClaimant person({password, password, password});
    CHECK(world.verdict_of(person) == Verdict::rejected);
    CHECK(person.asked().at(1).starts_with(
        "That is no code and no option. Your password is not asked for here.\n"));
    CHECK(person.was_told("The sign-in ended: no code was typed.\nHelp: "));
    CHECK(world.known().guess_points == 0 && world.known().consecutive_failures == 0);
    CHECK(world.delivery.messages.empty());
    for (const auto& row : world.store.audit())
        CHECK((row.event + row.detail + row.method).find("Tr0ub") == std::string::npos);
    for (const auto& prompt : person.asked())
        CHECK(prompt.find("Tr0ub") == std::string::npos);
}

void what_sshd_types_for_accounts_it_will_not_let_in_ends_it_at_once()
{
    World world;
    world.bind_text();
    for (const char* fake : {"\b", "\b\n\r\177IN", "\b\n\r\177INCORRECT\b\n\r"}) {
        ScriptedClaimant person({fake});
        CHECK(world.verdict_of(person) == Verdict::rejected);
        CHECK(person.was_told("The sign-in ended: no code was typed.\n"));
    }
    CHECK(world.delivery.messages.empty());
    CHECK(world.known().consecutive_failures == 0);
}

void hostile_answers_are_answers_like_others()
{
    World world;
    world.bind_app();
    for (const auto& hostile :
         {std::string(512, '9'), std::string("\xff\xfe\x80%n%s"), std::string("\x1b[2J"),
          std::string("' OR 1=1;--"), std::string("0"), std::string(512, ' ') + "x"}) {
        ScriptedClaimant person({hostile, hostile, hostile});
        CHECK(world.verdict_of(person) == Verdict::rejected);
    }
    CHECK(world.known().guess_points == 0);
}

void nobody_keeps_a_dialogue_going_for_ever()
{
    World world;
    world.bind_text();
    Script script{"1"};
    for (int i = 0; i < 40; ++i)
        script.emplace_back("r");
    CHECK(world.verdict_of(std::move(script)) == Verdict::rejected);
    CHECK(world.delivery.messages.size() == 1);
}

void where_enrolment_is_closed_it_is_said_in_one_prompt()
{
    World world;
    world.policy.enrolment = EnrolmentMode::closed;
    ScriptedClaimant person({"1"});
    CHECK(world.verdict_of(person) == Verdict::not_enrolled);
    CHECK(person.last_asked().starts_with("Multi-factor authentication is not set up for this account"));
    CHECK(!world.find());
    CHECK(world.count("sign-in-refused") == 1);
}

void notices_are_shown_once()
{
    World world;
    world.bind_app();
    (void)run_now(world.store.add_notice(world.id(), "The desk did something."));
    ScriptedClaimant first({world.app_code(), "n"});
    CHECK(world.verdict_of(first) == Verdict::accepted);
    CHECK_TEXT(first.told(), "Since your last sign-in:\nThe desk did something.\nIf any of this was not you, "
                             "change your password and tell Portal Support 205\n555 0100.\n");
    CHECK_TEXT(world.store.audit().back().event, "notices-shown");
    CHECK(world.store.audit().back().detail.starts_with("1 of them, reference "));
    ScriptedClaimant second({world.app_code(1), "n"});
    CHECK(world.verdict_of(second) == Verdict::accepted);
    CHECK_TEXT(second.told(), "");
}

void only_yes_is_yes()
{
    for (const char* no : {"n", "no", "N"}) {
        World world;
        world.bind_app();
        CHECK(world.verdict_of({world.app_code(), no}) == Verdict::accepted);
        CHECK(!world.has_trust());
    }
    World silent;
    silent.bind_app();
    CHECK(silent.verdict_of({silent.app_code(), "", ""}) == Verdict::accepted);
    CHECK(!silent.has_trust());
    World puzzled;
    puzzled.bind_app();
    ScriptedClaimant person({puzzled.app_code(), "1", "sure", "ok"});
    CHECK(puzzled.verdict_of(person) == Verdict::accepted);
    CHECK_TEXT(person.told(), ""); // accepted is accepted: no word of an end
    CHECK(!puzzled.has_trust());
    World yes;
    yes.bind_app();
    CHECK(yes.verdict_of({yes.app_code(), "what?", "Yes"}) == Verdict::accepted);
    CHECK(yes.has_trust());
}

/// Whose answer does not come before the end of the time for it.
class Late final : public Claimant {
public:
    Task<SecretString> ask(Prompt) override { co_return Error{ErrorKind::deadline_passed, "no answer"}; }
    void tell(std::string text) override { told += text; }
    std::string told;
};

void an_answer_that_comes_too_late_is_a_refusal_that_says_so()
{
    World world;
    world.bind_app();
    Late person;
    const auto ended = run_now(sign_in(world.ports(), world.connections, person, world.facts()));
    CHECK(!ended && ended.error().kind == ErrorKind::deadline_passed);
    CHECK(person.told.starts_with("The sign-in ended: no answer came in time.\n"));
    CHECK_TEXT(world.store.audit().back().event, "sign-in-refused");
    CHECK(world.store.audit().back().detail.starts_with("no answer in time, reference "));
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(a_trusted_device_is_asked_and_told_nothing_and_leaves_its_audit_row),
        SENTENCE(another_key_another_service_and_another_person_are_asked),
        SENTENCE(on_day_31_the_question_comes_again),
        SENTENCE(trust_ends_when_policy_shortens_it),
        SENTENCE(trust_that_is_not_used_ends_where_policy_says_so),
        SENTENCE(a_lock_ends_trust_and_the_right_code_does_not_help),
        SENTENCE(a_lock_that_comes_in_the_middle_is_heeded),
        SENTENCE(a_failure_after_the_code_still_refuses_and_names_the_reference),
        SENTENCE(after_three_wrong_codes_the_connection_is_over_even_for_the_right_code),
        SENTENCE(used_up_connections_are_kept_for_a_while_and_not_without_end),
        SENTENCE(the_first_sign_in_of_a_connection_is_remembered_for_a_quarter_of_an_hour),
        SENTENCE(a_reused_uid_or_name_is_refused_with_a_sentence),
        SENTENCE(two_empty_answers_end_the_attempt_and_cost_nothing),
        SENTENCE(two_hundred_abandoned_dialogues_send_nothing_lock_nobody_and_cost_nothing),
        SENTENCE(abandoned_first_sign_ins_leave_nobody_behind),
        SENTENCE(a_saved_password_costs_nothing_is_explained_and_is_kept_nowhere),
        SENTENCE(what_sshd_types_for_accounts_it_will_not_let_in_ends_it_at_once),
        SENTENCE(hostile_answers_are_answers_like_others),
        SENTENCE(nobody_keeps_a_dialogue_going_for_ever),
        SENTENCE(where_enrolment_is_closed_it_is_said_in_one_prompt),
        SENTENCE(notices_are_shown_once),
        SENTENCE(only_yes_is_yes),
        SENTENCE(an_answer_that_comes_too_late_is_a_refusal_that_says_so),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
