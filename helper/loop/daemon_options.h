#pragma once
// The command line of a daemon, and how it says what is wrong with a configuration: the same for both.
#include "base/result.h"
#include "loop/journal.h"

#include <optional>
#include <string>

namespace ssp {

struct DaemonOptions {
    std::string config = "/etc/ssp-mfa/ssp-mfa.toml";
    bool check = false;
    std::optional<int> exit_code; ///< set when there is nothing more to do
};

/// Reads --config FILE, --check, --version and --help; answers the last two, and refuses everything else with
/// EX_USAGE. `program`: its name. `purpose`: one line for --help. Called once by main().
DaemonOptions read_daemon_options(int argc, char** argv, const char* program, const char* purpose);

/// One line of the journal for each line of the detail: a configuration may have several faults.
void report(Severity severity, const Error& error);

} // namespace ssp
