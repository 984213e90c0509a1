// Whole conversations, word for word, as a person under sshd sees them.
#include "sign_in_world.h"

#include "support/cmocka.h"

using namespace ssp;
using namespace ssp::testing;

namespace {

const char* const first_screen = R"(Set up multi-factor authentication: once, about two minutes.
Choose how to receive your access code:
  1  Text message          a six-digit code to your mobile phone
  2  Automated voice call  a five-digit code, spoken to any phone
  3  Authenticator app     a six-digit code from Google Authenticator or similar
Help: Portal Support 205 555 0100, reference 0123-45
Passcode or option (1-3): )";

const char* const device_question = R"(Do not challenge me on this device for the next 30 days?
Device: SSH key ending 5kpw
  y  no codes with this key until 23 December
  n  ask me every time
y or n: )";

void a_first_sign_in_by_text_message()
{
    World world;
    ScriptedClaimant person({"1", "205 555 0123", world.code_that_came(), "n", "saved", "y"});
    CHECK(world.verdict_of(person) == Verdict::accepted);
    CHECK_TEXT(person.screen(), std::string(first_screen) +
                                    R"(1
Mobile phone number (outside the US begin with +): 205 555 0123
Sent to the number ending 23. The message begins U7. Valid 5 minutes.
r = send again, c = choose another way
Verification code: {code}
Text message is set up. A second way helps if you lose your phone.
Add one now? 2 = voice call, 3 = app, n = later: n
Recovery codes: each works once, without a phone. Keep them safe.
  YZ01-2345-6789A   BCDE-FGHJ-KMNPQ   RSTV-WXYZ-01234
  5678-9ABC-DEFGH   JKMN-PQRS-TVWXY   Z012-3456-789AB
Type saved, or later (make new ones with ssp-mfa): saved
)" + device_question + "y\n");
}

void a_first_sign_in_by_voice_call_and_a_text_message_beside_it()
{
    World world;
    ScriptedClaimant person({"2", "205 555 0107", world.code_that_came(), "1", "205 555 0123",
                             world.code_that_came(), "later", "n"});
    CHECK(world.verdict_of(person) == Verdict::accepted);
    CHECK_TEXT(person.screen(), std::string(first_screen) +
                                    R"(2
Phone number (outside the US begin with +): 205 555 0107
Calling the number ending 07. Press 1 on the phone to hear five digits.
r = call again, c = choose another way
Verification code: {code}
Voice call is set up. A second way helps if you lose your phone.
Add one now? 1 = text message, 3 = app, n = later: 1
Mobile phone number (outside the US begin with +): 205 555 0123
Sent to the number ending 23. The message begins F6. Valid 5 minutes.
r = send again, c = choose another way
Verification code: {code}
Text message is set up.
Recovery codes: each works once, without a phone. Keep them safe.
  NPQR-STVW-XYZ01   2345-6789-ABCDE   FGHJ-KMNP-QRSTV
  WXYZ-0123-45678   9ABC-DEFG-HJKMN   PQRS-TVWX-YZ012
Type saved, or later (make new ones with ssp-mfa): later
)" + device_question + "n\n");
}

void a_first_sign_in_by_app()
{
    World world;
    ScriptedClaimant person({"3", "k", world.code_of_shown_key(), "n", "saved", "n"});
    CHECK(world.verdict_of(person) == Verdict::accepted);
    const auto screen = person.screen();
    const auto by_key = screen.find("Type this key");
    CHECK_TEXT(screen.substr(0, screen.find("█")),
               std::string(first_screen) + "3\nScan this with your authenticator app, or type the key.\n");
    CHECK_TEXT(screen.substr(screen.find("Key: "), by_key - screen.find("Key: ")),
               R"(Key: EYTS QKJK FMWC 2LRP GAYT EMZU GU3D OOBZ
i = invert (light screen), k = key only, c = choose another way
Verification code: k
)");
    CHECK_TEXT(screen.substr(by_key, screen.find("Recovery codes:") - by_key),
               R"(Type this key into your authenticator app, as a time-based key.
Key: EYTS QKJK FMWC 2LRP GAYT EMZU GU3D OOBZ
Account: alice at SSP
i = QR code, c = choose another way
Verification code: {code}
Authenticator app is set up. A second way helps if you lose your phone.
Add one now? 1 = text message, 2 = voice call, n = later: n
)");
}

