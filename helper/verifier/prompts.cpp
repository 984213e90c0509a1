#include "verifier/prompts.h"

#include <algorithm>
#include <fmt/format.h>

namespace ssp::prompts {

namespace {

/// Room for any prompt with a secret in it: a buffer that never grows leaves no copies behind.
constexpr std::size_t room = 8192;

std::string_view word_for(int digits)
{
    switch (digits) {
    case 5: return "five";
    case 6: return "six";
    default: return "eight";
    }
}

std::string option_range(std::size_t options) { return fmt::format("Passcode or option (1-{}): ", options); }

std::string line_of(AuthenticatorKind way, int voice_digits)
{
    switch (way) {
    case AuthenticatorKind::text_message:
        return "Text message          a six-digit code to your mobile phone";
    case AuthenticatorKind::voice_call:
        return fmt::format("Automated voice call  a {}-digit code, spoken to any phone",
                           word_for(voice_digits));
    case AuthenticatorKind::authenticator_app: break;
    }
    return "Authenticator app     a six-digit code from Google Authenticator or similar";
}

/// login(1) gives 60 seconds.
std::string not_set_up_here(const std::vector<AuthenticatorKind>& ways)
{
    if (ways.size() > 1)
        return "Calls and apps are not set up here: this login gives 60 seconds. Use ssh.\n";
    return fmt::format("{} is not set up here: this login gives 60 seconds. Sign in over ssh for it.\n",
                       ways[0] == AuthenticatorKind::voice_call ? "A call" : "An app");
}

std::string long_name(AuthenticatorKind kind)
{
    return kind == AuthenticatorKind::authenticator_app ? "authenticator app" : name(kind);
}

constexpr std::string_view app_keys_with_qr =
    "i = invert (light screen), k = key only, c = choose another way\n";
constexpr std::string_view app_keys_without_qr = "c = choose another way\n";

} // namespace

std::string help(std::string_view contact, std::string_view reference)
{
    const auto line = fmt::format("Help: {}, reference {}", contact, reference);
    return line.size() <= line_columns ? line : fmt::format("Help: {},\nreference {}", contact, reference);
}

std::string name(AuthenticatorKind kind)
{
    switch (kind) {
    case AuthenticatorKind::text_message: return "text message";
    case AuthenticatorKind::voice_call: return "voice call";
    case AuthenticatorKind::authenticator_app: break;
    }
    return "app";
}

std::string ending(const SecretString& number)
{
    const auto digits = number.reveal();
    return std::string(digits.substr(digits.size() - std::min<std::size_t>(digits.size(), 2)));
}

std::string choose_first_way(const std::vector<AuthenticatorKind>& ways, int voice_digits,
                             const std::vector<AuthenticatorKind>& need_time, std::string_view help)
{
    std::string out = "Set up multi-factor authentication: once, about two minutes.\n"
                      "Choose how to receive your access code:\n";
    for (std::size_t i = 0; i < ways.size(); ++i)
        out += fmt::format("  {}  {}\n", i + 1, line_of(ways[i], voice_digits));
    if (!need_time.empty())
        out += not_set_up_here(need_time);
    out += fmt::format("{}\n{}", help, option_range(ways.size()));
    return out;
}

std::string ask_for_number(AuthenticatorKind kind, std::string_view region)
{
    return fmt::format("{} (outside {} begin with +): ",
                       kind == AuthenticatorKind::voice_call ? "Phone number" : "Mobile phone number",
                       region == "US" ? "the US" : region);
}

std::string offer_second_way(const std::vector<AuthenticatorKind>& ways, AuthenticatorKind bound)
{
    std::string choices;
    for (std::size_t i = 0; i < ways.size(); ++i)
        if (ways[i] != bound)
            choices += fmt::format("{} = {}, ", i + 1, name(ways[i]));
    return fmt::format("{} A second way helps if you lose your phone.\nAdd one now? {}n = later: ",
                       is_set_up(bound), choices);
}

std::string is_set_up(AuthenticatorKind kind) { return capitalised(long_name(kind)) + " is set up."; }

std::string show_recovery_codes(const std::vector<SecretString>& codes)
{
    std::string out;
    out.reserve(room);
    out += "Recovery codes: each works once, without a phone. Keep them safe.\n";
    static constexpr std::size_t on_a_line = 3;
    for (std::size_t i = 0; i < codes.size(); ++i) {
        out += i % on_a_line == 0 ? "  " : "   ";
        out += codes[i].reveal();
        if (i % on_a_line == on_a_line - 1 || i + 1 == codes.size())
            out += '\n';
    }
    out += "Type saved, or later (make new ones with ssp-mfa): ";
    return out;
}

std::string app_by_qr(const SecretString& qr, const SecretString& grouped_key)
{
    std::string out;
    out.reserve(room);
    out += "Scan this with your authenticator app, or type the key.\n";
    out += qr.reveal();
    out += "Key: ";
    out += grouped_key.reveal();
    out += '\n';
    out += app_keys_with_qr;
    out += "Verification code: ";
    return out;
}

std::string app_by_key(const SecretString& grouped_key, std::string_view issuer, std::string_view account,
                       bool qr_fits)
{
    std::string out;
    out.reserve(room);
    out += "Type this key into your authenticator app, as a time-based key.\nKey: ";
    out += grouped_key.reveal();
    out += '\n';
    if (is_plain(account, 40))
        out += fmt::format("Account: {} at {}\n", account, issuer);
    out += qr_fits ? "i = QR code, c = choose another way\n" : app_keys_without_qr;
    out += "Verification code: ";
    return out;
}

std::string app_again(bool qr_fits)
{
    return fmt::format("{}Verification code: ", qr_fits ? app_keys_with_qr : app_keys_without_qr);
}

std::string code_is_on_its_way(const PhoneOption& to, std::string_view tag, int digits, Seconds life)
{
    if (to.kind == AuthenticatorKind::voice_call)
        return fmt::format("Calling the number ending {}. Press 1 on the phone to hear {} digits.", to.ending,
                           word_for(digits));
    return fmt::format("Sent to the number ending {}. The message begins {}. Valid {}.", to.ending, tag,
                       duration(life));
}

std::string ask_for_code(AuthenticatorKind kind)
{
    return fmt::format("r = {} again, c = choose another way\nVerification code: ",
                       kind == AuthenticatorKind::voice_call ? "call" : "send");
}

std::string choose_factor(const std::vector<PhoneOption>& phones, bool app, bool recovery_code)
{
    std::vector<std::string> typed;
    if (app)
        typed.emplace_back("the code from your app");
    if (recovery_code)
        typed.emplace_back("a recovery code");
    if (phones.empty())
        return fmt::format("Enter {}.\nVerification code: ", joined(typed));

    typed.emplace_back("choose");
    std::string out = typed.size() == 1      ? "Choose how to receive your access code:\n"
                      : app && recovery_code ? "Enter the code from your app, a recovery code, or choose:\n"
                                             : fmt::format("Enter {}, or choose:\n", typed[0]);
    for (std::size_t i = 0; i < phones.size(); ++i)
        out += fmt::format("  {}  {} to the number ending {}\n", i + 1, capitalised(name(phones[i].kind)),
                           phones[i].ending);
    return out + option_range(phones.size());
}

std::string wrong_code(std::string_view what, int tries_left)
{
    return fmt::format("{} {} left.", what, tries_left == 1 ? "1 try" : fmt::format("{} tries", tries_left));
}

std::string nothing_typed() { return "Nothing was typed."; }

std::string not_a_code() { return "That is no code and no option. Your password is not asked for here."; }

std::string has_other_digits(int digits) { return fmt::format("This code has {} digits.", word_for(digits)); }

std::string other_way_first() { return "This is not the code that was sent. For another way type c first."; }

std::string no_app_bound() { return "That is no option. Choose one first; the code is sent then."; }

std::string no_recovery_code_left() { return "There is no recovery code for this account, or none is left."; }

std::string number_refused(std::string_view reason)
{
    return wrapped(fmt::format("{} Please check the number.",
                               is_plain(reason, 200) ? reason : "This number cannot be used."));
}

std::string cannot_check_numbers()
{
    return "Numbers cannot be checked now. Choose another way, or try later.";
}

std::string saved_or_later() { return "Please type saved or later; your password is not asked for here."; }

std::string yes_or_no() { return "Please type y or n."; }

std::string code_is_over() { return "That code is no longer good: it has expired, or a newer one was sent."; }

std::string code_is_used_up() { return "The tries for this code are used up: type r for a new one."; }

std::string wait_before_next(Seconds wait)
{
    return fmt::format("Not so soon after the last one: please wait {}.", duration(wait));
}

std::string sent_too_often() { return "No more messages or calls for now: today's are used up."; }

std::string sending_is_held_back()
{
    return "No message or call can be sent just now. Please try again later.";
}

std::string sending_is_off()
{
    return "Messages and calls are off for now: there were too many wrong codes.";
}

std::string calling_is_off() { return "Calls are off for now: there were too many wrong codes."; }

std::string app_is_off() { return "App codes are off for now: there were too many wrong codes."; }

std::string code_is_off(AuthenticatorKind kind, TryAnswer answer)
{
    if (answer == TryAnswer::authenticator_disabled)
        return is_disabled(kind);
    if (answer == TryAnswer::everybody_spent)
        return codes_are_held_back();
    return kind == AuthenticatorKind::authenticator_app ? app_is_off() : sending_is_off();
}

std::string codes_are_held_back() { return "Codes cannot be used just now. Please try again later."; }

std::string is_disabled(AuthenticatorKind kind)
{
    return fmt::format("Codes by {} are off for this account: too many wrong ones in a row.", name(kind));
}

std::string could_not_send(const PhoneOption& to)
{
    return to.kind == AuthenticatorKind::voice_call
               ? fmt::format("The call to the number ending {} could not be made.", to.ending)
               : fmt::format("The text message to the number ending {} could not be sent.", to.ending);
}

std::string number_does_not_take(const PhoneOption& to)
{
    return fmt::format("The number ending {} cannot be reached by {}.", to.ending, name(to.kind));
}

std::string unclear_whether_sent(AuthenticatorKind kind)
{
    return kind == AuthenticatorKind::voice_call
               ? "It is not certain that the call was made; if it comes, its code is not valid."
               : "It is not certain that the message was sent; if it comes, its code is not valid.";
}

std::string call_stands(const PhoneOption& to, CallState state)
{
    switch (state) {
    case CallState::unknown: break;
    case CallState::calling: return fmt::format("The number ending {} is being called.", to.ending);
    case CallState::ringing: return fmt::format("The phone ending {} is ringing.", to.ending);
    case CallState::answered: return "Answered: press 1 on the phone to hear the code.";
    case CallState::speaking: return "The code is being spoken.";
    case CallState::played: return "The call ended; the code was spoken.";
    case CallState::no_key: return "The call ended: nobody pressed 1, so the code was not spoken.";
    case CallState::hung_up: return "The call ended: hung up before the code was spoken.";
    case CallState::busy: return "The call ended: busy.";
    case CallState::no_answer: return "The call ended: nobody answered.";
    case CallState::refused: return "The call ended: it was refused.";
    case CallState::failed: return "The call ended: it failed.";
    }
    return {};
}

std::string no_time_for_a_call()
{
    return "A voice call takes about a minute: this sign-in ends before that.";
}

std::string no_calls_here()
{
    return "No voice calls here: this login gives 60 seconds. Sign in over ssh for them.";
}

std::string still_works(const std::vector<std::string>& ways, std::string_view contact,
                        std::string_view reference)
{
    if (ways.empty())
        return wrapped(fmt::format("Please ask {}, reference {}.", contact, reference));
    return wrapped(
        fmt::format("What still works: {}. Or ask {}, reference {}.", joined(ways), contact, reference));
}

std::string ask_to_remember(std::string_view device_label, int days, WallTime until)
{
    const bool is_key = device_label.starts_with("SSH key ");
    return fmt::format("Do not challenge me on this device for the next {}?\n"
                       "Device: {}\n"
                       "  y  no codes {} until {}\n"
                       "  n  ask me every time\n"
                       "y or n: ",
                       counted(days, "day"), device_label, is_key ? "with this key" : "on this device",
                       day_and_month(until));
}

std::string recovery_codes_left(int count)
{
    return fmt::format("Recovery code accepted; {} left. Make new ones with ssp-mfa recovery-codes.",
                       count == 1 ? "1 is" : fmt::format("{} are", count));
}

std::string since_last_sign_in(const std::vector<std::string>& notices, std::string_view contact)
{
    static constexpr std::size_t most_shown = 6;
    const auto left_out = notices.size() - std::min(notices.size(), most_shown);
    std::string text = "Since your last sign-in:\n";
    if (left_out > 0)
        text += fmt::format("({} earlier, in the audit trail)\n", left_out);
    for (auto i = left_out; i < notices.size(); ++i)
        text += wrapped(notices[i]) + '\n';
    return text +
           wrapped(fmt::format("If any of this was not you, change your password and tell {}.", contact));
}

std::string disabled_notice(std::string_view method, std::string_view contact)
{
    return fmt::format("Codes by {} were turned off for your account: too many wrong ones in a row. If that "
                       "was not you, somebody may know your password. {} turns them on again.",
                       method, contact);
}

std::string closing(std::string_view text, std::string_view help)
{
    return fmt::format("{}\n{}\nPress Enter to close: ", wrapped(text), help);
}

std::string locked() { return "This account is locked for now."; }

std::string throttled(Seconds wait)
{
    return fmt::format("There were too many wrong codes. You can try again in {}.", duration(wait));
}

std::string connection_used_up() { return "The tries of this connection are used up: too many wrong codes."; }

std::string identity_changed()
{
    return "This account changed since it was set up; it must be reset before it can be used.";
}

std::string enrolment_closed()
{
    return "Multi-factor authentication is not set up for this account, and cannot be set up now.";
}

std::string no_way_here()
{
    return "Multi-factor authentication cannot be set up here. Sign in over ssh to set it up.";
}

std::string no_way_left() { return "None of the ways to get a code can be used for this account now."; }

std::string enrolled_meanwhile()
{
    return "Multi-factor authentication was set up in another window. Sign in again to use it.";
}

std::string tries_used_up()
{
    return "There were too many wrong codes. The tries of this connection are used up.";
}

std::string ended_without_answer() { return "The sign-in ended: nothing was typed."; }

std::string ended_without_code() { return "The sign-in ended: no code was typed."; }

std::string no_answer_in_time() { return "The sign-in ended: no answer came in time."; }

std::string clock_is_wrong()
{
    return "The clock of this computer is wrong, so no code can be checked.\n"
           "Nobody can sign in until an administrator has set it right.";
}

std::string helper_cannot_decide() { return "Your sign-in cannot be checked now. Please try again later."; }

} // namespace ssp::prompts
