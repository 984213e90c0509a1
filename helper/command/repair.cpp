#include "command/verb.h"

namespace ssp::command {

namespace {

ExitCode run(const Invocation& invocation)
{
    const auto& words = invocation.words;
    if (words.size() != 2 || words[1] != "clock")
        return refuse_words(invocation, "behind repair stands clock.");
    if (const auto wrong = complaint_about_reason(invocation, "repair clock"); !wrong.empty())
        return refuse_words(invocation, wrong);
    return carry_out(invocation, Door::admin, Layout::record);
}

} // namespace

const Verb repair_verb{
    "repair",
    "administrator: let people sign in again after the clock was ahead",
    R"(Usage: ssp-mfa repair clock --reason=TEXT [--json]

ssp-mfad refuses every sign-in while the clock of this host lies more than two
minutes before its audit trail: then it was set back, or it was ahead and was
set right. If the clock is right now (look at another one), this ends it. Root
alone may, and ssp-mfad must be running.

Nothing that was spent is good again: every remembered device is forgotten,
codes that are under way are void, and codes of an app that were used while
the clock was ahead stay used. Waits and points from the time ahead count from
now on and last no longer than they would have.
)",
    run,
};

} // namespace ssp::command
