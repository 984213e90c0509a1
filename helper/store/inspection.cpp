#include "store/inspection.h"

#include "store/connection.h"
#include "store/database_file.h"

#include <SQLiteCpp/Exception.h>

namespace ssp {

Result<void> check_integrity(const std::string& path)
{
    const auto file = check_database_file(path);
    if (!file)
        return file.error();
    try {
        const auto connection = Connection::open(*file);
        if (!connection)
            return connection.error();
        auto found = (*connection)->query("PRAGMA quick_check(1)");
        const auto finding = found.next() ? found.bytes(0) : std::string("nothing was checked");
        if (finding != "ok")
            return Error{ErrorKind::store_tampered, "database " + path + ": " + finding};
        return {};
    } catch (const SQLite::Exception& e) {
        return Error{ErrorKind::store_unavailable, "database " + path + ": " + e.what()};
    }
}

} // namespace ssp
