#pragma once

namespace ssp::command {

/// How the command ends; ssp-mfa(1) lists them.
enum class ExitCode {
    done = 0,
    refused = 1,     ///< ssp-mfad said no, or something on this host could not be made
    usage = 2,       ///< wrong words, or a configuration file that cannot be used
    unreachable = 3, ///< ssp-mfad is not there, or cannot decide at the moment
};

} // namespace ssp::command
