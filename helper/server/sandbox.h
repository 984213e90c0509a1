#pragma once
#include "base/result.h"

namespace ssp {

/// Makes this process a poor prize: no core, no tracing by others of its user, no new privileges in what it
/// might run, keys kept out of swap where the limit allows it. Called once by main(), before any key is read.
/// The unit file holds the larger part (ssp-mfad.service). What fails is logged and does not stop the daemon.
void enter_sandbox();

/// Errors: not_permitted, when this process has root's uid or may get it back.
Result<void> refuse_root();

} // namespace ssp
