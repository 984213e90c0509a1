#pragma once
// A whole database as a file: copied while others use it, and checked before anybody relies on it. Called by
// `ssp-mfa backup` and `ssp-mfa restore`, as the owner of the database.
#include "base/result.h"
#include "base/unique_fd.h"
#include "store/key_ring.h"
#include "store/tables.h"

#include <functional>
#include <memory>
#include <string>

namespace ssp {

/// Told now and then: so many parts of all are done.
using Progress = std::function<void(std::int64_t done, std::int64_t all)>;

/// Locks the folder of the database against another backup or restore for as long as it is open.
/// Errors: configuration: one is under way, or there is no such folder.
Result<UniqueFd> lock_folder_of(const std::string& database);

/// Who has the database open: ssp-mfad, which holds its mark locked, or any process that SQLite shows. Empty:
/// nobody. Errors: configuration.
Result<std::string> user_of(const std::string& database);

/// Makes the empty file, mode 0600. Errors: configuration: it exists, or cannot be made.
Result<UniqueFd> create_file(const std::string& path);

/// Copies all bytes and makes them durable. Errors: configuration.
Result<void> copy_bytes(int from, int to, const std::string& path, const Progress& progress);

/// True if both files hold the same bytes.
bool same_bytes(int one, int other);

/// Copies the database `path` into the empty file `copy` by SQLite's online backup: one moment of it, whoever
/// writes meanwhile. `copy` is one file then, without a WAL beside it.
/// Errors: configuration, store_unavailable.
Result<void> copy_database(const std::string& path, const std::string& copy, const Progress& progress);

/// What a copy holds.
struct CopyFacts {
    std::string node_id;
    std::int64_t audit_rows = 0; ///< the number of the newest
    WallTime newest{};           ///< when that was written
    std::int64_t people = 0;
};

/// Opens a database file that is nobody's yet, and checks that it is ours and sound: application id, schema
/// (an older one is brought up to date), SQLite's pages, master key, end of the audit trail. Errors: as
/// SqliteStore::open(). Throws as Connection does.
Result<std::unique_ptr<Tables>> open_copy(const std::string& file, const MasterKey& key);
CopyFacts facts_of(Tables& rows);

/// open_copy(), facts_of() and close_copy(). Errors: as open_copy().
Result<CopyFacts> check_copy(const std::string& file, const MasterKey& key);

/// Writes everything into the one file and closes it. Throws as Connection does.
void close_copy(std::unique_ptr<Tables> rows);

} // namespace ssp
