#pragma once
#include "base/result.h"

#include <string>
#include <vector>

namespace ssp {

/// What ssp-mfad still may, for good, from enter_sandbox() on. It is the part that knows every key, so this
/// is an allow-list: what nobody thought of is refused.
struct SandboxPaths {
    std::string config;      ///< the file; its folder can be read, with all that is in it
    std::string master_key;  ///< the file; its folder can be read
    std::string credentials; ///< folder, can be read; "": systemd gave none
    std::string database;    ///< the file; its folder can be written
    std::string notes =
        {}; ///< folder, can be written: what one run leaves for the next; "": systemd gave none
};

/// Shuts this process in: the files of `paths`, AF_UNIX sockets, its own threads, and no program, no other
/// process, no new executable memory. Called once by main(), when the names of users were looked up and
/// before the first thread and the first connection. What the kernel cannot do is logged. Errors: internal,
/// when neither a filter of system calls nor a rule for files is in force then: ssp-mfad does not run so.
Result<void> enter_sandbox(const SandboxPaths& paths);

} // namespace ssp
