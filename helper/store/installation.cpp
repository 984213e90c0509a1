#include "store/installation.h"

#include <initializer_list>

namespace ssp {

namespace {

Fields checked(const Seals& seals, const std::string& node_id)
{
    Fields fields("key check");
    fields.add(seals.key_id).add(node_id);
    return fields;
}

/// One of the keys at hand that has this id and check value.
struct Found {
    const MasterKey* master = nullptr; ///< null: it is not there
    std::unique_ptr<const Seals> seals;
};

Found find_key(std::initializer_list<const MasterKey*> at_hand, const std::string& node_id,
               std::int64_t key_id, const std::string& check)
{
    for (const auto* master : at_hand) {
        if (master == nullptr)
            continue;
        auto seals = std::make_unique<const Seals>(*master);
        if (seals->key_id == key_id && seals->rows.holds(checked(*seals, node_id), check))
            return {master, std::move(seals)};
    }
    return {};
}

} // namespace

Digest key_check(const Seals& seals, const std::string& node_id)
{
    return seals.rows.of(checked(seals, node_id));
}

void write_installation(Connection& connection, const Seals& seals, const std::string& node_id)
{
    connection.run(
        "INSERT INTO installation (id, node_id, key_id, key_check, clean) VALUES (1, $1, $2, $3, 1)", node_id,
        seals.key_id, key_check(seals, node_id));
}

Result<Installation> read_installation(Connection& connection, const MasterKey& key, const MasterKey* next)
{
    Installation out;
    Found current;
    Found successor;
    {
        auto row =
            connection.query("SELECT node_id, key_id, key_check, clean FROM installation WHERE id = 1");
        if (!row.next())
            return Error{ErrorKind::configuration, "this database was never initialised"};
        out.node_id = row.bytes(0);
        out.clean = row.number(3) != 0;
        current = find_key({&key, next}, out.node_id, row.number(1), row.bytes(2));
        if (current.master == nullptr)
            return Error{ErrorKind::configuration,
                         "the master key is not the one this database was made with; "
                         "restore the key that was"};
    }
    {
        auto row = connection.query("SELECT key_id, key_check FROM key_rotation WHERE id = 1");
        if (row.next()) {
            successor = find_key({next, &key}, out.node_id, row.number(0), row.bytes(1));
            if (successor.master == nullptr)
                return Error{ErrorKind::configuration,
                             "the master key is being rotated and the new key is not there; put it back"};
        }
    }
    auto kept = read_kept_keys(connection, *current.seals, successor.seals.get(), *current.master);
    if (!kept)
        return kept.error();
    out.keys =
        std::make_unique<KeyRing>(std::move(current.seals), std::move(successor.seals), std::move(*kept));
    return out;
}

void mark_clean(Connection& connection, bool clean)
{
    connection.run("UPDATE installation SET clean = $1 WHERE id = 1", std::int64_t{clean});
}

} // namespace ssp
