#pragma once
// `ssp-mfa restore`: a backup in the place of the database, so that nothing of the time in between works
// again (docs/explanation/storage.md says what becomes of what).
#include "base/clock.h"
#include "store/copy.h"
#include "store/restored_rows.h"

#include <string>

namespace ssp {

struct RestoreOrder {
    std::string database; ///< its path
    int backup = -1;      ///< open for reading; the caller looked whose it is
    MasterKey key;
    std::string reason; ///< for the audit trail
};

struct Restored {
    CopyFacts backup;
    WallTime at{};
    std::string kept_as; ///< where the database is that was there; empty: there was none
    std::string
        present_objection; ///< why that could not be read: what it had counted is lost. Empty: it was.
    Voided people;
};

/// Checks the backup, makes of it what may be served, and puts it in the place of the database, which is kept
/// beside it. Called as the owner of the database. Until the last rename nothing is changed.
/// Errors: configuration, store_tampered, store_unavailable, each with a sentence: the backup is not ours or
/// not sound, or somebody has the database open.
Result<Restored> restore_store(const RestoreOrder& order, const Clock& clock, const Progress& progress);

} // namespace ssp
