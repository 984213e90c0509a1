#pragma once
// The tables, by numbered migrations that only go forward: schema/NNNN_*.sql, number N brings a database
// from N-1 to N. The number is SQLite's user_version.
#include "base/result.h"
#include "store/connection.h"

#include <functional>
#include <span>

namespace ssp {

/// SQLite's application_id of our databases: "SSPM".
inline constexpr std::int64_t application_id = 0x5353504d;

/// All migrations of this program, in order.
std::span<const char* const> migrations() noexcept;

/// What SQL cannot do in a migration, because it needs the keys; `had`: the schema before. Its Error undoes
/// the migration.
using AfterMigration = std::function<Result<void>(std::size_t had)>;

/// Refuses a database that is not ours or newer than `known`, and brings an older one up to date in one
/// transaction, `after` included. Called at open, before anything else is read.
/// Errors: configuration, with a sentence; those of `after`. Throws as Connection does.
Result<void> bring_up_to_date(Connection& connection, std::span<const char* const> known,
                              const AfterMigration& after = {});

/// Refuses a database that is not ours, or of an older or newer schema. For programs that only read.
/// Errors: configuration, with a sentence. Throws as Connection does.
Result<void> refuse_other_schema(Connection& connection, std::span<const char* const> known);

/// Makes all tables in an empty database; initialise_store() alone calls it.
void create_schema(Connection& connection, std::span<const char* const> known);

} // namespace ssp
