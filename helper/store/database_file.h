#pragma once
// The database as a file: what is accepted as ours before SQLite sees it. Lost state is refused with a
// sentence and never read as "nobody is enrolled".
#include "base/result.h"

#include <string>
#include <string_view>
#include <sys/stat.h>
#include <sys/types.h>

namespace ssp {

/// What to do about a file that is damaged or lost: the end of a sentence that says which and why.
inline constexpr std::string_view way_out = "Put it right with a backup: ssp-mfa restore FILE --reason=TEXT";

/// Checks the file and its folder: a regular file of the caller, mode 0600, one name, no link, not
/// empty; "-wal" and "-shm" beside it alike; a folder of the caller or root that nobody else can write.
/// Returns the path with the folder's links resolved. Never creates anything.
/// Errors: configuration, with a sentence.
Result<std::string> check_database_file(const std::string& path);

/// Why this inode is no file of ours, in words that go behind its name: not a regular file of the caller, of
/// mode 0600, with one name. Empty: it is one. Called for each file beside the database as well.
std::string objection_to(const struct stat& status);

/// Makes the names in the folder of `path` durable. Errors: configuration.
Result<void> sync_folder_of(const std::string& path);

/// Whether nothing can be written there now, as a kernel leaves a file system on which it met an error. False
/// when it cannot be found out.
bool is_on_read_only_file_system(const std::string& path) noexcept;

/// Creates the empty file under a name of its own, "PATH.new", where it is filled before it becomes PATH.
/// Refuses when either name exists.
Result<std::string> create_database_file(const std::string& path, uid_t owner, gid_t group);

/// Gives the filled file its name, durably and without replacing anything.
Result<void> publish_database_file(const std::string& filled, const std::string& path);

} // namespace ssp
