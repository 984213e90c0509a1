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

bool MemorySendCounts::reserve_notice(const std::string& whom, std::string_view news, NoticeLimits of_person,
                                      WallTime now, const SendLimits& limits)
{
    SendCount* const kept[] = {&notices_[whom + ' ' + std::string(news)], &notices_[whom],
                               &notices_["everybody"], &by_[Channel::text_message]};
    NoticeCounts counts{*kept[0], *kept[1], *kept[2], *kept[3]};
    if (!ssp::reserve_notice(counts, of_person, now, limits))
        return false;
    *kept[0] = std::move(counts.kind);
    *kept[1] = std::move(counts.person);
    *kept[2] = std::move(counts.everybody);
    *kept[3] = std::move(counts.texts);
    return true;
}

void MemorySendCounts::set_right(WallTime now)
{
    const auto all = [now](auto& counts) {
        for (auto& [subject, count] : counts)
            ssp::set_right(count, now);
    };
    all(to_number_);
    all(from_);
    all(to_region_);
    all(by_);
}

} // namespace ssp
