#pragma once
// What ssp-mfa-call says on its standard output, a word and maybe a few of the carrier's on each line.
#include "verifier/ports.h"

#include <optional>
#include <string>
#include <string_view>

namespace ssp {

struct CallEvent {
    CallState state = CallState::failed;
    /// The line, fit for the journal: at most 120 of its printable characters, runs of four and more digits
    /// as
    /// #, because a carrier's words may repeat the number.
    std::string said;
    bool foreign = false; ///< it was no event
};

/// `line`: of a LineReader; nothing: the program came to its end.
CallEvent read_call_event(const std::optional<std::string>& line);

/// "busy"; "unknown" for CallState::unknown.
std::string_view word(CallState state) noexcept;

} // namespace ssp
