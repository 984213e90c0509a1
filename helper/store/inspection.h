#pragma once
// Looking at a whole database. Both read everything and take seconds on a large one: on a thread of their
// own or in a program of their own, never on the loop. A daemon may have the database open meanwhile.
#include "base/result.h"
#include "store/audit_trail.h"

#include <string>

namespace ssp {

/// SQLite's quick_check. Called by ssp-mfad after an unclean stop, beside the service.
/// Errors: store_tampered with what is wrong; else as SqliteStore::open().
Result<void> check_integrity(const std::string& path);

/// Follows the audit trail from its first row to its head and names the first bad row.
/// `next`: the master key's successor, if there is one. Errors: as SqliteStore::open().
Result<AuditCheck> verify_audit_trail(const std::string& path, const MasterKey& key,
                                      const MasterKey* next = nullptr);

} // namespace ssp
