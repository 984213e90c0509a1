#include "call/outcome.h"

#include <algorithm>
#include <fmt/format.h>
#include <sysexits.h>

namespace ssp {

namespace {

CallEnd meaning(std::uint16_t status, bool challenged) noexcept
{
    switch (status) {
    case 401:
    case 407: return CallEnd::credentials;
    case 403: return challenged ? CallEnd::credentials : CallEnd::refused;
    case 404: // Not Found
    case 410: // Gone
    case 416: // Unsupported URI Scheme
    case 484: // Address Incomplete
    case 485: // Ambiguous
    case 604: // Does Not Exist Anywhere
        return CallEnd::undialable;
    case 408: // Request Timeout: the server rang long enough
    case 480: // Temporarily Unavailable
    case 487: // Request Terminated: our CANCEL
        return CallEnd::no_answer;
    case 486:
    case 600: return CallEnd::busy;
    case 415: // Unsupported Media Type
    case 420: // Bad Extension
    case 421: // Extension Required
    case 488: // Not Acceptable Here: codecs, or SRTP
    case 493: // Undecipherable
    case 494: // Security Agreement Required
    case 606: // Not Acceptable
        return CallEnd::configuration;
    default: break;
    }
    if (status < 400) // a redirection: we call the number that was proven, no other
        return CallEnd::configuration;
    return status / 100 == 5 ? CallEnd::server_failed : CallEnd::refused;
}

} // namespace

std::string_view word(CallEnd end) noexcept
{
    switch (end) {
    case CallEnd::played: return "played";
    case CallEnd::hung_up: return "hung-up";
    case CallEnd::busy: return "busy";
    case CallEnd::refused: return "refused";
    case CallEnd::no_answer: return "no-answer";
    case CallEnd::no_key: return "no-key";
    case CallEnd::undialable:
    case CallEnd::unreachable:
    case CallEnd::server_failed:
    case CallEnd::credentials:
    case CallEnd::configuration: break;
    }
    return "failed";
}

int exit_code(CallEnd end) noexcept
{
    switch (end) {
    case CallEnd::played: return EX_OK;
    case CallEnd::hung_up: return 1;
    case CallEnd::busy:
    case CallEnd::refused: return 2;
    case CallEnd::no_answer: return 3;
    case CallEnd::no_key: return 4;
    case CallEnd::undialable: return EX_DATAERR;
    case CallEnd::unreachable: return EX_UNAVAILABLE;
    case CallEnd::server_failed: return EX_TEMPFAIL;
    case CallEnd::credentials: return EX_NOPERM;
    case CallEnd::configuration: break;
    }
    return EX_CONFIG;
}

Outcome outcome_of_status(std::uint16_t status, std::string_view reason, bool challenged)
{
    return {meaning(status, challenged), printable(fmt::format("{} {}", status, reason))};
}

std::string printable(std::string_view text)
{
    std::string safe(text.substr(0, 120));
    std::replace_if(
        safe.begin(), safe.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
    while (!safe.empty() && safe.back() == ' ')
        safe.pop_back();
    return safe;
}

} // namespace ssp
