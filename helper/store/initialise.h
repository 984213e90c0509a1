#pragma once
#include "base/random.h"
#include "base/result.h"
#include "store/master_key.h"

#include <string>
#include <sys/types.h>

namespace ssp {

/// Makes a new, empty database for `owner` at `path`, sealed under `key`. Called by `ssp-mfa init` only, as
/// root or as the owner. Refuses when the file exists, and leaves nothing behind when it fails.
/// Errors: configuration, with a sentence.
Result<void> initialise_store(const std::string& path, const MasterKey& key, Random& random, uid_t owner,
                              gid_t group);

/// Fills the empty file with a new database of a new node. For begin_anew() (lost_key.h) as well.
/// Errors: configuration, with a sentence.
Result<std::string> fill_new_store(const std::string& file, const MasterKey& key, Random& random);

} // namespace ssp
