#include "store/schema.h"

#include "store/database_file.h"

#include <SQLiteCpp/Transaction.h>

namespace ssp {

namespace {

constexpr const char* all[] = {
#include "schema_0001.h"
#include "schema_0002.h"
#include "schema_0003.h"
#include "schema_0004.h"
#include "schema_0005.h"
#include "schema_0006.h"
};

void migrate(Connection& connection, std::span<const char* const> known, std::size_t from)
{
    for (const char* step : known.subspan(from))
        connection.execute(step);
    connection.execute(("PRAGMA user_version=" + std::to_string(known.size())).c_str());
}

Result<std::size_t> schema_of(Connection& connection, std::span<const char* const> known)
{
    if (connection.pragma("PRAGMA application_id") != application_id)
        return Error{ErrorKind::configuration,
                     "this is a database of another program. " + std::string(way_out)};
    const auto version = connection.pragma("PRAGMA user_version");
    if (version < 1)
        return Error{ErrorKind::configuration,
                     "this database was never initialised. " + std::string(way_out)};
    const auto have = static_cast<std::size_t>(version);
    if (have > known.size())
        return Error{ErrorKind::configuration, "this database has schema " + std::to_string(have) +
                                                   ", this program knows up to " +
                                                   std::to_string(known.size()) + ": use the newer program"};
    return have;
}

} // namespace

std::span<const char* const> migrations() noexcept { return all; }

Result<void> refuse_other_schema(Connection& connection, std::span<const char* const> known)
{
    const auto have = schema_of(connection, known);
    if (!have)
        return have.error();
    if (*have < known.size())
        return Error{ErrorKind::configuration,
                     "this database is of an older version: start ssp-mfad once, which brings it up to date"};
    return {};
}

Result<void> bring_up_to_date(Connection& connection, std::span<const char* const> known,
                              const AfterMigration& after)
{
    const auto found = schema_of(connection, known);
    if (!found)
        return found.error();
    const auto have = *found;
    if (have < known.size()) {
        SQLite::Transaction transaction(connection.raw(), SQLite::TransactionBehavior::IMMEDIATE);
        migrate(connection, known, have);
        if (auto done = after ? after(have) : Result<void>(); !done)
            return done.error();
        transaction.commit();
    }
    return {};
}

void create_schema(Connection& connection, std::span<const char* const> known)
{
    SQLite::Transaction transaction(connection.raw(), SQLite::TransactionBehavior::IMMEDIATE);
    connection.execute(("PRAGMA application_id=" + std::to_string(application_id)).c_str());
    migrate(connection, known, 0);
    transaction.commit();
}

} // namespace ssp
