#include "store/audit_trail.h"

#include <algorithm>

namespace ssp {

namespace {

Fields fields_of_row(std::int64_t key_id, const AuditHead& previous, std::int64_t sequence, WallTime at,
                     const AuditEntry& entry)
{
    Fields fields("audit");
    fields.add(key_id).add(previous.node_id).add(sequence).add(previous.mac);
    fields.add(std::int64_t{at.time_since_epoch().count()}).add(entry.event);
    fields.add(std::int64_t{entry.person.uid}).add(entry.person.name).add(entry.actor).add(entry.service);
    fields.add(entry.source).add(entry.method).add(entry.detail);
    return fields;
}

Fields signed_fields(const Seals& seals, const AuditHead& head)
{
    Fields fields("audit head");
    fields.add(seals.key_id).add(head.node_id).add(head.sequence).add(head.mac);
    return fields;
}

/// The first row under a new key follows a head under the one before.
bool is_signed(const KeyRing& keys, const AuditHead& head, const std::string& mac)
{
    return keys.newest().audit.holds(signed_fields(keys.newest(), head), mac) ||
           keys.current().audit.holds(signed_fields(keys.current(), head), mac);
}

} // namespace

Result<AuditHead> AuditTrail::head()
{
    AuditHead head;
    head.node_id = node_id_;
    auto row =
        connection_.query("SELECT sequence, mac, head_mac FROM audit_head WHERE node_id = $1", node_id_);
    if (!row.next())
        return head;
    head.sequence = row.number(0);
    head.mac = row.array<std::tuple_size_v<Digest>>(1);
    if (!is_signed(keys_, head, row.bytes(2)))
        return Error{ErrorKind::store_tampered, "the head of the audit trail"};
    return head;
}

Result<void> AuditTrail::append(const AuditEntry& entry, WallTime now)
{
    const auto previous = head();
    if (!previous)
        return previous.error();
    newest_ = std::max(newest_, now);
    const auto& seals = keys_.newest();
    AuditHead next = *previous;
    next.sequence += 1;
    next.mac = seals.audit.of(fields_of_row(seals.key_id, *previous, next.sequence, now, entry));
    connection_.run("INSERT INTO audit (node_id, sequence, at, event, uid, name, actor, service, source,"
                    " method, detail, key_id, mac)"
                    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
                    next.node_id, next.sequence, now, entry.event, std::int64_t{entry.person.uid},
                    entry.person.name, entry.actor, entry.service, entry.source, entry.method, entry.detail,
                    seals.key_id, next.mac);
    connection_.run("INSERT INTO audit_head (node_id, sequence, mac, head_mac) VALUES ($1, $2, $3, $4)"
                    " ON CONFLICT (node_id) DO UPDATE SET sequence = excluded.sequence,"
                    " mac = excluded.mac, head_mac = excluded.head_mac",
                    next.node_id, next.sequence, next.mac, seals.audit.of(signed_fields(seals, next)));
    return {};
}

Result<void> AuditTrail::check_end()
{
    const auto last = head();
    if (!last)
        return last.error();
    auto row = connection_.query(
        "SELECT sequence, mac FROM audit WHERE node_id = $1 ORDER BY sequence DESC LIMIT 1", node_id_);
    AuditHead found{node_id_, 0, {}};
    if (row.next()) {
        found.sequence = row.number(0);
        found.mac = row.array<std::tuple_size_v<Digest>>(1);
    }
    if (found != *last)
        return Error{ErrorKind::store_tampered, "rows of the audit trail were cut off at the end, or added"};
    return {};
}

Result<void> AuditTrail::check_last_links(int most)
{
    const auto last = head();
    if (!last)
        return last.error();
    const auto cut = end_of_cuts();
    if (!cut)
        return cut.error();
    AuditHead link = *cut;
    if (last->sequence - most > cut->sequence)
        link = {node_id_, last->sequence - most, mac_at(last->sequence - most)};
    for (const auto& row : rows_behind(link.sequence, most)) {
        if (!follows(link, row))
            return Error{ErrorKind::store_tampered,
                         "row " + std::to_string(row.sequence) +
                             " of the audit trail was changed, or the one before it is missing"};
        link = {row.node_id, row.sequence, row.mac};
    }
    if (link != *last)
        return Error{ErrorKind::store_tampered, "rows of the audit trail were cut off at the end, or added"};
    return {};
}

Digest AuditTrail::mac_at(std::int64_t sequence)
{
    auto row =
        connection_.query("SELECT mac FROM audit WHERE node_id = $1 AND sequence = $2", node_id_, sequence);
    return row.next() ? row.array<std::tuple_size_v<Digest>>(0) : Digest{};
}

std::optional<WallTime> AuditTrail::first_after(WallTime now)
{
    auto row =
        connection_.query("SELECT min(at) FROM audit WHERE node_id = $1 AND at > $2 AND sequence >"
                          " (SELECT coalesce(max(sequence), 0) FROM audit WHERE node_id = $1 AND event = $3)",
                          node_id_, now, std::string(audit_event::clock_repaired));
    return row.next() && !row.is_null(0) ? std::optional(row.wall_time(0)) : std::nullopt;
}

WallTime AuditTrail::last_written()
{
    auto row =
        connection_.query("SELECT at FROM audit WHERE node_id = $1 ORDER BY sequence DESC LIMIT 1", node_id_);
    return row.next() ? row.wall_time(0) : WallTime{};
}

std::vector<AuditRow> AuditTrail::rows_behind(std::int64_t sequence, int most)
{
    std::vector<AuditRow> out;
    auto rows =
        connection_.query("SELECT sequence, at, event, uid, name, actor, service, source, method, detail,"
                          " key_id, mac FROM audit WHERE node_id = $1 AND sequence > $2"
                          " ORDER BY sequence LIMIT $3",
                          node_id_, sequence, std::int64_t{most});
    while (rows.next()) {
        AuditRow row;
        row.node_id = node_id_;
        row.sequence = rows.number(0);
        row.at = rows.wall_time(1);
        row.entry = {rows.bytes(2), {static_cast<std::uint32_t>(rows.number(3)), rows.bytes(4)},
                     rows.bytes(5), rows.bytes(6),
                     rows.bytes(7), rows.bytes(8),
                     rows.bytes(9)};
        row.key_id = rows.number(10);
        row.mac = rows.array<std::tuple_size_v<Digest>>(11);
        out.push_back(std::move(row));
    }
    return out;
}

bool AuditTrail::follows(const AuditHead& link, const AuditRow& row) const
{
    const std::string_view mac(reinterpret_cast<const char*>(row.mac.data()), row.mac.size());
    const auto* key = keys_.audit_under(row.key_id);
    return key != nullptr && row.node_id == link.node_id && row.sequence == link.sequence + 1 &&
           key->holds(fields_of_row(row.key_id, link, row.sequence, row.at, row.entry), mac);
}

} // namespace ssp
