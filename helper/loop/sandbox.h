#pragma once
// The steps that both daemons' sandboxes have in common. The sandboxes themselves, readable top to bottom,
// are helper/server/sandbox.cpp and helper/delivery/sandbox.cpp.
#include "base/result.h"

#include <span>
#include <string>

namespace ssp {

/// True in builds with a sanitizer: it looks at its own process as a debugger does, and writes reports. They
/// get a sandbox with exceptions.
extern const bool traces_itself;

/// No core, no tracing by others of the same user, keys kept out of swap where the limit allows it. Called by
/// main() before any secret is read. What fails is logged and does not stop the daemon.
void hide_memory();

/// Privileges that this process does not have cannot come back: no new ones in what it might run, nothing
/// inheritable, nothing ambient, an empty bounding set where that may be emptied. What fails is logged.
void give_up_privileges();

/// Errors: not_permitted, when this process has root's uid or may get it back, or has capabilities.
/// `socket`: the unit to start instead.
Result<void> refuse_privileges(const char* socket);

/// Errors: not_permitted, when somebody other than root could have changed the file that this process runs,
/// or put another in its place: it, or a folder above it, is not root's, or others may write there. A folder
/// with the sticky bit may be written: what is root's stays root's there.
Result<void> refuse_writable_program();
/// The same for any file; for tests, and what refuse_writable_program() does with /proc/self/exe.
Result<void> refuse_writable(const std::string& file);

/// Whether a filter of system calls, ours or our unit's, is in force.
bool has_system_call_filter();

} // namespace ssp
