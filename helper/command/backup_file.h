#pragma once
// A backup as a file of root: where it may lie, and what may be replaced there.
#include "base/clock.h"
#include "base/result.h"
#include "base/unique_fd.h"
#include "store/copy.h"
#include "store/master_key.h"

#include <functional>
#include <optional>
#include <string>
#include <sys/types.h>

namespace ssp {
struct HelperConfig;
}

namespace ssp::command {

/// The master key that ssp-mfad has: its file, or the credential of its unit while that runs. Called as the
/// owner of the file. Errors: configuration, with a sentence.
Result<MasterKey> read_key_of_daemon(const HelperConfig& config);
/// The key that lies ready to take its place; nothing: there is none. Otherwise the same.
Result<std::optional<MasterKey>> read_next_key_of_daemon(const HelperConfig& config);

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