void a_later_sign_in_by_voice_call()
{
    World world;
    world.bind_app();
    world.bind_text();
    world.bind_voice();
    world.give_recovery_codes();
    ScriptedClaimant person({"2", world.code_that_came(), "y"});
    CHECK(world.verdict_of(person) == Verdict::accepted);
    CHECK_TEXT(person.screen(), std::string(R"(Enter the code from your app, a recovery code, or choose:
  1  Text message to the number ending 23
  2  Voice call to the number ending 07
Passcode or option (1-2): 2
Calling the number ending 07. Press 1 on the phone to hear five digits.
r = call again, c = choose another way
Verification code: {code}
)") + device_question + "y\n");
}

/// What the call does while the person types `text`.
Step meanwhile_call(World& world, std::string text, CallState state)
{
    return World::meanwhile(std::move(text), [&world, state] { world.delivery.call_is(state); });
}

void a_call_that_is_watched_by_pressing_enter()
{
    World world;
    world.bind_voice();
    world.bind_app();
    world.delivery.new_calls = CallState::ringing;
    ScriptedClaimant person(
        {"1", meanwhile_call(world, "", CallState::answered), meanwhile_call(world, "", CallState::speaking),
         meanwhile_call(world, "", CallState::played), world.another_code(), world.code_that_came(), "n"});
    CHECK(world.verdict_of(person) == Verdict::accepted);
    CHECK_TEXT(person.screen(), std::string(R"(Enter the code from your app, or choose:
  1  Voice call to the number ending 07
Passcode or option (1-1): 1
Calling the number ending 07. Press 1 on the phone to hear five digits.
r = call again, c = choose another way
Verification code: 
Answered: press 1 on the phone to hear the code.
r = call again, c = choose another way
Verification code: 
The code is being spoken.
r = call again, c = choose another way
Verification code: 
The call ended; the code was spoken.
r = call again, c = choose another way
Verification code: {wrong}
That code is not valid, 2 tries left.
r = call again, c = choose another way
Verification code: {code}
)") + device_question + "n\n");
}

void a_call_that_nobody_answers_and_another_that_is_heard()
{
    World world;
    world.bind_text();
    world.bind_voice();
    world.bind_app();
    world.give_recovery_codes();
    world.delivery.new_calls = CallState::ringing;
    const auto look = World::meanwhile("", [&] { world.clock.advance(Seconds(12)); });
    const auto later = World::meanwhile("r", [&] { world.clock.advance(Seconds(5)); });
    ScriptedClaimant person({"2", look,
                             World::meanwhile("",
                                              [&] {
                                                  world.clock.advance(Seconds(14));
                                                  world.delivery.call_is(CallState::no_answer);
                                              }),
                             later, world.code_that_came(), "n"});
    CHECK(world.verdict_of(person) == Verdict::accepted);
    CHECK_TEXT(person.screen(), std::string(R"(Enter the code from your app, a recovery code, or choose:
  1  Text message to the number ending 23
  2  Voice call to the number ending 07
Passcode or option (1-2): 2
Calling the number ending 07. Press 1 on the phone to hear five digits.
r = call again, c = choose another way
Verification code: 
The phone ending 07 is ringing.
r = call again, c = choose another way
Verification code: 
The call ended: nobody answered.
What still works: text message, app code or recovery code. Or ask Portal
Support 205 555 0100, reference EFGH-JK.
r = call again, c = choose another way
Verification code: r
Calling the number ending 07. Press 1 on the phone to hear five digits.
r = call again, c = choose another way
Verification code: {code}
)") + device_question + "n\n");
}

void a_call_at_the_console_would_take_too_long()
{
    World world;
    world.service = "login";
    world.bind_voice();
    world.bind_app();
    ScriptedClaimant person({world.app_code()});
    CHECK(world.verdict_of(person) == Verdict::accepted);
    CHECK_TEXT(person.asked().front(),
               "No voice calls here: this login gives 60 seconds. Sign in over ssh for them.\n"
               "Enter the code from your app.\nVerification code: ");

    World other;
    other.service = "login";
    other.bind_voice();
    ScriptedClaimant nobody({""});
    CHECK(other.verdict_of(nobody) == Verdict::locked);
    CHECK_TEXT(nobody.screen(),
               R"(No voice calls here: this login gives 60 seconds. Sign in over ssh for them.
Help: Portal Support 205 555 0100, reference 0123-45
Press Enter to close: 
)");
}

void a_later_sign_in_by_text_message_with_a_slip()
{
    World world;
    world.bind_text();
    ScriptedClaimant person({"1", world.another_code(), world.code_that_came(), "n"});
    CHECK(world.verdict_of(person) == Verdict::accepted);
    CHECK_TEXT(person.screen(), std::string(R"(Choose how to receive your access code:
  1  Text message to the number ending 23
Passcode or option (1-1): 1
Sent to the number ending 23. The message begins U7. Valid 5 minutes.
r = send again, c = choose another way
Verification code: {wrong}
That code is not valid, 2 tries left.
r = send again, c = choose another way
Verification code: {code}
)") + device_question + "n\n");
}

void a_later_sign_in_with_only_an_app_is_one_question()
{
    World world;
    world.bind_app();
    world.give_recovery_codes();
    ScriptedClaimant person({world.app_code(), "n"});
    CHECK(world.verdict_of(person) == Verdict::accepted);
    CHECK_TEXT(person.asked().front(),
               "Enter the code from your app or a recovery code.\nVerification code: ");
}

void a_recovery_code_says_how_many_are_left()
{
    World world;
    world.bind_app();
    const auto codes = world.give_recovery_codes();
    ScriptedClaimant person({codes[0], "n"});
    CHECK(world.verdict_of(person) == Verdict::accepted);
    CHECK_TEXT(person.told(),
               "Recovery code accepted; 5 are left. Make new ones with ssp-mfa recovery-codes.\n");
}

void a_person_without_a_key_reads_why_the_device_is_not_remembered()
{
    World world;
    world.bind_app();
    world.key.clear();
    ScriptedClaimant person({world.app_code()});
    CHECK(world.verdict_of(person) == Verdict::accepted);
    CHECK_TEXT(person.told(), "This device cannot be remembered: it did not sign in with an SSH key.\n");
}

void a_locked_person_reads_why_whom_to_call_and_what_to_say()
{
    World world;
    world.bind_app();
    (void)run_now(world.store.act(world.id(), DeskAct::lock, "asked by phone", AuditEntry{}));
    ScriptedClaimant person({""});
    CHECK(world.verdict_of(person) == Verdict::locked);
    CHECK_TEXT(person.screen(), R"(This account is locked for now.
Help: Portal Support 205 555 0100, reference 0123-45
Press Enter to close: 
)");
}

void a_person_whose_tries_are_used_up_reads_it_at_once_and_in_the_next_call()
{
    World world;
    world.bind_app();
    const auto wrong = world.wrong_app_code();
    ScriptedClaimant person({wrong, wrong, wrong});
    CHECK(world.verdict_of(person) == Verdict::locked);
    CHECK_TEXT(person.told(), "There were too many wrong codes. The tries of this connection are used up.\n"
                              "Help: Portal Support 205 555 0100, reference 0123-45\n");
    ScriptedClaimant again({""});
    CHECK(world.verdict_of(again) == Verdict::locked);
    CHECK_TEXT(again.screen(), R"(The tries of this connection are used up: too many wrong codes.
Help: Portal Support 205 555 0100, reference 0123-45
Press Enter to close: 
)");
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(a_first_sign_in_by_text_message),
        SENTENCE(a_first_sign_in_by_voice_call_and_a_text_message_beside_it),
        SENTENCE(a_first_sign_in_by_app),
        SENTENCE(a_later_sign_in_by_voice_call),
        SENTENCE(a_call_that_is_watched_by_pressing_enter),
        SENTENCE(a_call_that_nobody_answers_and_another_that_is_heard),
        SENTENCE(a_call_at_the_console_would_take_too_long),
        SENTENCE(a_later_sign_in_by_text_message_with_a_slip),
        SENTENCE(a_later_sign_in_with_only_an_app_is_one_question),
        SENTENCE(a_recovery_code_says_how_many_are_left),
        SENTENCE(a_person_without_a_key_reads_why_the_device_is_not_remembered),
        SENTENCE(a_locked_person_reads_why_whom_to_call_and_what_to_say),
        SENTENCE(a_person_whose_tries_are_used_up_reads_it_at_once_and_in_the_next_call),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
