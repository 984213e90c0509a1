#include "store/everybody_row.h"

#include <charconv>
#include <fmt/format.h>

namespace ssp {

namespace {

std::string text_of(const PointsByDay& days)
{
    std::string text;
    for (const auto& [day, points] : days)
        text += fmt::format("{}{} {}", text.empty() ? "" : ",", day, points);
    return text;
}

/// Of a text whose MAC holds.
PointsByDay days_of(const std::string& text)
{
    PointsByDay days;
    const char* at = text.data();
    const char* const end = at + text.size();
    while (at < end) {
        std::int64_t day = 0;
        int points = 0;
        at = std::from_chars(at, end, day).ptr;
        at = std::from_chars(at < end ? at + 1 : end, end, points).ptr;
        at += at < end ? 1 : 0;
        days.emplace(day, points);
    }
    return days;
}

Fields signed_fields(const Seals& seals, const Everybody& everybody, const std::string& points)
{
    Fields fields("everybody");
    fields.add(seals.key_id).add(points).add(everybody.alarmed_day).add(everybody.spent_day);
    return fields;
}

} // namespace

Result<Everybody> EverybodyRow::load()
{
    auto row =
        connection_.query("SELECT points, alarmed_day, spent_day, mac, key_id FROM everybody WHERE id = 1");
    if (!row.next())
        return Error{ErrorKind::store_tampered, "everybody's guess ledger is missing"};
    const auto points = row.bytes(0);
    Everybody everybody;
    everybody.alarmed_day = row.number(1);
    everybody.spent_day = row.number(2);
    const auto* seals = keys_.under(row.number(4));
    if (seals == nullptr || !seals->rows.holds(signed_fields(*seals, everybody, points), row.bytes(3)))
        return Error{ErrorKind::store_tampered, "everybody's guess ledger"};
    everybody.points_by_day = days_of(points);
    return everybody;
}

void EverybodyRow::save(const Everybody& before, const Everybody& after)
{
    if (after != before)
        write(connection_, keys_.newest(), after);
}

Result<void> EverybodyRow::renew()
{
    const auto everybody = load();
    if (!everybody)
        return everybody.error();
    write(connection_, keys_.newest(), *everybody);
    return {};
}

void EverybodyRow::write(Connection& connection, const Seals& seals, const Everybody& everybody)
{
    const auto points = text_of(everybody.points_by_day);
    connection.run("INSERT INTO everybody (id, points, alarmed_day, spent_day, key_id, mac)"
                   " VALUES (1, $1, $2, $3, $4, $5)"
                   " ON CONFLICT (id) DO UPDATE SET points = excluded.points,"
                   " alarmed_day = excluded.alarmed_day, spent_day = excluded.spent_day,"
                   " key_id = excluded.key_id, mac = excluded.mac",
                   points, everybody.alarmed_day, everybody.spent_day, seals.key_id,
                   seals.rows.of(signed_fields(seals, everybody, points)));
}

} // namespace ssp
