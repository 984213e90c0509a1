#pragma once
// The one row that says what a database is: its node, the master key it belongs to, how it was last closed.
#include "base/result.h"
#include "store/connection.h"
#include "store/seals.h"

#include <string>

namespace ssp {

struct Installation {
    std::string node_id; ///< 16 hex digits, made by init
    bool clean = false;  ///< the last daemon closed it
};

/// Writes the row; initialise_store() alone calls it. Throws as Connection does.
void write_installation(Connection& connection, const Seals& seals, const std::string& node_id);

/// Reads it and checks that the master key is the one the database was made with.
/// Errors: configuration, with a sentence. Throws as Connection does.
Result<Installation> read_installation(Connection& connection, const Seals& seals);

/// Notes that a daemon has the database open (false) or closed it (true). Throws as Connection does.
void mark_clean(Connection& connection, bool clean);

} // namespace ssp
