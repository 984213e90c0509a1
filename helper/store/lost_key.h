#pragma once
// `ssp-mfa key lost`: a database that nobody can read any more is kept aside, and a new one takes its place.
// Nothing of the old one is believed but what closes doors: who was locked by the desk stays locked.
#include "base/clock.h"
#include "base/random.h"
#include "store/audit_trail.h"
#include "store/master_key.h"

#include <optional>
#include <string>
#include <vector>

namespace ssp {

/// What an unreadable database says about itself. Nothing of it can be verified.
struct UnreadableDatabase {
    struct Locked {
        std::optional<std::int64_t> uid;
        std::string name;
        std::string reason;
    };
    AuditHead head; ///< of its audit trail
    std::int64_t people = 0;
    std::vector<Locked> locked; ///< by the desk
};

/// Looks at the database, and writes its WAL into it. Called as its owner. `key` and `next`: what lies in the
/// places of the master key and of its successor, null when nothing does.
/// Errors: not_permitted: a key opens it, so none is lost; configuration: it is no database of ours, cannot
/// be read, or somebody has it open; each with a sentence.
Result<UnreadableDatabase> look_at_unreadable(const std::string& database, const MasterKey* key,
                                              const MasterKey* next);

struct NewBeginning {
    std::string database;
    std::string reason;  ///< for the first audit row
    std::string kept_as; ///< the name for the old one, in the same folder
    UnreadableDatabase before;
};

/// Makes a new database under `key`, whose audit trail begins with what happened, and exchanges it for the
/// one that is there in one step; the mark is kept and made anew with it. Called as the owner, whose key file
/// is in its place already. An interruption leaves a state that ssp-mfad refuses, and the whole may be done
/// again. Errors: configuration, store_unavailable: the old database is in its place.
Result<void> begin_anew(const NewBeginning& beginning, const MasterKey& key, Random& random,
                        const Clock& clock);

} // namespace ssp
