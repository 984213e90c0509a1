// Retention: what AuditTrail takes from its oldest end, and what it signs for it.
#include "store/audit_trail.h"

#include <chrono>

namespace ssp {

namespace {

using Days = std::chrono::sys_days;

Fields fields_of(const AuditCut& cut)
{
    Fields fields("audit cut");
    fields.add(cut.key_id).add(cut.node_id).add(cut.first).add(cut.last).add(cut.mac);
    fields.add(std::int64_t{cut.cut_at.time_since_epoch().count()});
    return fields;
}

bool same_day(WallTime a, WallTime b)
{
    return std::chrono::floor<std::chrono::days>(a) == std::chrono::floor<std::chrono::days>(b);
}

Error tampered(std::string what) { return {ErrorKind::store_tampered, std::move(what)}; }

AuditEntry entry_of(const AuditCut& cut)
{
    AuditEntry entry;
    entry.event = "audit-cut";
    entry.actor = "ssp-mfad";
    entry.detail = "rows from " + std::to_string(cut.first) + " on that are older than audit.keep_days";
    return entry;
}

} // namespace

Result<AuditCut> AuditTrail::read_cut(const Query& row) const
{
    const AuditCut cut{node_id_,         row.number(0),
                       row.number(1),    row.array<std::tuple_size_v<Digest>>(2),
                       row.wall_time(3), row.number(4)};
    const auto* key = keys_.audit_under(cut.key_id);
    if (key == nullptr || !key->holds(fields_of(cut), row.bytes(5)))
        return tampered("the record of the cut from row " + std::to_string(cut.first) + " on was changed");
    return cut;
}

Result<void> AuditTrail::read_cuts(std::vector<AuditCut>& cuts)
{
    auto rows = connection_.query("SELECT first, last, mac, cut_at, key_id, cut_mac FROM audit_cut"
                                  " WHERE node_id = $1 ORDER BY first",
                                  node_id_);
    while (rows.next()) {
        const auto cut = read_cut(rows);
        if (!cut)
            return cut.error();
        const auto expected = cuts.empty() ? 1 : cuts.back().last + 1;
        if (cut->first != expected)
            return tampered("the record of the cut from row " + std::to_string(expected) + " on is missing");
        cuts.push_back(*cut);
    }
    return {};
}

Result<std::optional<AuditCut>> AuditTrail::last_cut()
{
    auto row = connection_.query("SELECT first, last, mac, cut_at, key_id, cut_mac FROM audit_cut"
                                 " WHERE node_id = $1 ORDER BY first DESC LIMIT 1",
                                 node_id_);
    if (!row.next())
        return std::optional<AuditCut>();
    const auto cut = read_cut(row);
    if (!cut)
        return cut.error();
    return std::optional(*cut);
}

Result<AuditHead> AuditTrail::end_of_cuts()
{
    const auto last = last_cut();
    if (!last)
        return last.error();
    return *last ? AuditHead{node_id_, (*last)->last, (*last)->mac} : AuditHead{node_id_, 0, {}};
}

void AuditTrail::save(AuditCut cut)
{
    cut.key_id = keys_.newest().key_id;
    connection_.run("INSERT INTO audit_cut (node_id, first, last, mac, cut_at, key_id, cut_mac)"
                    " VALUES ($1, $2, $3, $4, $5, $6, $7)"
                    " ON CONFLICT (node_id, first) DO UPDATE SET last = excluded.last, mac = excluded.mac,"
                    " cut_at = excluded.cut_at, key_id = excluded.key_id, cut_mac = excluded.cut_mac",
                    cut.node_id, cut.first, cut.last, cut.mac, cut.cut_at, cut.key_id,
                    keys_.newest().audit.of(fields_of(cut)));
}

Result<std::optional<WallTime>> AuditTrail::oldest()
{
    const auto rows = rows_behind(0, 1);
    return rows.empty() ? std::optional<WallTime>() : std::optional(rows.front().at);
}

Result<int> AuditTrail::cut(WallTime before, int most, WallTime now)
{
    const auto newest = head();
    if (!newest)
        return newest.error();
    const auto last = last_cut();
    if (!last)
        return last.error();
    AuditHead link = *last ? AuditHead{node_id_, (*last)->last, (*last)->mac} : AuditHead{node_id_, 0, {}};
    const auto begin = link.sequence;
    for (const auto& row : rows_behind(link.sequence, most)) {
        if (row.at >= before || row.sequence >= newest->sequence)
            break;
        if (!follows(link, row))
            return tampered("row " + std::to_string(link.sequence + 1) + " of the audit trail");
        link.sequence = row.sequence;
        link.mac = row.mac;
    }
    if (link.sequence == begin)
        return 0;

    const bool goes_on = *last && same_day((*last)->cut_at, now);
    const AuditCut cut{node_id_, goes_on ? (*last)->first : begin + 1, link.sequence, link.mac, now, 0};
    connection_.run("DELETE FROM audit WHERE node_id = $1 AND sequence <= $2", node_id_, link.sequence);
    save(cut);
    if (!goes_on)
        if (auto written = append(entry_of(cut), now); !written)
            return written.error();
    return static_cast<int>(link.sequence - begin);
}

} // namespace ssp
