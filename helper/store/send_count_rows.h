#pragma once
// The counts of what was sent, as rows: one for each number, source, region and channel of the last 24
// hours. Numbers are keyed digests. Runs inside a transaction of the caller; throws as Connection does.
#include "base/result.h"
#include "store/connection.h"
#include "store/key_ring.h"
#include "store/send_counts.h"

#include <string>
#include <vector>

namespace ssp {

class SendCountRows {
public:
    SendCountRows(Connection& connection, const KeyRing& keys) : connection_(connection), keys_(keys) {}

    /// What is kept of a number.
    Digest digest_of(const SecretString& number) const { return keys_.numbers().of(number.reveal()); }

    /// The counts that one message belongs to. Errors: store_tampered.
    Result<SendCounts> load(const SendReceipt& message, Channel channel);
    /// Where renew() is: behind this row.
    struct Place {
        std::int64_t kind = 0;
        std::string subject;
    };
    /// Signs at most `most` rows behind `place` that are under another key than the newest with that one.
    /// Returns how many; fewer than `most`: there are no more. Errors: store_tampered; `place` is behind that
    /// row.
    Result<int> renew(Place& place, int most);
    /// Writes those back that differ from `before`, and forgets what is older than a day.
    void save(const SendReceipt& message, Channel channel, const SendCounts& before, const SendCounts& after,
              WallTime now);

    /// The counts that one notice belongs to. `whom`: a person's id, or "administrator". Errors:
    /// store_tampered.
    Result<NoticeCounts> load_notices(const std::string& whom, std::string_view news);
    void save_notices(const std::string& whom, std::string_view news, const NoticeCounts& before,
                      const NoticeCounts& after, WallTime now);
    /// ssp::set_right() on all that lie in the future. Errors: store_tampered.
    Result<void> set_right(WallTime now);

    /// ssp::take_higher() with each row of `other`, which is of another copy of this database. Rows of it
    /// that do not verify say nothing. Errors: store_tampered, for one of these.
    Result<void> take_higher(SendCountRows& other, WallTime now);

private:
    struct Key;
    void forget_old(WallTime now);
    std::vector<Key> later_than(WallTime time);
    Result<SendCount> load(const Key& key);
    void save(const Key& key, const SendCount& before, const SendCount& after, WallTime now);
    Fields signed_fields(const Seals& seals, const Key& key, const std::string& steps, WallTime alarmed_at,
                         WallTime last_at) const;

    Connection& connection_;
    const KeyRing& keys_;
};

} // namespace ssp
