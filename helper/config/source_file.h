#pragma once
// A configuration file as bytes, once it is known that only the right people could have written it.
#include "base/result.h"
#include "base/unique_fd.h"

#include <string>
#include <vector>

namespace ssp::config {

inline constexpr std::size_t max_file_bytes = 1048576;

/// `path`, open for reading, under the rules of read_source(). Errors: configuration, with the path and the
/// reason.
Result<UniqueFd> open_source(const std::string& path);

/// The whole text of `path`. It must be a regular file of at most max_file_bytes that is owned by root or
/// by the running user and that not everybody may write; the same holds for the directory it lies in, where
/// a sticky bit is enough. Errors: configuration, with the path and the reason.
Result<std::string> read_source(const std::string& path);

/// Paths of the files in `directory` whose names end in ".toml" and do not begin with a dot, in the order of
/// the names' bytes. A directory that does not exist has none. Errors: configuration.
Result<std::vector<std::string>> toml_files_in(const std::string& directory);

/// The directory that `path` lies in.
std::string directory_of(const std::string& path);

} // namespace ssp::config
