#pragma once
// What MemoryStore counts for numbers, sources, regions and channels; the rows of SqliteStore are in
// send_count_rows.h.
#include "store/records.h"
#include "store/send_counts.h"

#include <map>
#include <string>

namespace ssp {

class MemorySendCounts {
public:
    /// reserve_counted() for one message. `number`: the digest that is kept of it.
    SendReservation reserve(const Digest& number, const SendRequest& request, WallTime now,
                            const SendLimits& limits);
    /// What became of the message of a challenge; `what` is note_typed_back() or note_never_sent().
    void note(const ChallengeRecord& challenge, void (*what)(SendCounts&, WallTime));
    /// ssp::reserve_notice() for a person, or for "administrator".
    bool reserve_notice(const std::string& whom, std::string_view news, NoticeLimits of_person, WallTime now,
                        const SendLimits& limits);

    /// ssp::set_right() on all.
    void set_right(WallTime now);

private:
    SendCounts counts_of(const SendReceipt& message, Channel channel);
    void keep(const SendReceipt& message, Channel channel, const SendCounts& counts);

    std::map<Digest, SendCount> to_number_;
    std::map<std::string, SendCount> from_;
    std::map<std::string, SendCount> to_region_;
    std::map<Channel, SendCount> by_;
    std::map<std::string, SendCount> notices_;
};

} // namespace ssp
