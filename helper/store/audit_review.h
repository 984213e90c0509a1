#pragma once
// Reading the whole audit trail from its first row to its head, beside a daemon that goes on writing it.
#include "base/result.h"
#include "store/audit_trail.h"

#include <functional>
#include <optional>
#include <string>

namespace ssp {

/// What a review found. Ends of sentences are for people.
struct AuditCheck {
    std::int64_t rows = 0;                 ///< that were read
    std::int64_t cut = 0;                  ///< that retention took before, by its signed records
    AuditHead head;                        ///< the last row of this installation's own chain
    std::optional<std::int64_t> first_bad; ///< the sequence where a chain breaks
    std::string node_id;                   ///< whose chain that is
    std::string why;                       ///< plain words, when it breaks
    /// The link to compare with was there and equal. False with a whole chain: it was cut since.
    bool compared = false;
};

/// What a review compares with, and whom it tells as it goes.
struct AuditReading {
    std::optional<AuditHead> expected; ///< a head that was seen earlier, of this installation's own chain
    std::function<void(const AuditCut&)> on_cut;
    std::function<void(const AuditRow&)> on_row;        ///< each row, oldest first, a bad one too
    std::function<void(std::int64_t rows)> on_progress; ///< now and then, with the rows read so far
};

/// Reads every chain of the database at `path`, in pages of a thousand rows, each in a snapshot of its own,
/// so that nobody waits and the WAL does not grow meanwhile. Goes on behind a bad row; the first is named.
/// Takes seconds for a million rows (`make soak` says how many): in a program of its own, never on the loop.
/// `key`, `next`: as for read_installation(). Errors: as SqliteStore::open().
Result<AuditCheck> review_audit_trail(const std::string& path, const MasterKey& key,
                                      const AuditReading& reading = {}, const MasterKey* next = nullptr);

} // namespace ssp
