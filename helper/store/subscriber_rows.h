#pragma once
// People as rows: subscriber, guess_points, sending. One MAC covers all three, so that no day of the ledger
// can be edited, added or deleted; a change is one conditional UPDATE on the row's revision.
// Everything here runs inside a transaction of the caller and throws as Connection does.
#include "base/result.h"
#include "store/connection.h"
#include "store/key_ring.h"
#include "store/standing.h"

#include <optional>
#include <string>

namespace ssp {

struct SubscriberRow {
    SubscriberId id{};
    std::optional<std::int64_t> uid; ///< nothing after a reset
    std::string name;
    std::int64_t authenticators = 0; ///< how many authenticator rows there must be
    std::int64_t revision = 0;
    std::int64_t key_id = 0; ///< the row is under
    Standing standing;
    Standing stored; ///< as the ledger's rows are now
};

class SubscriberRows {
public:
    SubscriberRows(Connection& connection, const KeyRing& keys) : connection_(connection), keys_(keys) {}

    /// Errors of all that read: store_tampered. find(): identity_changed. load(): internal if there is none.
    Result<std::optional<SubscriberRow>> find(const Identity& identity);
    Result<std::optional<SubscriberRow>> find_by_name(const std::string& name);
    Result<std::optional<SubscriberRow>> find_by_uid(std::uint32_t uid);
    Result<SubscriberRow> load(SubscriberId id);

    /// A new row without authenticators.
    Result<SubscriberRow> add(const Identity& identity);
    /// Who is called so, whether their row verifies or not.
    std::optional<SubscriberId> id_of(const std::string& name);
    /// Makes the row of `row.id` and its name what `row` says, whatever was in it: nobody believes that.
    /// Errors: store_unavailable.
    Result<void> begin_anew(SubscriberRow& row);
    /// Writes the row back if nobody changed it since it was read. Errors: store_unavailable.
    Result<void> save(SubscriberRow& row);

private:
    Result<std::optional<SubscriberRow>> load_if(std::optional<std::int64_t> id);
    Fields signed_fields(const Seals& seals, const SubscriberRow& row) const;
    void save_ledger(const SubscriberRow& row);
    void save_sendings(const SubscriberRow& row);

    Connection& connection_;
    const KeyRing& keys_;
};

} // namespace ssp
