#include "store/transactions.h"

namespace ssp::transactions {

namespace {

/// What became of the message of a challenge; `what` is note_typed_back() or note_never_sent().
Result<void> note(Tables& rows, WallTime now, const ChallengeRecord& challenge,
                  void (*what)(SendCounts&, WallTime))
{
    if (!challenge.send)
        return {};
    const auto channel = channel_of(challenge.kind);
    auto counts = rows.send_counts.load(*challenge.send, channel);
    if (!counts)
        return counts.error();
    const auto before = *counts;
    what(*counts, challenge.send->at);
    rows.send_counts.save(*challenge.send, channel, before, *counts, now);
    return {};
}

/// The message of this challenge never left.
Result<void> take_back(Tables& rows, const Terms& terms, SubscriberId person, const ChallengeId& id)
{
    const auto live = rows.challenges.find_live(person, id, terms.now);
    if (!live)
        return live.error();
    if (!*live)
        return {};
    if (auto noted = note(rows, terms.now.wall, **live, note_never_sent); !noted)
        return noted.error();
    auto row = rows.subscribers.load(person);
    if (!row)
        return row.error();
    forgive_the_wait(row->standing, channel_of((*live)->kind), terms.sending.between);
    if (auto saved = rows.subscribers.save(*row); !saved)
        return saved.error();
    return {};
}

/// reserve_counted() on the rows.
Result<SendReservation> reserve_for_all(Tables& rows, const Terms& terms, const SendRequest& request)
{
    const auto now = terms.now.wall;
    SendReceipt receipt{rows.send_counts.digest_of(request.number), counted_source(request.source),
                        request.region, now};
    auto counts = rows.send_counts.load(receipt, request.channel);
    if (!counts)
        return counts.error();
    const auto before = *counts;
    auto reservation = reserve_counted(*counts, request, now, terms.sending);
    rows.send_counts.save(receipt, request.channel, before, *counts, now);
    if (reservation.answer == SendAnswer::granted)
        reservation.receipt = std::move(receipt);
    return reservation;
}

} // namespace

Result<void> note_came_back(Tables& rows, WallTime now, SubscriberRow& person,
                            const ChallengeRecord& challenge)
{
    refund_sending(person.standing, channel_of(challenge.kind));
    return note(rows, now, challenge, note_typed_back);
}

Result<SendReservation> reserve_send(Tables& rows, const Terms& terms, SubscriberId person,
                                     const SendRequest& request, const AuditEntry& entry)
{
    const auto now = terms.now.wall;
    auto row = rows.subscribers.load(person);
    if (!row)
        return row.error();
    const auto everybody = rows.everybody.load();
    if (!everybody)
        return everybody.error();
    auto reservation =
        reserve_sending(row->standing, *everybody, request, now, terms.guessing, terms.sending);
    if (reservation.answer == SendAnswer::granted) {
        auto counted = reserve_for_all(rows, terms, request);
        if (!counted)
            return counted.error();
        reservation = std::move(*counted);
    }
    if (reservation.answer == SendAnswer::granted)
        if (auto saved = rows.subscribers.save(*row); !saved)
            return saved.error();
    for (const auto& noted : rows_of(reservation, request, entry)) {
        if (auto written = rows.audit.append(noted, now); !written)
            return written.error();
        rows.for_journal.push_back(noted);
    }
    return reservation;
}

Result<Done> void_challenge(Tables& rows, const Terms& terms, SubscriberId person,
                            const ChallengeId& challenge, bool never_sent)
{
    if (never_sent)
        if (auto noted = take_back(rows, terms, person, challenge); !noted)
            return noted.error();
    rows.challenges.forget(person, challenge);
    return Done{};
}

} // namespace ssp::transactions
