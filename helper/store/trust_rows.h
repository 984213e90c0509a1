#pragma once
// Trusted devices as rows. The MAC binds a row to its person, by uid and name, and to its device and scope:
// copied to somebody else it does not verify. Runs inside a transaction; throws as Connection does.
#include "store/records.h"
#include "store/subscriber_rows.h"

#include <optional>
#include <vector>

namespace ssp {

class TrustRows {
public:
    TrustRows(Connection& connection, const KeyRing& keys) : connection_(connection), keys_(keys) {}

    /// Errors of all that read: store_tampered.
    Result<std::vector<TrustRecord>> all(const SubscriberRow& person);
    Result<std::vector<TrustRecord>> of_device(const SubscriberRow& person, const Digest& device);
    Result<std::optional<TrustRecord>> find(const SubscriberRow& person, TrustId id);

    void add(const SubscriberRow& person, TrustRecord trust);
    /// True if it was not revoked and not expired; it was used now.
    bool use(const SubscriberRow& person, TrustRecord& trust, WallTime now);
    /// True if it was not revoked before.
    bool revoke(const SubscriberRow& person, TrustRecord trust);
    /// Signs what is under another key than the newest with that one. Returns how many. Errors:
    /// store_tampered.
    Result<int> renew(const SubscriberRow& person);
    void forget(const SubscriberRow& person, TrustId id);
    void forget_all(const SubscriberRow& person);

private:
    Result<TrustRecord> read(const Query& row, const SubscriberRow& person) const;
    Result<std::vector<TrustRecord>> read_all(Query rows, const SubscriberRow& person) const;
    Fields signed_fields(const Seals& seals, const SubscriberRow& person, const TrustRecord& trust) const;

    Connection& connection_;
    const KeyRing& keys_;
};

} // namespace ssp
