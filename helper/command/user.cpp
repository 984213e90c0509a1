#include "command/verb.h"

#include <algorithm>
#include <array>

namespace ssp::command {

namespace {

constexpr auto acts = std::to_array<std::string_view>({"show", "unlock", "lock", "reset", "forget"});

ExitCode run(const Invocation& invocation)
{
    const auto& words = invocation.words;
    const bool known = words.size() > 1 && std::ranges::find(acts, words[1]) != acts.end();
    if (!known)
        return refuse_words(invocation, "behind user stands show, unlock, lock, reset or forget.");
    if (words.size() != 3 || words[2].empty())
        return refuse_words(invocation, "user " + words[1] + " needs the name of one person.");
    if (words[1] == "show" && invocation.reason)
        return refuse_words(invocation, "user show takes no reason.");
    if (words[1] != "show")
        if (const auto wrong = complaint_about_reason(invocation, "user " + words[1]); !wrong.empty())
            return refuse_words(invocation, wrong);
    return carry_out(invocation, Door::admin, Layout::record);
}

} // namespace

const Verb user_verb{
    "user",
    "support desk: show, unlock, lock, reset or forget a person",
    R"(Usage: ssp-mfa user show NAME [--json]
       ssp-mfa user unlock NAME --reason=TEXT
       ssp-mfa user lock NAME --reason=TEXT
       ssp-mfa user reset NAME --reason=TEXT
       ssp-mfa user forget NAME --reason=TEXT

For the support desk and administrators.
  show     what is set up for a person, and whether they have to wait
  unlock   lift a lock or a wait, and give back part of the spent tries
  lock     refuse every sign-in until unlock; ends all remembered devices
  reset    forget all ways to get a code; the person sets them up again
  forget   end all remembered devices

NAME is the canonical name of the account. TEXT, 1 to 200 printable ASCII
characters, goes into the audit trail together with who you are.
)",
    run,
};

} // namespace ssp::command
