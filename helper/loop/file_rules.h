#pragma once
#include "base/result.h"

#include <string>
#include <vector>

namespace ssp {

/// Which files a process may touch from here on (landlock(7)), whatever the permissions of the files say.
struct FileRules {
    std::vector<std::string> readable; ///< files and folders; with all that is in these
    std::vector<std::string> writable; ///< folders: files in them may be made, written and removed too
};

/// Puts `rules` in force for this thread and all that it starts from here on, for good: everything else can
/// be neither read nor listed, written, run or made; no TCP port can be bound or reached, and no process
/// outside of this one signalled, where the kernel can forbid that. Descriptors that are open stay open. A
/// path that does not exist is left out; `missing` gets its name. Returns the ABI of landlock(7) that was
/// used; 0: this kernel has none. Errors: internal, with what the kernel said; nothing is in force then.
Result<int> enter(const FileRules& rules, std::vector<std::string>& missing);

} // namespace ssp
