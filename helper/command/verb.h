#pragma once
// The verbs of `ssp-mfa`. Each has a file of its own; all_verbs() is their one list.
#include "command/exit_code.h"
#include "command/invocation.h"
#include "command/request.h"
#include "command/result_rows.h"
#include "config/config.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ssp::command {

struct Verb {
    std::string_view name;
    std::string_view summary; ///< one line for `ssp-mfa --help`
    std::string_view help;    ///< what `ssp-mfa NAME --help` prints
    ExitCode (*run)(const Invocation& invocation);
    /// The options of its own that it takes.
    enum class Options { none, of_trial, of_audit, of_backup } options = Options::none;
};

extern const Verb status_verb;
extern const Verb devices_verb;
extern const Verb recovery_codes_verb;
extern const Verb user_verb;
extern const Verb init_verb;
extern const Verb key_verb;
extern const Verb send_test_verb;
extern const Verb providers_verb;
extern const Verb audit_verb;
extern const Verb repair_verb;
extern const Verb backup_verb;
extern const Verb restore_verb;

std::span<const Verb* const> all_verbs();

/// Says on standard error what is wrong with the words and where help is. Returns usage.
ExitCode refuse_words(const Invocation& invocation, const std::string& what_is_wrong);

/// What is wrong with the reason that `verb` must have; empty: nothing.
std::string complaint_about_reason(const Invocation& invocation, const std::string& verb);

/// The socket that answers a verb: each person's own, or the support desk's.
enum class Door { self, admin };

/// Asks ssp-mfad to carry out the words of `invocation`, its reason as the last of them, and prints what it
/// answered: rows on standard output as `layout` or JSON, everything said to the person on standard error.
ExitCode carry_out(const Invocation& invocation, Door door, Layout layout);

/// Asks ssp-mfad for an answer that the verb itself looks at. What is said meanwhile goes to standard error.
Result<Outcome> ask_at(const HelperConfig& config, Door door, const std::vector<std::string>& words);

/// Prints rows on standard output, as JSON if the invocation says so.
void print_rows(const Invocation& invocation, const std::vector<ResultRow>& rows, Layout layout);

/// Prints one or more sentences on standard error, without anything that could steer a terminal.
void say(const std::string& sentences);

} // namespace ssp::command
