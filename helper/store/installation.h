#pragma once
// The one row that says what a database is: its node, the master key it belongs to, how it was last closed.
#include "base/result.h"
#include "store/connection.h"
#include "store/key_ring.h"

#include <string>

namespace ssp {

struct Installation {
    std::string node_id; ///< 16 hex digits, made by init
    bool clean = false;  ///< the last daemon closed it
    std::unique_ptr<KeyRing> keys;
};

/// Writes the row; initialise_store() alone calls it. Throws as Connection does.
void write_installation(Connection& connection, const Seals& seals, const std::string& node_id);

/// Reads it with the keys of this database. `key` and `next`: what lies in the places of the master key and
/// of its successor, if anything does; which of them the database is under, it says itself. Errors:
/// configuration, with a sentence, when a key is missing; store_tampered. Throws as Connection does.
Result<Installation> read_installation(Connection& connection, const MasterKey& key,
                                       const MasterKey* next = nullptr);

/// What proves a master key to the database of this node.
Digest key_check(const Seals& seals, const std::string& node_id);

/// Notes that a daemon has the database open (false) or closed it (true). Throws as Connection does.
void mark_clean(Connection& connection, bool clean);

} // namespace ssp
