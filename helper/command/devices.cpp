#include "command/verb.h"

namespace ssp::command {

namespace {

ExitCode run(const Invocation& invocation)
{
    const auto& words = invocation.words;
    if (invocation.reason)
        return refuse_words(invocation, "devices takes no reason.");
    const bool lists = words.size() == 1;
    const bool revokes = words.size() == 3 && words[1] == "revoke";
    const bool forgets = words.size() == 2 && words[1] == "forget";
    if (words.size() == 2 && words[1] == "revoke")
        return refuse_words(invocation,
                            "devices revoke needs the ID of a device; `ssp-mfa devices` lists them.");
    if (!lists && !revokes && !forgets)
        return refuse_words(invocation, "behind devices stands nothing, revoke ID, or forget.");
    return carry_out(invocation, Door::self, Layout::table);
}

} // namespace

const Verb devices_verb{
    "devices",
    "the devices that are not asked for a code",
    R"(Usage: ssp-mfa devices [--json]
       ssp-mfa devices revoke ID
       ssp-mfa devices forget

Lists the devices that sign in as you without a code, and until when.
  revoke ID   end it for one of them; ID is the number in the list
  forget      end it for all of them

revoke and forget ask for a code first.
)",
    run,
};

} // namespace ssp::command
