#include "store/inspection.h"

#include "store/connection.h"
#include "store/database_file.h"

#include <charconv>
#include <sqlite3.h>
#include <string_view>

namespace ssp {

namespace {

/// SQLite's check reports a page that it did not get as a finding like any other, whose number it looked at
/// before: it was the disk, or memory.
bool could_not_be_read(std::string_view finding)
{
    constexpr std::string_view unread = "unable to get the page. error code=";
    const auto at = finding.find(unread);
    if (at == std::string_view::npos)
        return finding.find("failed to get page ") != std::string_view::npos;
    int code = 0;
    finding.remove_prefix(at + unread.size());
    std::from_chars(finding.data(), finding.data() + finding.size(), code);
    return (code & 0xff) != SQLITE_CORRUPT && (code & 0xff) != SQLITE_NOTADB;
}

} // namespace

Result<void> check_integrity(const std::string& path)
{
    const auto file = check_database_file(path);
    if (!file)
        return file.error();
    Result<std::unique_ptr<Connection>> connection;
    try {
        connection = Connection::open(*file);
        if (!connection)
            return connection.error();
        auto found = (*connection)->query("PRAGMA quick_check(1)");
        const auto finding = found.next() ? found.bytes(0) : std::string("nothing was checked");
        if (finding == "ok")
            return {};
        if (could_not_be_read(finding))
            return Error{ErrorKind::store_unavailable, "database " + path + ": " + finding};
        return Error{ErrorKind::store_tampered,
                     "database " + path + ": " + finding + ". " + std::string(way_out)};
    } catch (const SQLite::Exception& e) {
        const bool damage = is_damage(e) && *connection && !(*connection)->met_io_error();
        return Error{damage ? ErrorKind::store_tampered : ErrorKind::store_unavailable,
                     "database " + path + ": " + (damage ? words_for(e) : std::string(e.what()))};
    }
}

} // namespace ssp
