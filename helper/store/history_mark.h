#pragma once
// The newest point of the database's history, kept a second time in a small signed file beside it
// ("PATH.mark"), so that an older copy of the database is noticed and refused (docs/explanation/storage.md).
//
// The mark may lag behind the database, and never leads it: it is written after each COMMIT that added to the
// audit trail, into one sector of one page, without an fsync of its own. Whatever is interrupted in between
// leaves a database that is ahead of its mark, which is well.
#include "base/result.h"
#include "base/unique_fd.h"
#include "store/audit_trail.h"
#include "store/key_ring.h"

#include <cstdint>
#include <string>
#include <sys/types.h>

namespace ssp {

struct Mark {
    AuditHead head;                ///< the last audit row that is known to be durable
    std::int64_t highest_step = 0; ///< of all TOTP steps that were accepted
    WallTime newest{};             ///< the latest time that an audit row was written at
    bool disturbed = false;        ///< another program wrote into the database while a daemon had it open
    bool operator==(const Mark&) const = default;
};

/// Where the mark of a database lies.
std::string mark_path(const std::string& database);

class HistoryMark {
public:
    /// Opens, reads and locks (shared, as long as it is open: user_of() in copy.h) the mark of `database`,
    /// whose path check_database_file() gave. Errors: configuration, with a sentence, for a file that is
    /// missing, not ours alone or does not verify.
    static Result<HistoryMark> open(const std::string& database, const KeyRing& keys);

    /// Makes the file durably as "PATH.mark.new"; publish() puts it in the place of the one that is there.
    /// Called by init and restore, as the owner of the folder or as root.
    static Result<void> put_beside(const std::string& database, const Mark& mark, const Seals& seals,
                                   uid_t owner, gid_t group);
    static Result<void> publish(const std::string& database);

    const Mark& last() const noexcept { return last_; }
    const std::string& path() const noexcept { return path_; }

    /// Overwrites the mark in place. Durable when the kernel gets round to it (about 35 s, as it is set up
    /// everywhere), or at once with sync().
    Result<void> write(const Mark& mark, const Seals& seals);
    Result<void> sync();

private:
    HistoryMark(std::string path, UniqueFd file, Mark last)
        : path_(std::move(path)), file_(std::move(file)), last_(std::move(last))
    {
    }

    std::string path_;
    UniqueFd file_;
    Mark last_;
};

/// That the database whose audit trail this is holds what the mark has seen: the same row at the same place,
/// or more behind it. Only the newest end of the trail is asked. Throws as Connection does.
/// Errors: configuration, with a sentence that names the way out.
Result<void> check_history(AuditTrail& trail, const Mark& mark);

} // namespace ssp
