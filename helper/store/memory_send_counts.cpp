#include "store/memory_send_counts.h"

namespace ssp {

SendReservation MemorySendCounts::reserve(const Digest& number, const SendRequest& request, WallTime now,
                                          const SendLimits& limits)
{
    const SendReceipt receipt{number, counted_source(request.source), request.region, now};
    auto counts = counts_of(receipt, request.channel);
    auto reservation = reserve_counted(counts, request, now, limits);
    keep(receipt, request.channel, counts);
    if (reservation.answer == SendAnswer::granted)
        reservation.receipt = receipt;
    return reservation;
}

void MemorySendCounts::note(const ChallengeRecord& challenge, void (*what)(SendCounts&, WallTime))
{
    if (!challenge.send)
        return;
    const auto channel = channel_of(challenge.kind);
    auto counts = counts_of(*challenge.send, channel);
    what(counts, challenge.send->at);
    keep(*challenge.send, channel, counts);
}

SendCounts MemorySendCounts::counts_of(const SendReceipt& message, Channel channel)
{
    return {to_number_[message.number], from_[message.source], to_region_[message.region], by_[channel]};
}

void MemorySendCounts::keep(const SendReceipt& message, Channel channel, const SendCounts& counts)
{
    to_number_[message.number] = counts.number;
    from_[message.source] = counts.source;
    to_region_[message.region] = counts.region;
    by_[channel] = counts.channel;
}

} // namespace ssp
