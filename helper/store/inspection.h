#pragma once
// Looking at a whole database. It reads everything and takes seconds on a large one: on a thread of its own
// or in a program of its own, never on the loop. A daemon may have the database open meanwhile.
#include "base/result.h"

#include <string>

namespace ssp {

/// SQLite's quick_check. Called by ssp-mfad after an unclean stop, beside the service.
/// Errors: store_tampered with what is wrong; store_unavailable when it could not be looked at, which says
/// nothing about it; else as SqliteStore::open().
Result<void> check_integrity(const std::string& path);

} // namespace ssp
