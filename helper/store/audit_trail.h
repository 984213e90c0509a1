#pragma once
// The audit trail: rows in a chain, each signed together with the one before it, one chain for each node.
// A changed, inserted, removed or cut-off row breaks the chain at a row that can be named. What nobody
// inside the database can show is an older copy of all of it: for that the head goes to the journal.
//
// Retention takes rows from the oldest end and signs what it took (audit_cut), so that the chain goes on
// from there and rows that went in any other way are missed.
#include "base/result.h"
#include "store/connection.h"
#include "store/key_ring.h"

#include <optional>
#include <string>
#include <vector>

namespace ssp {

/// The last link of a node's chain, or any other.
struct AuditHead {
    std::string node_id;
    std::int64_t sequence = 0; ///< 0: nothing was written yet
    Digest mac{};
    bool operator==(const AuditHead&) const = default;
};

/// One row as it was written.
struct AuditRow {
    std::string node_id;
    std::int64_t sequence = 0;
    WallTime at{};
    AuditEntry entry;
    std::int64_t key_id = 0; ///< of the key that signed it
    Digest mac{};            ///< over the row and the MAC of the row before it
};

/// What retention cut on one day: the signed checkpoint from which the chain goes on.
struct AuditCut {
    std::string node_id;
    std::int64_t first = 0; ///< 1, or one more than the last of the cut before it
    std::int64_t last = 0;
    Digest mac{}; ///< of row `last`
    WallTime cut_at{};
    std::int64_t key_id = 0;
};

class AuditTrail {
public:
    /// Runs inside a transaction of the caller; throws as Connection does.
    AuditTrail(Connection& connection, const KeyRing& keys, std::string node_id)
        : connection_(connection), keys_(keys), node_id_(std::move(node_id))
    {
    }

    const std::string& node_id() const noexcept { return node_id_; }
    /// Adds one row. Errors: store_tampered when the head does not verify.
    Result<void> append(const AuditEntry& entry, WallTime now);
    /// The newest link. Errors: store_tampered.
    Result<AuditHead> head();
    /// That the last row is the one the head names. Errors: store_tampered.
    Result<void> check_end();
    /// That the last `most` rows are whole and follow each other, up to the head. Errors: store_tampered.
    Result<void> check_last_links(int most);
    /// The MAC of one row; zeros when there is no such row.
    Digest mac_at(std::int64_t sequence);
    /// The latest time a row was written at, as far as this object knows: since note_newest() and by
    /// append().
    WallTime newest() const noexcept { return newest_; }
    /// What is known from elsewhere, at open and after the clock was repaired.
    void note_newest(WallTime newest) noexcept { newest_ = newest; }
    /// The earliest time later than `now` of the rows since the clock was repaired last: when it began to be
    /// ahead.
    std::optional<WallTime> first_after(WallTime now);
    /// When the last row was written.
    WallTime last_written();

    /// At most `most` rows behind `sequence`, oldest first, as they stand: not checked.
    std::vector<AuditRow> rows_behind(std::int64_t sequence, int most);
    /// That `row` is the next link behind `link`, as it was written.
    bool follows(const AuditHead& link, const AuditRow& row) const;

    /// Adds all cuts to `cuts`, oldest first, up to the first that does not verify.
    /// Errors: store_tampered with which one was changed or is missing.
    Result<void> read_cuts(std::vector<AuditCut>& cuts);
    /// Where the chain goes on behind the last cut; sequence 0 when nothing was cut. Errors: store_tampered.
    Result<AuditHead> end_of_cuts();
    /// When the first row that was not cut was written; nothing: there is none.
    Result<std::optional<WallTime>> oldest();
    /// Cuts at most `most` rows from the oldest end, as far as they were written before `before`, the newest
    /// row never; each must verify, so that nothing that was tampered with is removed. Gives their number.
    /// The first cut of a day writes an audit row itself. Errors: store_tampered: nothing was cut.
    Result<int> cut(WallTime before, int most, WallTime now);

private:
    Result<AuditCut> read_cut(const Query& row) const;
    Result<std::optional<AuditCut>> last_cut();
    void save(AuditCut cut);

    Connection& connection_;
    const KeyRing& keys_;
    std::string node_id_;
    WallTime newest_{};
};

} // namespace ssp
