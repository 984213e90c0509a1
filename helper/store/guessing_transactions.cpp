#include "store/transactions.h"

namespace ssp::transactions {

Result<TryReservation> reserve_try(Tables& rows, const Terms& terms, SubscriberId person, const TryCost& cost)
{
    const auto now = terms.now.wall;
    auto row = rows.subscribers.load(person);
    if (!row)
        return row.error();
    auto everybody = rows.everybody.load();
    if (!everybody)
        return everybody.error();
    auto failures =
        cost.authenticator ? rows.authenticators.failures(*row, *cost.authenticator) : Result<int>(0);
    if (!failures)
        return failures.error();

    const auto before = *everybody;
    auto reservation = charge(row->standing, *everybody, *failures, cost, now, terms.guessing);
    if (reservation.answer == TryAnswer::granted && cost.challenge) {
        auto challenge = rows.challenges.find_live(person, *cost.challenge, terms.now);
        if (!challenge)
            return challenge.error();
        if (!*challenge || !rows.challenges.reserve_try(person, **challenge, terms.now))
            return TryReservation{TryAnswer::challenge_over};
    }
    if (reservation.answer == TryAnswer::granted) {
        if (auto saved = rows.subscribers.save(*row); !saved)
            return saved.error();
        if (cost.authenticator)
            if (auto saved = rows.authenticators.set_failures(*row, *cost.authenticator, *failures); !saved)
                return saved.error();
    }
    const Identity identity{static_cast<std::uint32_t>(row->uid.value_or(no_uid)), row->name};
    for (const auto& due : alarms(*everybody, reservation.answer, identity, now, terms.guessing)) {
        if (auto written = rows.audit.append(due, now); !written)
            return written.error();
        rows.for_journal.push_back(due);
    }
    rows.everybody.save(before, *everybody);
    return reservation;
}

Result<void> give_back(Tables& rows, WallTime now, SubscriberRow& person, int refund_points)
{
    if (refund_points <= 0) {
        Everybody untouched;
        succeed(person.standing, untouched, 0, now);
        return {};
    }
    auto everybody = rows.everybody.load();
    if (!everybody)
        return everybody.error();
    const auto before = *everybody;
    succeed(person.standing, *everybody, refund_points, now);
    rows.everybody.save(before, *everybody);
    return {};
}

} // namespace ssp::transactions
