#include "store/restore.h"

#include "command/acting_as.h"
#include "command/backup_file.h"
#include "command/key_of_daemon.h"
#include "command/state.h"
#include "command/verb.h"
#include "config/reader.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <syslog.h>
#include <unistd.h>

namespace ssp::command {

namespace {

Result<Restored> restore(const Invocation& invocation, const HelperConfig& config)
{
    if (::geteuid() != 0)
        return Error{ErrorKind::not_permitted, "This must run as root. Nothing was changed."};
    const auto owner = find_state_owner(config.user);
    if (!owner)
        return owner.error();
    const auto backup = open_backup(invocation.words[1], owner->uid);
    if (!backup)
        return backup.error();
    const ActingAs acting(*owner);
    if (!acting.holds())
        return Error{ErrorKind::not_permitted, "This must run as root. Nothing was changed."};
    auto key = read_key_of_daemon(config);
    if (!key)
        return key.error();
    const SystemClock clock;
    return restore_store({config.database, backup->get(), std::move(*key), *invocation.reason}, clock,
                         progress_of("restoring", clock, say));
}

/// The journal has it even if the database is exchanged once more.
void note(const Invocation& invocation, const Restored& done)
{
    ::openlog("ssp-mfa", LOG_PID, LOG_AUTHPRIV);
    ::syslog(LOG_ALERT,
             "the database was restored from %s, whose last audit row is %lld; kept: %s; reason: %s",
             invocation.words[1].c_str(), static_cast<long long>(done.backup.audit_rows),
             done.kept_as.c_str(), invocation.reason->c_str());
    ::closelog();
}

ResultRow row_of(const Restored& done)
{
    return {{"restored", fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", done.at)},
            {"node", done.backup.node_id},
            {"people", std::to_string(done.backup.people)},
            {"backup_newest_row", fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", done.backup.newest)},
            {"replaced_database", done.kept_as},
            {"people_since_the_backup", std::to_string(done.people.only_there)},
            {"people_damaged", std::to_string(done.people.damaged)}};
}

ExitCode run(const Invocation& invocation)
{
    if (invocation.words.size() != 2 || invocation.words[1].empty())
        return refuse_words(invocation, "restore needs the name of one file.");
    if (const auto wrong = complaint_about_reason(invocation, "restore"); !wrong.empty())
        return refuse_words(invocation, wrong);
    const auto config = read_helper_config(invocation.config_file);
    if (!config) {
        say("ssp-mfa restore: the configuration cannot be used.\n" + config.error().detail);
        return ExitCode::usage;
    }
    const auto done = restore(invocation, *config);
    std::vector<ResultRow> rows;
    if (done)
        rows.push_back(row_of(*done));
    print_rows(invocation, rows, Layout::record);
    if (!done) {
        say("ssp-mfa restore: " + done.error().detail + ".\nThe database is as it was.");
        return ExitCode::refused;
    }
    note(invocation, *done);
    if (!done->present_objection.empty())
        say("The database that was there cannot be read (" + done->present_objection +
            ").\nWrong codes and messages since the backup are not counted.");
    if (done->people.damaged > 0)
        say("People whose rows are damaged in the backup stay refused until ssp-mfa user reset; the journal\n"
            "names them when they sign in.");
    say("Nothing from before the restore works again: no device is remembered, recovery codes are void, and "
        "people\n"
        "sign in with fresh codes of their apps and phones. They are told at their next sign-in. What they "
        "changed\n"
        "since the backup, a new telephone number for example, is undone.\n"
        "Next: systemctl start ssp-mfad.socket, and systemctl reload-or-restart ssp-mfad if it runs.");
    return ExitCode::done;
}

} // namespace

const Verb restore_verb{
    "restore",
    "administrator: put a backup in the place of the database",
    R"(Usage: ssp-mfa restore FILE --reason=TEXT [--json]

Checks a backup that ssp-mfa backup made, makes it safe to be used, and puts it
in the place of the database, as root, while ssp-mfad is stopped. The database
that is there is kept beside it as FILE.before-TIME. TEXT, 1 to 200 printable
ASCII characters, goes into the audit trail.

Nothing that worked before works again: codes of apps up to now, messages,
remembered devices and recovery codes are void. Points of wrong codes and
counts of messages stay as high as in either database. People sign in with
fresh codes of their apps and phones; each is told at the next sign-in.

Stop ssp-mfad first: systemctl stop ssp-mfad.socket ssp-mfad.service
)",
    run,
};

} // namespace ssp::command
