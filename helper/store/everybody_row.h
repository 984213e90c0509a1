#pragma once
// The guess ledger of all people together, as one row whose MAC covers every day of it, so that no day can be
// edited, added or deleted. The row is there from the first moment on: a missing one is not "nothing spent".
// Runs inside a transaction of the caller; throws as Connection does.
#include "base/result.h"
#include "store/connection.h"
#include "store/guess_ledger.h"
#include "store/key_ring.h"

namespace ssp {

class EverybodyRow {
public:
    static constexpr std::size_t since_schema = 5;

    EverybodyRow(Connection& connection, const KeyRing& keys) : connection_(connection), keys_(keys) {}

    /// Makes the row, with nothing spent. Called once: by initialise_store(), or when an older database is
    /// brought up to date.
    static void begin(Connection& connection, const Seals& seals) { write(connection, seals, Everybody{}); }

    /// Errors: store_tampered, also when the row is missing.
    Result<Everybody> load();
    /// Writes it back, under the newest key, if it differs from `before`.
    void save(const Everybody& before, const Everybody& after);
    /// Signs it with the newest key, when it is under another. Errors: as load().
    Result<void> renew();

private:
    static void write(Connection& connection, const Seals& seals, const Everybody& everybody);

    Connection& connection_;
    const KeyRing& keys_;
};

} // namespace ssp
