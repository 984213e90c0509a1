#pragma once
// One request to ssp-mfad and the conversation that follows it (protocol/message.h), at a terminal.
#include "base/result.h"
#include "command/result_rows.h"
#include "command/terminal.h"
#include "command/wire.h"
#include "protocol/message.h"

#include <functional>
#include <string>
#include <vector>

namespace ssp::command {

struct Outcome {
    protocol::Decision decision = protocol::Decision::rejected;
    std::vector<ResultRow> rows;
};

/// Sends `words` and relays until the verdict: prompts to `terminal`, other texts to `tell` (one or more
/// lines, without a newline behind the last). A person who ends their input leaves the conversation. Errors,
/// each with a sentence for the person: delivery_unavailable: nobody answers there, or somebody who must not
/// be believed; deadline_passed; claimant_left; malformed: what came is no conversation, or the words are
/// more than 64 or 4096 bytes.
Result<Outcome> ask_helper(const HelperDoor& door, const std::vector<std::string>& words, Terminal& terminal,
                           const std::function<void(const std::string&)>& tell);

} // namespace ssp::command
