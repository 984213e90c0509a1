#pragma once
// A backup as a file of root: where it may lie, and what may be replaced there.
#include "base/clock.h"
#include "base/result.h"
#include "base/unique_fd.h"
#include "store/copy.h"

#include <functional>
#include <string>
#include <sys/types.h>

namespace ssp::command {

/// Tells how far something is, when it takes longer than two seconds by `clock`, which outlives it.
Progress progress_of(std::string what, const Clock& clock, std::function<void(const std::string&)> tell);

/// That root may write `path`: in a folder of root that nobody else can write, and where nothing is but, with
/// `replace`, a plain file. Errors: configuration, with a sentence.
Result<void> check_place_of_backup(const std::string& path, bool replace);

/// Writes what `from` holds to `path`, mode 0600, durably and all or nothing, and reads it back. Called as
/// root after check_place_of_backup(). Errors: configuration, with a sentence.
Result<void> write_backup(int from, const std::string& path, bool replace, const Progress& progress);

/// Opens a backup for reading: a plain file of root or `owner` with one name, that nobody else can write, in
/// such a folder. Errors: configuration, with a sentence.
Result<UniqueFd> open_backup(const std::string& path, uid_t owner);

} // namespace ssp::command
