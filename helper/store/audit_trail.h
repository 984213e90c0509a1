#pragma once
// The audit trail: rows in a chain, each signed together with the one before it, one chain for each node.
// A changed, inserted, removed or cut-off row breaks the chain at a row that can be named. What nobody
// inside the database can show is an older copy of all of it: for that the head goes to the journal.
#include "base/result.h"
#include "store/connection.h"
#include "store/key_ring.h"

#include <optional>
#include <string>

namespace ssp {

/// The last link of a node's chain.
struct AuditHead {
    std::string node_id;
    std::int64_t sequence = 0; ///< 0: nothing was written yet
    Digest mac{};
    bool operator==(const AuditHead&) const = default;
};

/// What a check of the whole chain found.
struct AuditCheck {
    std::int64_t rows = 0;                 ///< read and good
    std::optional<std::int64_t> first_bad; ///< the sequence where the chain breaks
    std::string why;                       ///< plain words, when it breaks
};

class AuditTrail {
public:
    /// Runs inside a transaction of the caller; throws as Connection does.
    AuditTrail(Connection& connection, const KeyRing& keys, std::string node_id)
        : connection_(connection), keys_(keys), node_id_(std::move(node_id))
    {
    }

    /// Adds one row. Errors: store_tampered when the head does not verify.
    Result<void> append(const AuditEntry& entry, WallTime now);
    Result<AuditHead> head();
    /// That the last row is the one the head names. Errors: store_tampered.
    Result<void> check_end();
    /// The MAC of one row; zeros when there is no such row.
    Digest mac_at(std::int64_t sequence);
    /// The latest time a row was written at, as far as this object knows: since note_newest() and by
    /// append().
    WallTime newest() const noexcept { return newest_; }
    /// What is known from elsewhere, at open and after the clock was repaired.
    void note_newest(WallTime newest) noexcept { newest_ = newest; }
    /// When the last row was written.
    WallTime last_written();
    /// Reads every row, oldest first.
    AuditCheck check();

private:
    Connection& connection_;
    const KeyRing& keys_;
    std::string node_id_;
    WallTime newest_{};
};

} // namespace ssp
