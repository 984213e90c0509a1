#pragma once
// A new process with nothing of ours but its standard input and, if wanted, an output that is read.
#include "base/result.h"
#include "base/secret_string.h"
#include "base/unique_fd.h"

#include <string>
#include <sys/types.h>
#include <vector>

namespace ssp {

/// Where the standard output of a program goes.
enum class Output { nowhere, pipe };

/// Leads a session and a process group of its own.
struct Spawned {
    pid_t pid = 0;
    UniqueFd pidfd;
    UniqueFd output; ///< Output::pipe: its reading end, not blocking
};

/// Starts `argv` (argv[0]: absolute path; no shell) with `input` (at most 4096 bytes) on standard input. The
/// program has no other descriptor but /dev/null as standard error and unpiped output, an environment of PATH
/// alone, "/" as working directory, and signals as usual. Errors: configuration (it cannot be executed),
/// internal (no process or descriptor to be had): it did not run.
Result<Spawned> spawn(const std::vector<std::string>& argv, const SecretString& input, Output output);

} // namespace ssp
