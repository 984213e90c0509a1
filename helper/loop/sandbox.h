#pragma once
#include "base/result.h"

namespace ssp {

/// Makes this process a poor prize: no core, no tracing by others of its user, no new privileges in what it
/// might run, keys kept out of swap where the limit allows it. Called once by main(), before any secret is
/// read. The unit files hold the larger part. What fails is logged and does not stop the daemon.
void enter_sandbox();

/// Errors: not_permitted, when this process has root's uid or may get it back.
/// `socket`: the unit to start instead.
Result<void> refuse_root(const char* socket);

} // namespace ssp
