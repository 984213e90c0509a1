#include "command/verb.h"

namespace ssp::command {

namespace {

ExitCode run(const Invocation& invocation)
{
    if (invocation.words.size() != 1 || invocation.reason)
        return refuse_words(invocation, "status stands alone.");
    return carry_out(invocation, Door::self, Layout::record);
}

} // namespace

const Verb status_verb{
    "status",
    "what is set up for you",
    R"(Usage: ssp-mfa status [--json]

Shows what is set up for you: the ways to get a code, how many recovery codes
are left, how many devices are remembered, and whether you have to wait.
Telephone numbers are shown by their ending only.
)",
    run,
};

} // namespace ssp::command
