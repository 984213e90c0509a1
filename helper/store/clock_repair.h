#pragma once
// What the store does about a clock that was ahead and was set right: Store::repair_clock(). While the clock
// lies behind the audit trail nobody signs in (check_clock()), so nothing of this is urgent, and all of it
// happens in one transaction. docs/explanation/storage.md says what becomes of what, and why.
#include "store/transactions.h"

namespace ssp {

/// As far as a clock may go back, by NTP or by hand, without anybody asking.
inline constexpr Seconds most_set_back{120};

/// Errors: clock_set_back, with a sentence for the journal, when `now` lies further before `newest`, the
/// newest audit row.
Result<void> check_clock(WallTime newest, WallTime now);

namespace transactions {

Result<ClockRepair> repair_clock(Tables& rows, const Terms& terms, AuditEntry entry);

} // namespace transactions

} // namespace ssp
