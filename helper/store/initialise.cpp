#include "store/initialise.h"

#include "store/database_file.h"
#include "store/installation.h"
#include "store/schema.h"

#include <SQLiteCpp/Exception.h>
#include <array>
#include <fmt/format.h>
#include <unistd.h>

namespace ssp {

namespace {

Result<void> fill(const std::string& file, const MasterKey& key, const std::string& node_id, Random& random)
{
    try {
        auto connection = Connection::open(file);
        if (!connection)
            return connection.error();
        create_schema(**connection, migrations());
        const Seals seals(key);
        write_installation(**connection, seals, node_id);
        if (auto kept = make_kept_keys(**connection, seals, random); !kept)
            return kept.error();
        (*connection)->execute("PRAGMA wal_checkpoint(TRUNCATE)");
        return {};
    } catch (const SQLite::Exception& e) {
        return Error{ErrorKind::configuration, "database " + file + ": " + e.what()};
    }
}

void remove(const std::string& file)
{
    for (const char* suffix : {"", "-wal", "-shm"})
        unlink((file + suffix).c_str());
}

} // namespace

Result<void> initialise_store(const std::string& path, const MasterKey& key, Random& random, uid_t owner,
                              gid_t group)
{
    std::array<unsigned char, 8> id{};
    if (auto filled = random.fill(id); !filled)
        return filled.error();
    const auto node_id = fmt::format("{:02x}", fmt::join(id, ""));

    const auto file = create_database_file(path, owner, group);
    if (!file)
        return file.error();
    auto done = fill(*file, key, node_id, random);
    if (done)
        done = publish_database_file(*file, path);
    if (!done)
        remove(*file);
    return done;
}

} // namespace ssp
