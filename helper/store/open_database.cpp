#include "store/open_database.h"

#include "store/clock_repair.h"
#include "store/database_file.h"
#include "store/installation.h"
#include "store/schema.h"

#include <SQLiteCpp/Exception.h>
#include <algorithm>
#include <fstream>
#include <sqlite3.h>
#include <utility>

namespace ssp {

namespace {

/// Rows of the audit trail that are verified then, before anybody is served: a few milliseconds.
constexpr int links_after_unclean_stop = 1000;

/// An Error with SQLite's code, if it was SQLite's.
struct Failure {
    Error error;
    int primary = SQLITE_OK;
};

Result<BootId> kernel_boot_id()
{
    std::ifstream file("/proc/sys/kernel/random/boot_id");
    std::string text;
    std::getline(file, text);
    std::erase(text, '-');
    BootId id{};
    if (text.size() != 2 * id.size() || text.find_first_not_of("0123456789abcdef") != std::string::npos)
        return Error{ErrorKind::configuration, "the kernel's boot id cannot be read"};
    for (std::size_t i = 0; i < id.size(); ++i)
        id[i] = static_cast<unsigned char>(std::stoi(text.substr(2 * i, 2), nullptr, 16));
    return id;
}

/// Brings the schema to that of today.
Result<void> migrate(Connection& connection, const MasterKey& key)
{
    const auto sign_what_is_new = [&](std::size_t had) -> Result<void> {
        const auto ours = read_installation(connection, key);
        if (!ours)
            return ours.error();
        if (had < EverybodyRow::since_schema)
            EverybodyRow::begin(connection, ours->keys->newest());
        return {};
    };
    return bring_up_to_date(connection, migrations(), sign_what_is_new);
}

/// An older copy of the database is refused; a mark that lags catches up.
Result<HistoryMark> compare_with_mark(const std::string& file, Tables& tables)
{
    auto known = HistoryMark::open(file, *tables.keys);
    if (!known)
        return known.error();
    auto& trail = tables.audit;
    if (auto same = check_history(trail, known->last()); !same)
        return same.error();
    const auto head = trail.head();
    if (!head)
        return head.error();
    tables.highest_step = known->last().highest_step;
    trail.note_newest(std::max(known->last().newest, trail.last_written()));
    if (auto written =
            known->write({*head, tables.highest_step, trail.newest(), false}, tables.keys->newest());
        !written)
        return written.error();
    if (auto synced = known->sync(); !synced)
        return synced.error();
    return std::move(*known);
}

Result<std::unique_ptr<Tables>> tables_to_read(const std::string& file, const MasterKey& key,
                                               const MasterKey* successor)
{
    auto connection = Connection::open(file);
    if (!connection)
        return connection.error();
    (*connection)->execute("PRAGMA query_only=ON");
    (*connection)->raw().setBusyTimeout(100); // the loop waits for it
    auto installation = read_installation(**connection, key, successor);
    if (!installation)
        return installation.error();
    return std::make_unique<Tables>(std::move(*connection), std::move(installation->keys),
                                    installation->node_id);
}

Result<OpenDatabase> open_once(const std::string& file, const BootId& boot_id, const OpenSettings& settings)
{
    auto connection = Connection::open(file);
    if (!connection)
        return connection.error();
    if (auto current = migrate(**connection, settings.key); !current)
        return current.error();
    Result<std::optional<MasterKey>> next = std::optional<MasterKey>();
    if (settings.next_key)
        next = settings.next_key();
    const auto* successor = next && *next ? &**next : nullptr;
    auto installation = read_installation(**connection, settings.key, successor);
    if (!installation && !next) // perhaps it would have been the right one
        return Error{installation.error().kind, installation.error().detail + "; " + next.error().detail};
    if (!installation)
        return installation.error();

    const bool stopped_uncleanly = !installation->clean;
    auto written = std::make_unique<Tables>(std::move(*connection), std::move(installation->keys),
                                            installation->node_id);
    if (auto whole = stopped_uncleanly ? written->audit.check_last_links(links_after_unclean_stop)
                                       : written->audit.check_end();
        !whole)
        return Error{whole.error().kind, whole.error().detail + ". " + std::string(way_out)};
    auto mark = compare_with_mark(file, *written);
    if (!mark)
        return mark.error();
    auto rotating = std::make_shared<KeyRotating>(*written);
    mark_clean(*written->connection, false);
    auto read = tables_to_read(file, settings.key, successor);
    if (!read)
        return read.error();
    return OpenDatabase{file,
                        Ballast(),
                        boot_id,
                        stopped_uncleanly,
                        std::move(written),
                        std::move(*read),
                        std::move(rotating),
                        std::move(*mark)};
}

tl::expected<OpenDatabase, Failure> try_to_open(const std::string& file, const BootId& boot_id,
                                                const OpenSettings& settings)
{
    try {
        auto opened = open_once(file, boot_id, settings);
        if (!opened)
            return tl::unexpected(Failure{opened.error()});
        return std::move(*opened);
    } catch (const SQLite::Exception& e) {
        const auto kind = is_damage(e) ? ErrorKind::store_tampered : ErrorKind::store_unavailable;
        return tl::unexpected(Failure{{kind, words_for(e)}, e.getErrorCode() & 0xff});
    }
}

} // namespace

Result<OpenDatabase> open_database(const std::string& file, const OpenSettings& settings)
{
    auto boot_id = settings.boot_id ? Result<BootId>(*settings.boot_id) : kernel_boot_id();
    if (!boot_id)
        return boot_id.error();
    if (is_on_read_only_file_system(file))
        return Error{ErrorKind::store_unavailable, "its file system is read-only"};
    Ballast ballast(file, settings.ballast_bytes);
    auto opened = try_to_open(file, *boot_id, settings);
    if (!opened && opened.error().primary == SQLITE_FULL) {
        ballast.release();
        opened = try_to_open(file, *boot_id, settings);
    }
    // SQLite calls it damage, too, when the disk did not give it a page. Damage is there the second time.
    if (!opened && (opened.error().primary == SQLITE_CORRUPT || opened.error().primary == SQLITE_NOTADB))
        opened = try_to_open(file, *boot_id, settings);
    if (!opened)
        return opened.error().error;
    opened->ballast = std::move(ballast);
    return std::move(*opened);
}

} // namespace ssp
