#pragma once
// Every word that a person reads during a sign-in. Pure functions from values to text.
//
// ASCII, but for the QR code; no escape sequences; at most 24 lines of 80 columns in one prompt. Question
// ends are wordings that graphical clients recognise ("Verification code: ", "Passcode or option (1-3): ").
// What a person must see before they answer is part of the question: sshd shows nothing earlier.
#include "verifier/ports.h"
#include "verifier/wording.h"

#include <string>
#include <string_view>
#include <vector>

namespace ssp::prompts {

/// A numbered way to have a code sent.
struct PhoneOption {
    AuthenticatorKind kind = AuthenticatorKind::text_message;
    std::string ending; ///< the last two digits of the number
};

// Parts

/// "Help: CONTACT, reference REFERENCE", on two lines when it is long.
std::string help(std::string_view contact, std::string_view reference);
/// "text message", "voice call", "app".
std::string name(AuthenticatorKind kind);
/// The last two digits of an E.164 number.
std::string ending(const SecretString& number);

// First sign-in

/// `ways`: what may be chosen, numbered from 1. `help`: of help(). `need_time`: calls and apps that are left
/// out because this is login(1), which gives 60 seconds.
std::string choose_first_way(const std::vector<AuthenticatorKind>& ways, int voice_digits,
                             const std::vector<AuthenticatorKind>& need_time, std::string_view help);
std::string ask_for_number(AuthenticatorKind kind, std::string_view region);
/// `ways`: as the first screen numbered them; `bound`: the one that is set up and is not offered again.
std::string offer_second_way(const std::vector<AuthenticatorKind>& ways, AuthenticatorKind bound);
std::string is_set_up(AuthenticatorKind kind);
/// `codes`: in groups, as grouped_look_up_secret() makes them.
std::string show_recovery_codes(const std::vector<SecretString>& codes);
/// `qr`: of qr_code().
std::string app_by_qr(const SecretString& qr, const SecretString& grouped_key);
std::string app_by_key(const SecretString& grouped_key, std::string_view issuer, std::string_view account,
                       bool qr_fits);
/// After a wrong code or a question about it, without the key.
std::string app_again(bool qr_fits);

// Codes

std::string code_is_on_its_way(const PhoneOption& to, std::string_view tag, int digits, Seconds life);
std::string ask_for_code(AuthenticatorKind kind);
/// The question to somebody who is enrolled; at least one of the three must be there.
std::string choose_factor(const std::vector<PhoneOption>& phones, bool app, bool recovery_code);

// What stands above the next question

std::string wrong_code(std::string_view what, int tries_left);
std::string nothing_typed();
std::string not_a_code();
std::string has_other_digits(int digits);
std::string other_way_first();
std::string no_app_bound();
std::string no_recovery_code_left();
std::string number_refused(std::string_view reason);
std::string cannot_check_numbers();
std::string saved_or_later();
std::string yes_or_no();
std::string code_is_over();
std::string code_is_used_up();
std::string wait_before_next(Seconds wait);
std::string sent_too_often();
std::string sending_is_held_back();
std::string sending_is_off();
std::string calling_is_off();
std::string app_is_off();
/// A code of `kind` cannot be judged; `answer`: why, a refusal of Store::reserve_try().
std::string code_is_off(AuthenticatorKind kind, TryAnswer answer);
std::string codes_are_held_back();
std::string is_disabled(AuthenticatorKind kind);
std::string could_not_send(const PhoneOption& to);
std::string number_does_not_take(const PhoneOption& to);
std::string unclear_whether_sent(AuthenticatorKind kind);
/// What a call to `to` does now, or how it ended; "" when nobody knows.
std::string call_stands(const PhoneOption& to, CallState state);
std::string no_time_for_a_call();
/// At login(1).
std::string no_calls_here();
/// `ways`: what can still be used, in words.
std::string still_works(const std::vector<std::string>& ways, std::string_view contact,
                        std::string_view reference);

// After the code

std::string ask_to_remember(std::string_view device_label, int days, WallTime until);
std::string recovery_codes_left(int count);
/// What happened meanwhile, newest last; at most 15 lines, so that the question about the device still fits
/// under it. `notices`: at least one.
std::string since_last_sign_in(const std::vector<std::string>& notices, std::string_view contact);
/// `method`: of method_of().
std::string disabled_notice(std::string_view method, std::string_view contact);

// Ends

/// A refusal inside a prompt, so that it is read.
std::string closing(std::string_view text, std::string_view help);
std::string locked();
std::string throttled(Seconds wait);
std::string connection_used_up();
std::string identity_changed();
std::string enrolment_closed();
std::string no_way_here();
std::string no_way_left();
std::string enrolled_meanwhile();
std::string tries_used_up();
std::string ended_without_answer();
std::string ended_without_code();
std::string no_answer_in_time();
std::string helper_cannot_decide();
/// The clock of the host lies before what it has seen: nobody can sign in.
std::string clock_is_wrong();

} // namespace ssp::prompts
