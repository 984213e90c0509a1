#include "command/acting_as.h"
#include "command/audit_lines.h"
#include "command/key_of_daemon.h"
#include "command/state.h"
#include "command/utc_time.h"
#include "command/verb.h"
#include "config/reader.h"
#include "store/audit_review.h"

#include <chrono>
#include <cstdio>
#include <string>
#include <unistd.h>

namespace ssp::command {

namespace {

/// On standard error, when it lasts.
class Progress {
public:
    void at(std::int64_t rows)
    {
        const auto now = std::chrono::steady_clock::now();
        if (now < next_)
            return;
        next_ = now + std::chrono::seconds(2);
        say(std::to_string(rows) + " rows read ...");
    }

private:
    std::chrono::steady_clock::time_point next_ = std::chrono::steady_clock::now() + std::chrono::seconds(2);
};

/// Reads the trail as the account that owns it. Errors: with sentences for a person.
Result<AuditCheck> review(const HelperConfig& config, AuditReading reading)
{
    Progress progress;
    reading.on_progress = [&progress](std::int64_t rows) { progress.at(rows); };
    const auto owner = find_state_owner(config.user);
    if (!owner)
        return owner.error();
    const ActingAs acting(*owner);
    if (!acting.holds())
        return Error{ErrorKind::not_permitted, "This must run as root or as " + owner->name +
                                                   ": the audit trail names everybody who signed in."};
    const auto key = read_key_of_daemon(config);
    if (!key)
        return key.error();
    const auto next = read_next_key_of_daemon(config);
    const auto* successor = next && *next ? &**next : nullptr; // while the key is rotated
    return review_audit_trail(config.database, *key, reading, successor);
}

ExitCode cannot_be_read(const Error& error)
{
    say("ssp-mfa audit: " + error.detail);
    return error.kind == ErrorKind::configuration ? ExitCode::usage : ExitCode::refused;
}

std::string verdict_on(const AuditCheck& check)
{
    if (!check.first_bad)
        return "whole";
    return "row " + std::to_string(*check.first_bad) + " of node " + check.node_id + ": " + check.why;
}

ResultRow row_of(const AuditCheck& check)
{
    ResultRow row{{"audit_trail", check.first_bad ? "broken" : "whole"},
                  {"rows", std::to_string(check.rows)},
                  {"rows_cut", std::to_string(check.cut)},
                  {"head", std::to_string(check.head.sequence) + ":" + hex(check.head.mac)}};
    if (check.first_bad) {
        row.emplace_back("first_bad_row", std::to_string(*check.first_bad));
        row.emplace_back("node", check.node_id);
        row.emplace_back("why", check.why);
    }
    return row;
}

ExitCode verify(const Invocation& invocation, const HelperConfig& config)
{
    AuditReading reading;
    if (invocation.audit.head) {
        reading.expected = read_head(*invocation.audit.head);
        if (!reading.expected)
            return refuse_words(invocation, "--head needs SEQUENCE:MAC as the journal has them, e.g. "
                                            "--head=1204:6f1c...");
    }
    const auto check = review(config, std::move(reading));
    if (!check) {
        print_rows(invocation, {}, Layout::record);
        return cannot_be_read(check.error());
    }
    print_rows(invocation, {row_of(*check)}, Layout::record);
    if (check->first_bad)
        return ExitCode::refused;
    if (invocation.audit.head && !check->compared)
        say("The row of --head was cut since and cannot be compared. Take a newer one from the journal.");
    return ExitCode::done;
}

/// The time that an option names; `fallback` without it. Nothing when it is no time.
std::optional<WallTime> time_of(const std::optional<std::string>& option, WallTime fallback)
{
    return option ? read_utc_time(*option) : fallback;
}

bool write_line(const std::string& line)
{
    return std::fwrite(line.data(), 1, line.size(), stdout) == line.size();
}

ExitCode write_out(const Invocation& invocation, const HelperConfig& config)
{
    const auto from = time_of(invocation.audit.from, WallTime::min());
    const auto to = time_of(invocation.audit.to, WallTime::max());
    if (!from || !to)
        return refuse_words(invocation, "--from and --to need a time in UTC, 2026-11-24 or "
                                        "2026-11-24T08:00:00Z.");
    bool written = true;
    AuditReading reading;
    reading.on_cut = [&](const AuditCut& cut) { written = written && write_line(json_line(cut)); };
    reading.on_row = [&](const AuditRow& row) {
        if (row.at >= *from && row.at < *to)
            written = written && write_line(json_line(row));
    };
    const auto check = review(config, std::move(reading));
    if (!check)
        return cannot_be_read(check.error());
    if (!written || std::fflush(stdout) != 0) {
        say("ssp-mfa audit: the export could not be written to its end.");
        return ExitCode::refused;
    }
    if (!check->first_bad)
        return ExitCode::done;
    say("ssp-mfa audit: the trail is broken at " + verdict_on(*check) + ". What it holds was written out.");
    return ExitCode::refused;
}

ExitCode run(const Invocation& invocation)
{
    const auto& words = invocation.words;
    const bool verifies = words.size() == 2 && words[1] == "verify";
    const bool exports = words.size() == 2 && words[1] == "export";
    if ((!verifies && !exports) || invocation.reason)
        return refuse_words(invocation, "behind audit stands verify or export, and nothing else.");
    const auto& options = invocation.audit;
    if (verifies ? options.from || options.to : options.head.has_value())
        return refuse_words(invocation, "--head belongs to verify, --from and --to to export.");
    const auto config = read_helper_config(invocation.config_file);
    if (!config) {
        say("ssp-mfa audit: the configuration cannot be used.\n" + config.error().detail);
        return ExitCode::usage;
    }
    return verifies ? verify(invocation, *config) : write_out(invocation, *config);
}

} // namespace

const Verb audit_verb{
    "audit",
    "administrator: verify the audit trail, or write it out",
    R"(Usage: ssp-mfa audit verify [--head=SEQUENCE:MAC] [--json]
       ssp-mfa audit export [--from=TIME] [--to=TIME]

verify reads the whole audit trail and names the first row that was changed,
removed or added. --head compares with a head that the journal has:
  journalctl -u ssp-mfad -o cat SSP_EVENT=audit-head | tail -1
so that a trail that was cut off or replaced as a whole is seen too.
export writes one JSON object per line, oldest first. TIME is UTC, 2026-11-24 or
2026-11-24T08:00:00Z; --from includes it, --to does not.
Both run as root, also while ssp-mfad serves or refuses to. Status 1: the trail
is broken.
)",
    run,
    Verb::Options::of_audit,
};

} // namespace ssp::command
