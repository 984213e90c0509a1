#pragma once
#include "base/clock.h"

#include <string>

namespace ssp {

/// True when a daemon that met an error which only a restart clears may end for it: not when it already did
/// within 15 minutes, because a restart did not help then and systemd would start it again and again. Notes
/// the time when true. `runtime_directory`: the unit's, which outlives a restart
/// (RuntimeDirectoryPreserve=restart); empty: there is nowhere to note it, and the answer is false.
bool may_end_for_restart(const std::string& runtime_directory, BootTime now);

} // namespace ssp
