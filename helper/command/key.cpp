#include "command/key_change.h"
#include "command/key_lost.h"
#include "command/state.h"
#include "command/verb.h"
#include "config/reader.h"

#include <unistd.h>

namespace ssp::command {

namespace {

ExitCode refused(const std::string& sentences)
{
    say("ssp-mfa key: " + sentences);
    return ExitCode::refused;
}

ExitCode exit_code_of(const Error& error)
{
    say("ssp-mfa key: " + error.detail);
    return error.kind == ErrorKind::delivery_unavailable ? ExitCode::unreachable : ExitCode::refused;
}

void show_progress(const KeyStatus& now)
{
    if (::isatty(STDERR_FILENO) == 1)
        say(now.state == "stuck" ? "Waiting: " + now.does_not_verify +
                                       " does not verify. Reset that person, or "
                                       "restore the database."
                                 : now.rows_left + " of " + now.rows + " rows to go.");
}

/// Until nothing is under the old key; then the new one takes its place.
ExitCode finish(const Invocation& invocation, const HelperConfig& config, const AskHelper& ask)
{
    auto ended = wait_for_new_key(config.master_key, ask, show_progress);
    if (!ended)
        return exit_code_of(ended.error());
    print_rows(invocation, ended->all, Layout::record);
    if (lies_in(config.master_key, *ended))
        say("Every row is under the new key, and it lies in " + config.master_key +
            ".\nKeep a copy of it apart from the backups, and make a backup now: older ones need the old "
            "key.");
    else
        say("Every row is under the new key. It came as a credential: now make master-key-next the "
            "credential\n"
            "master-key, take master-key-next out of the unit, and restart ssp-mfad. ssp-mfa(1) says how.");
    return ExitCode::done;
}

ExitCode rotate(const Invocation& invocation, const HelperConfig& config, const AskHelper& ask)
{
    const auto status = key_status(ask);
    if (!status)
        return exit_code_of(status.error());
    if (!status->new_key.empty())
        return refused("A rotation of the master key is under way. `ssp-mfa key finish` waits for its end.");
    const auto owner = find_state_owner(config.user);
    if (!owner)
        return refused(owner.error().detail);
    auto made = make_next_key(config.master_key, *status, *owner);
    if (!made)
        return exit_code_of(made.error());
    const auto begun = ask({"key", "rotate", "--reason=" + *invocation.reason});
    if (!begun) { // it may have begun: the file stays
        say("ssp-mfa key: " + begun.error().detail);
        return ExitCode::unreachable;
    }
    if (begun->decision != protocol::Decision::accepted) {
        made->take_back();
        return refused("Nothing was changed.");
    }
    return finish(invocation, config, ask);
}

ExitCode run(const Invocation& invocation)
{
    const auto& words = invocation.words;
    const auto act = words.size() == 2 ? words[1] : std::string();
    if (act != "rotate" && act != "finish" && act != "status" && act != "lost")
        return refuse_words(invocation, "behind key stands rotate, finish, status or lost.");
    const bool changes = act == "rotate" || act == "lost";
    if (!changes && invocation.reason)
        return refuse_words(invocation, "key " + act + " takes no reason.");
    if (const auto wrong = changes ? complaint_about_reason(invocation, "key " + act) : std::string();
        !wrong.empty())
        return refuse_words(invocation, wrong);
    if (act == "status")
        return carry_out(invocation, Door::admin, Layout::record);
    const auto config = read_helper_config(invocation.config_file);
    if (!config) {
        say("ssp-mfa key: the configuration cannot be used.\n" + config.error().detail);
        return ExitCode::usage;
    }
    if (::geteuid() != 0)
        return refused("This must run as root. Nothing was changed.");
    if (act == "lost")
        return begin_anew_without_key(invocation, *config);
    const AskHelper ask = [&](const std::vector<std::string>& request) {
        return ask_at(*config, Door::admin, request);
    };
    return act == "rotate" ? rotate(invocation, *config, ask) : finish(invocation, *config, ask);
}

} // namespace

const Verb key_verb{
    "key",
    "administrator: change the master key, or begin anew without it",
    R"(Usage: ssp-mfa key rotate --reason=TEXT [--json]
       ssp-mfa key finish [--json]
       ssp-mfa key status [--json]
       ssp-mfa key lost --reason=TEXT [--json]

Gives the database a new master key, as root, while people go on signing in.
  rotate   make a new key, have ssp-mfad move every row to it, wait for the
           end, and put the new key in the place of the old one
  finish   wait for the end of a rotation that was left, and put the new key
           in its place
  status   which key is in use, and how far a rotation has come

A rotation may be interrupted at any point: it goes on by itself, and finish
does the rest. Codes that were sent before can still be typed. Backups of
before need the old key: keep a copy of it as long as you keep them.

  lost     the master key is gone and there is no copy: keep the database,
           which nobody can read any more, aside, and begin a new one under a
           new key. Everybody sets up a second factor anew; who was locked
           stays locked. Refused while any key opens the database, and while
           ssp-mfad runs: it has the key, and rotate loses nothing.

TEXT, 1 to 200 printable ASCII characters, goes into the audit trail. Where
the key comes as a credential, hand a new one over first: ssp-mfa(1).
)",
    run,
};

} // namespace ssp::command
