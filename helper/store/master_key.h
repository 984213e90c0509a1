#pragma once
// The key above all others, 32 random bytes. Lost, it makes the database unreadable; it is never made anew
// silently: only create_master_key() makes one, only `ssp-mfa init` calls it.
#include "base/random.h"
#include "base/result.h"
#include "base/secret_string.h"

#include <optional>
#include <string>
#include <sys/types.h>

namespace ssp {

struct MasterKey {
    SecretString bytes;
    bool is_credential = false; ///< it came from systemd, not from a file of ours
};

inline constexpr std::size_t master_key_bytes = 32;

/// Reads the key at start. `credentials_directory`: what systemd put into CREDENTIALS_DIRECTORY, or null;
/// when it holds a credential "master-key" that is the key, good or bad. Otherwise `file`, which must be a
/// regular file of the caller, mode 0400 or 0600, no link.
/// Errors: configuration, with a sentence that names the file and what is wrong with it.
Result<MasterKey> read_master_key(const char* credentials_directory, const std::string& file);

/// Where the successor of the key in `file` lies while the key is rotated.
std::string next_key_file(const std::string& file);

/// Reads the successor: the credential "master-key-next", or next_key_file(). Nothing: neither is there.
/// Errors: as read_master_key().
Result<std::optional<MasterKey>> read_next_master_key(const char* credentials_directory,
                                                      const std::string& file);

/// Writes a new key into `file` (0400, `owner`) and returns it. Refuses when the name exists already.
/// Errors: configuration.
Result<MasterKey> create_master_key(const std::string& file, Random& random, uid_t owner, gid_t group);

} // namespace ssp
