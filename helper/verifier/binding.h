#pragma once
// The ceremonies that bind one authenticator.
#include "verifier/attempt.h"

namespace ssp {

/// Whether the person may have an authenticator already.
enum class Binding {
    first,   ///< no: refused as soon as somebody else bound one meanwhile
    further, ///< yes: one was proven in this attempt
};

/// Asks for a number, has it judged and frozen, sends a code to it, and binds it when the code came back.
/// `kind`: text message or voice call. True: bound. False: the person chose another way, this way does not
/// work now (said before the next question), or the attempt is over.
Task<bool> bind_phone(Attempt& attempt, SubscriberId subscriber, AuthenticatorKind kind, Binding binding);

/// Shows a new key, as a QR code and in letters, and binds it when a code made from it came back.
Task<bool> bind_app(Attempt& attempt, SubscriberId subscriber, Binding binding);

/// True if what was typed is the ending of `e164`: then whoever judged the number has not put another in its
/// place. Zeros that a number begins with inside its country do not count; after "+" all digits must be
/// there.
bool is_ending_of(std::string_view typed, std::string_view e164) noexcept;

} // namespace ssp
