#pragma once
// What a restore does to the rows of a backup, inside one transaction: nothing of the time since it was made
// may work again. Throws as Connection does.
#include "store/copy.h"

namespace ssp {

struct Voided {
    std::int64_t only_there =
        0;                    ///< people whom `present` alone knew: they keep their counters and set up anew
    std::int64_t damaged = 0; ///< people whose rows do not verify: they stay refused until a reset
};

/// What surely lies behind everything that was accepted before the restore.
struct Floor {
    WallTime newest{};
    std::int64_t step = 0; ///< of an app; 0: nothing is known
};

/// The lowest step that no app code of before has.
std::int64_t step_above(const Floor& floor) noexcept;

/// All challenges, trust and recovery codes end, everybody's epoch and app steps are raised, everybody who
/// had set something up is told, and whatever limits guessing and sending is as high as in either database.
/// `present`: the database that is replaced; null: it cannot be read.
Result<Voided> void_the_past(Tables& rows, Tables* present, const Floor& floor, WallTime now,
                             const Progress& progress);

} // namespace ssp
