#pragma once
// How a call ends, and how the one who started this program hears of it.
#include <cstdint>
#include <string>
#include <string_view>

namespace ssp {

enum class CallEnd {
    played,  ///< the code was spoken to its end
    hung_up, ///< the person, or we when told to, hung up before that
    busy,
    refused,
    no_answer,
    no_key,        ///< answered, but nobody pressed the key: the code was not spoken
    undialable,    ///< the number does not exist or cannot be called
    unreachable,   ///< no server was reached: nobody was called
    server_failed, ///< the server answered that it cannot (5xx)
    credentials,
    configuration, ///< certificate, recordings, media: this host is set up wrongly
};

struct Outcome {
    CallEnd end = CallEnd::configuration;
    std::string detail; ///< for the administrator: "486 Busy Here"; never a number, a code or a password
};

/// The last word on standard output: "played", "no-key", ..., "failed".
std::string_view word(CallEnd end) noexcept;

/// The exit code; those from 64 are of <sysexits.h>.
int exit_code(CallEnd end) noexcept;

/// What a final answer to INVITE or REGISTER means (RFC 3261, section 21). `challenged`: the server had asked
/// for credentials and got them. `reason` is the server's text.
Outcome outcome_of_status(std::uint16_t status, std::string_view reason, bool challenged);

/// `text` as it may be printed: ASCII without control characters, at most 120 characters.
std::string printable(std::string_view text);

} // namespace ssp
