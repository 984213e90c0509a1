#include "store/initialise.h"

#include "store/database_file.h"
#include "store/everybody_row.h"
#include "store/history_mark.h"
#include "store/installation.h"
#include "store/schema.h"

#include <SQLiteCpp/Exception.h>
#include <array>
#include <fmt/format.h>
#include <sys/stat.h>
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
        EverybodyRow::begin(**connection, seals);
        (*connection)->merge_at_close(true);
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

/// A mark without its database: one that worked here was lost.
Result<void> check_that_no_mark_is_there(const std::string& database)
{
    struct stat status {};
    const auto path = mark_path(database);
    if (lstat(path.c_str(), &status) != 0)
        return {};
    return Error{ErrorKind::configuration,
                 path + " exists, so a database was here. Restore it: ssp-mfa restore FILE --reason=TEXT. "
                        "If there never was one, remove that file and run this again"};
}

} // namespace

Result<std::string> fill_new_store(const std::string& file, const MasterKey& key, Random& random)
{
    std::array<unsigned char, 8> id{};
    if (auto filled = random.fill(id); !filled)
        return filled.error();
    const auto node_id = fmt::format("{:02x}", fmt::join(id, ""));
    if (auto filled = fill(file, key, node_id, random); !filled)
        return filled.error();
    return node_id;
}

Result<void> initialise_store(const std::string& path, const MasterKey& key, Random& random, uid_t owner,
                              gid_t group)
{
    const auto file = create_database_file(path, owner, group);
    if (!file)
        return file.error();
    if (auto free = check_that_no_mark_is_there(path); !free) {
        remove(*file);
        return free;
    }
    // The mark first: a database without one is refused, a mark without a database is only in the way.
    const auto node_id = fill_new_store(*file, key, random);
    auto done = node_id ? Result<void>() : Result<void>(node_id.error());
    if (done)
        done = HistoryMark::put_beside(path, {{*node_id, 0, {}}, 0, {}, false}, Seals(key), owner, group);
    if (done)
        done = HistoryMark::publish(path);
    if (done)
        done = publish_database_file(*file, path);
    if (!done) {
        remove(*file);
        unlink(mark_path(path).c_str());
    }
    return done;
}

} // namespace ssp
