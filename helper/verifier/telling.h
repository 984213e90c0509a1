#pragma once
// Notices on their way: what the store decided to tell (owner_news.h) becomes a text message. Runs in the
// background of what it is about: nobody waits for it, and whoever leaves does not stop it.
#include "verifier/ports.h"

#include <string>

namespace ssp {

/// Sends one notice to the owner's number, once; nothing is tried again. `telling` has a number. A number
/// that the rules permit no more gets nothing. Returns what delivery answered. Errors: delivery_unavailable
/// (nothing was sent).
Task<DeliveryOutcome> tell_owner(Ports ports, Telling telling);

/// What the administrator is told at once of some time.
struct AdministratorsNews {
    int count = 0;
    std::string last_person; ///< by name
    WallTime at{};           ///< of the last one
};

/// Sends one summary to Policy::administrator, which is set, when the store has counted it. Returns and
/// errors as tell_owner(), and as Store; `bad_number` too when there were too many today.
Task<DeliveryOutcome> tell_administrator(Ports ports, AdministratorsNews news);

} // namespace ssp
