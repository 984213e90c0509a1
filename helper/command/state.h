#pragma once
// What must be on the disk before ssp-mfad starts for the first time: the master key and the database.
#include "base/random.h"
#include "base/result.h"
#include "command/acting_as.h"
#include "command/result_rows.h"

#include <string>
#include <sys/types.h>
#include <vector>

namespace ssp::command {

/// The account that runs ssp-mfad. Errors: configuration: no such account, or it is root.
Result<StateOwner> find_state_owner(const std::string& name);

/// Makes the master key in `key_file` (0400) and the database (0600), both of `owner`, and tells of each in a
/// row. Called as root or as the owner, from a single-threaded process: it acts as the owner while it works
/// in the owner's folder. `credentials_directory`: as for read_master_key(); a key there is used and none is
/// made.
///
/// All or nothing: what it made goes again when a later step fails, and nothing is ever replaced. One of the
/// two without the other is refused: it is a half-made or a half-lost state, and only a person knows which.
/// Errors: configuration, with sentences that say what is wrong and what to do.
Result<std::vector<ResultRow>> make_state(const std::string& database, const std::string& key_file,
                                          const char* credentials_directory, const StateOwner& owner,
                                          Random& random);

} // namespace ssp::command
