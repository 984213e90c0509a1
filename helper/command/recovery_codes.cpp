#include "command/verb.h"

namespace ssp::command {

namespace {

ExitCode run(const Invocation& invocation)
{
    if (invocation.words.size() != 1 || invocation.reason)
        return refuse_words(invocation, "recovery-codes stands alone.");
    return carry_out(invocation, Door::self, Layout::table);
}

} // namespace

const Verb recovery_codes_verb{
    "recovery-codes",
    "make new recovery codes",
    R"(Usage: ssp-mfa recovery-codes [--json]

Makes new recovery codes and shows them once. Each works once, without a
phone. The old ones no longer work. Asks for a code first.
)",
    run,
};

} // namespace ssp::command
