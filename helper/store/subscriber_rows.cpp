#include "store/subscriber_rows.h"

namespace ssp {

namespace {

std::int64_t seconds_or_zero(const std::optional<WallTime>& time)
{
    return time ? std::int64_t{time->time_since_epoch().count()} : 0;
}

std::optional<std::int64_t> first_number(Query query)
{
    return query.next() ? std::optional(query.number(0)) : std::nullopt;
}

} // namespace

Fields SubscriberRows::signed_fields(const Seals& seals, const SubscriberRow& row) const
{
    const auto& standing = row.standing;
    Fields fields("subscriber");
    fields.add(seals.key_id).add(static_cast<std::int64_t>(row.id)).add(row.uid.value_or(-1)).add(row.name);
    fields.add(row.authenticators).add(row.revision).add(std::int64_t{standing.locked_by_desk});
    fields.add(standing.lock_reason).add(std::int64_t{standing.points_since_success});
    fields.add(std::int64_t{standing.consecutive_failures}).add(seconds_or_zero(standing.throttled_until));
    fields.add(standing.epoch).add(static_cast<std::int64_t>(standing.points_by_day.size()));
    for (const auto& [day, points] : standing.points_by_day)
        fields.add(day).add(std::int64_t{points});
    for (const auto& sending : standing.sendings)
        fields.add(static_cast<std::int64_t>(sending.channel))
            .add(std::int64_t{sending.at.time_since_epoch().count()});
    if (standing.succeeded_at) // rows of an older schema have none, and their MACs neither
        fields.add("succeeded at").add(seconds_or_zero(standing.succeeded_at));
    return fields;
}

Result<std::optional<SubscriberRow>> SubscriberRows::find(const Identity& identity)
{
    std::optional<std::int64_t> id;
    {
        auto rows = connection_.query("SELECT id, uid, name FROM subscriber WHERE name = $1 OR uid = $2",
                                      identity.name, std::int64_t{identity.uid});
        while (rows.next()) {
            const bool same_name = rows.bytes(2) == identity.name;
            const bool same_uid = !rows.is_null(1) && rows.number(1) == identity.uid;
            if (!same_name)
                return Error{ErrorKind::identity_changed, "the uid is known with another name"};
            if (!same_uid && !rows.is_null(1))
                return Error{ErrorKind::identity_changed, "the name is known with another uid"};
            id = rows.number(0);
        }
    }
    return load_if(id);
}

std::optional<SubscriberId> SubscriberRows::id_of(const std::string& name)
{
    const auto id = first_number(connection_.query("SELECT id FROM subscriber WHERE name = $1", name));
    return id ? std::optional(SubscriberId{*id}) : std::nullopt;
}

Result<std::optional<SubscriberRow>> SubscriberRows::find_by_name(const std::string& name)
{
    return load_if(first_number(connection_.query("SELECT id FROM subscriber WHERE name = $1", name)));
}

Result<std::optional<SubscriberRow>> SubscriberRows::find_by_uid(std::uint32_t uid)
{
    return load_if(
        first_number(connection_.query("SELECT id FROM subscriber WHERE uid = $1", std::int64_t{uid})));
}

Result<std::optional<SubscriberRow>> SubscriberRows::load_if(std::optional<std::int64_t> id)
{
    if (!id)
        return std::optional<SubscriberRow>();
    auto row = load(SubscriberId{*id});
    if (!row)
        return row.error();
    return std::optional(std::move(*row));
}

Result<SubscriberRow> SubscriberRows::load(SubscriberId id)
{
    const auto key = static_cast<std::int64_t>(id);
    SubscriberRow row;
    row.id = id;
    auto& standing = row.standing;
    {
        auto days = connection_.query(
            "SELECT day, points FROM guess_points WHERE subscriber_id = $1 ORDER BY day", key);
        while (days.next())
            standing.points_by_day.emplace(days.number(0), static_cast<int>(days.number(1)));
        auto sendings = connection_.query(
            "SELECT channel, sent_at FROM sending WHERE subscriber_id = $1 ORDER BY ordinal", key);
        while (sendings.next())
            standing.sendings.push_back({static_cast<Channel>(sendings.number(0)), sendings.wall_time(1)});
    }
    auto found = connection_.query(
        "SELECT uid, name, authenticators, locked_by_desk, lock_reason, points_since_success,"
        " consecutive_failures, throttled_until, epoch, revision, mac, key_id, succeeded_at FROM subscriber"
        " WHERE id = $1",
        key);
    if (!found.next())
        return Error{ErrorKind::internal, "no such subscriber"};
    if (!found.is_null(0))
        row.uid = found.number(0);
    row.name = found.bytes(1);
    row.authenticators = found.number(2);
    standing.locked_by_desk = found.number(3) != 0;
    standing.lock_reason = found.bytes(4);
    standing.points_since_success = static_cast<int>(found.number(5));
    standing.consecutive_failures = static_cast<int>(found.number(6));
    if (found.number(7) != 0)
        standing.throttled_until = found.wall_time(7);
    standing.epoch = found.number(8);
    row.revision = found.number(9);
    if (found.number(12) != 0)
        standing.succeeded_at = found.wall_time(12);
    row.key_id = found.number(11);
    const auto* seals = keys_.under(row.key_id);
    if (seals == nullptr || !seals->rows.holds(signed_fields(*seals, row), found.bytes(10)))
        return Error{ErrorKind::store_tampered, "subscriber " + std::to_string(key)};
    row.stored = standing;
    return row;
}

Result<SubscriberRow> SubscriberRows::add(const Identity& identity)
{
    SubscriberRow row;
    row.uid = identity.uid;
    row.name = identity.name;
    {
        auto inserted = connection_.query(
            "INSERT INTO subscriber (uid, name, authenticators, locked_by_desk, lock_reason,"
            " points_since_success, consecutive_failures, throttled_until, epoch, revision, key_id, mac)"
            " VALUES ($1, $2, 0, 0, '', 0, 0, 0, 0, 0, $3, $4) RETURNING id",
            row.uid, row.name, keys_.newest().key_id, Blob{""});
        if (!inserted.next())
            return Error{ErrorKind::store_unavailable, "nothing was inserted"};
        row.id = SubscriberId{inserted.number(0)};
    }
    if (auto saved = save(row); !saved)
        return saved.error();
    return row;
}

Result<void> SubscriberRows::begin_anew(SubscriberRow& row)
{
    const auto id = static_cast<std::int64_t>(row.id);
    connection_.run("DELETE FROM guess_points WHERE subscriber_id = $1", id);
    connection_.run("DELETE FROM sending WHERE subscriber_id = $1", id);
    connection_.run("UPDATE subscriber SET revision = 0 WHERE id = $1", id);
    row.revision = 0;
    row.stored = {};
    return save(row);
}

Result<void> SubscriberRows::save(SubscriberRow& row)
{
    const auto before = row.revision;
    row.revision += 1;
    const auto& standing = row.standing;
    const auto& seals = keys_.newest();
    {
        auto updated = connection_.query(
            "UPDATE subscriber SET uid = $1, authenticators = $2, locked_by_desk = $3, lock_reason = $4,"
            " points_since_success = $5, consecutive_failures = $6, throttled_until = $7, epoch = $8,"
            " revision = $9, key_id = $10, mac = $11, succeeded_at = $12"
            " WHERE id = $13 AND revision = $14 RETURNING id",
            row.uid, row.authenticators, std::int64_t{standing.locked_by_desk}, standing.lock_reason,
            std::int64_t{standing.points_since_success}, std::int64_t{standing.consecutive_failures},
            seconds_or_zero(standing.throttled_until), standing.epoch, row.revision, seals.key_id,
            seals.rows.of(signed_fields(seals, row)), seconds_or_zero(standing.succeeded_at),
            static_cast<std::int64_t>(row.id), before);
        if (!updated.next())
            return Error{ErrorKind::store_unavailable, "the subscriber was changed by somebody else"};
    }
    row.key_id = seals.key_id;
    save_ledger(row);
    save_sendings(row);
    row.stored = standing;
    return {};
}

void SubscriberRows::save_ledger(const SubscriberRow& row)
{
    const auto id = static_cast<std::int64_t>(row.id);
    const auto& now = row.standing.points_by_day;
    const auto& before = row.stored.points_by_day;
    for (const auto& [day, points] : before)
        if (!now.contains(day))
            connection_.run("DELETE FROM guess_points WHERE subscriber_id = $1 AND day = $2", id, day);
    for (const auto& [day, points] : now) {
        const auto old = before.find(day);
        if (old == before.end() || old->second != points)
            connection_.run("INSERT INTO guess_points (subscriber_id, day, points) VALUES ($1, $2, $3)"
                            " ON CONFLICT (subscriber_id, day) DO UPDATE SET points = excluded.points",
                            id, day, std::int64_t{points});
    }
}

void SubscriberRows::save_sendings(const SubscriberRow& row)
{
    if (row.standing.sendings == row.stored.sendings)
        return;
    const auto id = static_cast<std::int64_t>(row.id);
    connection_.run("DELETE FROM sending WHERE subscriber_id = $1", id);
    std::int64_t ordinal = 0;
    for (const auto& sending : row.standing.sendings)
        connection_.run("INSERT INTO sending (subscriber_id, ordinal, channel, sent_at)"
                        " VALUES ($1, $2, $3, $4)",
                        id, ++ordinal, static_cast<std::int64_t>(sending.channel), sending.at);
}

} // namespace ssp
