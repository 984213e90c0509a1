#include "store/trust_rows.h"

#define TRUST_COLUMNS                                                                                        \
    "id, device, label, scope, granted_at, last_used_at, expires_at, expires_at_boot, boot_id, epoch,"       \
    " revoked, mac, key_id"

namespace ssp {

namespace {

std::int64_t number(SubscriberId person) { return static_cast<std::int64_t>(person); }
std::int64_t number(TrustId trust) { return static_cast<std::int64_t>(trust); }
std::int64_t number(WallTime time) { return time.time_since_epoch().count(); }

} // namespace

Fields TrustRows::signed_fields(const Seals& seals, const SubscriberRow& person,
                                const TrustRecord& trust) const
{
    Fields fields("trust");
    fields.add(seals.key_id).add(number(person.id)).add(person.uid.value_or(-1)).add(person.name);
    fields.add(number(trust.id)).add(trust.device).add(trust.label).add(trust.scope);
    fields.add(number(trust.granted_at)).add(number(trust.last_used_at)).add(number(trust.expiry.wall));
    fields.add(std::int64_t{trust.expiry.boot.count()}).add(trust.expiry.boot_id);
    fields.add(trust.epoch).add(std::int64_t{trust.revoked});
    return fields;
}

Result<TrustRecord> TrustRows::read(const Query& row, const SubscriberRow& person) const
{
    TrustRecord trust;
    trust.id = TrustId{row.number(0)};
    trust.device = row.array<std::tuple_size_v<Digest>>(1);
    trust.label = row.bytes(2);
    trust.scope = row.bytes(3);
    trust.granted_at = row.wall_time(4);
    trust.last_used_at = row.wall_time(5);
    trust.expiry = {row.wall_time(6), BootTime(row.number(7)), row.array<std::tuple_size_v<BootId>>(8)};
    trust.epoch = row.number(9);
    trust.revoked = row.number(10) != 0;
    const auto* seals = keys_.under(row.number(12));
    if (seals == nullptr || !seals->trust.holds(signed_fields(*seals, person, trust), row.bytes(11)))
        return Error{ErrorKind::store_tampered, "trust " + std::to_string(number(trust.id))};
    return trust;
}

Result<std::vector<TrustRecord>> TrustRows::read_all(Query rows, const SubscriberRow& person) const
{
    std::vector<TrustRecord> out;
    while (rows.next()) {
        auto trust = read(rows, person);
        if (!trust)
            return trust.error();
        out.push_back(std::move(*trust));
    }
    return out;
}

Result<std::vector<TrustRecord>> TrustRows::all(const SubscriberRow& person)
{
    return read_all(
        connection_.query("SELECT " TRUST_COLUMNS " FROM trust WHERE subscriber_id = $1", number(person.id)),
        person);
}

Result<std::vector<TrustRecord>> TrustRows::of_device(const SubscriberRow& person, const Digest& device)
{
    return read_all(connection_.query("SELECT " TRUST_COLUMNS
                                      " FROM trust WHERE subscriber_id = $1 AND device = $2",
                                      number(person.id), device),
                    person);
}

Result<std::optional<TrustRecord>> TrustRows::find(const SubscriberRow& person, TrustId id)
{
    auto row = connection_.query("SELECT " TRUST_COLUMNS " FROM trust WHERE id = $1 AND subscriber_id = $2",
                                 number(id), number(person.id));
    if (!row.next())
        return std::optional<TrustRecord>();
    auto trust = read(row, person);
    if (!trust)
        return trust.error();
    return std::optional(std::move(*trust));
}

void TrustRows::add(const SubscriberRow& person, TrustRecord trust)
{
    const auto& seals = keys_.newest();
    {
        auto inserted = connection_.query(
            "INSERT INTO trust (subscriber_id, device, label, scope, granted_at, last_used_at, expires_at,"
            " expires_at_boot, boot_id, epoch, revoked, key_id, mac)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, $11, $12) RETURNING id",
            number(person.id), trust.device, trust.label, trust.scope, trust.granted_at, trust.last_used_at,
            trust.expiry.wall, std::int64_t{trust.expiry.boot.count()}, trust.expiry.boot_id, trust.epoch,
            seals.key_id, Blob{""});
        trust.id = inserted.next() ? TrustId{inserted.number(0)} : TrustId{};
    }
    connection_.run("UPDATE trust SET mac = $1 WHERE id = $2",
                    seals.trust.of(signed_fields(seals, person, trust)), number(trust.id));
}

bool TrustRows::use(const SubscriberRow& person, TrustRecord& trust, WallTime now)
{
    trust.last_used_at = now;
    const auto& seals = keys_.newest();
    auto used = connection_.query("UPDATE trust SET last_used_at = $1, mac = $2, key_id = $3"
                                  " WHERE id = $4 AND revoked = 0 AND expires_at > $1 RETURNING id",
                                  now, seals.trust.of(signed_fields(seals, person, trust)), seals.key_id,
                                  number(trust.id));
    return used.next();
}

bool TrustRows::revoke(const SubscriberRow& person, TrustRecord trust)
{
    trust.revoked = true;
    const auto& seals = keys_.newest();
    auto revoked = connection_.query("UPDATE trust SET revoked = 1, mac = $1, key_id = $2"
                                     " WHERE id = $3 AND revoked = 0 RETURNING id",
                                     seals.trust.of(signed_fields(seals, person, trust)), seals.key_id,
                                     number(trust.id));
    return revoked.next();
}

Result<int> TrustRows::renew(const SubscriberRow& person)
{
    const auto& seals = keys_.newest();
    const auto old = read_all(connection_.query("SELECT " TRUST_COLUMNS
                                                " FROM trust WHERE subscriber_id = $1 AND key_id <> $2",
                                                number(person.id), seals.key_id),
                              person);
    if (!old)
        return old.error();
    for (const auto& trust : *old)
        connection_.run("UPDATE trust SET mac = $1, key_id = $2 WHERE id = $3",
                        seals.trust.of(signed_fields(seals, person, trust)), seals.key_id, number(trust.id));
    return static_cast<int>(old->size());
}

void TrustRows::forget(const SubscriberRow& person, TrustId id)
{
    connection_.run("DELETE FROM trust WHERE id = $1 AND subscriber_id = $2", number(id), number(person.id));
}

void TrustRows::forget_all(const SubscriberRow& person)
{
    connection_.run("DELETE FROM trust WHERE subscriber_id = $1", number(person.id));
}

} // namespace ssp
