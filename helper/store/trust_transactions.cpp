#include "store/transactions.h"

namespace ssp::transactions {

Result<std::optional<Trust>> find_trust(Tables& rows, const Moment& now, SubscriberId person,
                                        const Digest& device, const std::string& scope)
{
    const auto row = rows.subscribers.load(person);
    if (!row)
        return row.error();
    const auto known = rows.trust.of_device(*row, device);
    if (!known)
        return known.error();
    for (const auto& trust : *known)
        if (trust.scope == scope && is_live(trust, row->standing, now))
            return std::optional(shown(trust, true));
    return std::optional<Trust>();
}

Result<std::vector<Trust>> list_trust(Tables& rows, const Moment& now, SubscriberId person)
{
    const auto row = rows.subscribers.load(person);
    if (!row)
        return row.error();
    const auto known = rows.trust.all(*row);
    if (!known)
        return known.error();
    return listed(*known, row->standing, now);
}

Result<Done> grant_trust(Tables& rows, const Moment& now, SubscriberId person, const NewTrust& trust,
                         const AuditEntry& entry)
{
    const auto row = rows.subscribers.load(person);
    if (!row)
        return row.error();
    if (row->standing.locked_by_desk)
        return Error{ErrorKind::not_permitted, "locked by the desk"};
    if (is_over(trust.epoch, row->standing))
        return Error{ErrorKind::not_permitted, trust_ended_meanwhile};
    const auto known = rows.trust.all(*row);
    if (!known)
        return known.error();
    for (const auto id : ended_by(trust, *known, row->standing, now))
        for (const auto& old : *known)
            if (old.id == id)
                rows.trust.revoke(*row, old);
    for (const auto id : crowded_out(*known, row->standing, now))
        rows.trust.forget(*row, id);
    rows.trust.add(*row, granted(trust, row->standing, now));
    if (auto added = add_notice(rows, person, remembered_sentence(trust.label, now.wall)); !added)
        return added;
    return record(rows, now.wall, entry);
}

Result<bool> revoke_trust(Tables& rows, const Moment& now, SubscriberId person, TrustId trust,
                          const AuditEntry& entry)
{
    const auto row = rows.subscribers.load(person);
    if (!row)
        return row.error();
    const auto known = rows.trust.find(*row, trust);
    if (!known)
        return known.error();
    if (!*known || !is_live(**known, row->standing, now) || !rows.trust.revoke(*row, **known))
        return false;
    if (auto written = record(rows, now.wall, entry); !written)
        return written.error();
    return true;
}

} // namespace ssp::transactions
