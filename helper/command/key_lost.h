#pragma once
#include "command/exit_code.h"
#include "command/invocation.h"
#include "config/config.h"

namespace ssp::command {

/// `ssp-mfa key lost --reason=TEXT`, as root: what cannot be read any more is kept aside under new names, the
/// database and the key files alike, and a new key and a new database take their places.
ExitCode begin_anew_without_key(const Invocation& invocation, const HelperConfig& config);

} // namespace ssp::command
