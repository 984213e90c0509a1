#include "store/installation.h"

namespace ssp {

namespace {

Fields key_check(const Seals& seals, const std::string& node_id)
{
    Fields fields("key check");
    fields.add(seals.key_id).add(node_id);
    return fields;
}

} // namespace

void write_installation(Connection& connection, const Seals& seals, const std::string& node_id)
{
    connection.run(
        "INSERT INTO installation (id, node_id, key_id, key_check, clean) VALUES (1, $1, $2, $3, 1)", node_id,
        seals.key_id, seals.rows.of(key_check(seals, node_id)));
}

Result<Installation> read_installation(Connection& connection, const Seals& seals)
{
    auto row = connection.query("SELECT node_id, key_id, key_check, clean FROM installation WHERE id = 1");
    if (!row.next())
        return Error{ErrorKind::configuration, "this database was never initialised"};
    const auto node_id = row.bytes(0);
    if (row.number(1) != seals.key_id || !seals.rows.holds(key_check(seals, node_id), row.bytes(2)))
        return Error{ErrorKind::configuration,
                     "the master key is not the one this database was made with; restore the key that was"};
    return Installation{node_id, row.number(3) != 0};
}

void mark_clean(Connection& connection, bool clean)
{
    connection.run("UPDATE installation SET clean = $1 WHERE id = 1", std::int64_t{clean});
}

} // namespace ssp
