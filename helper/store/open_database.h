#pragma once
#include "store/ballast.h"
#include "store/history_mark.h"
#include "store/key_rotation.h"
#include "store/master_key.h"
#include "store/tables.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace ssp {

/// What is needed to open a database.
struct OpenSettings {
    const MasterKey& key;
    const std::function<Result<std::optional<MasterKey>>()>& next_key; ///< SqliteStore::Settings
    std::optional<BootId> boot_id;                                     ///< nothing: the kernel's
    std::size_t ballast_bytes = 0;
};

/// A database that is ours, of today's schema, and no older copy of itself; marked as not closed.
struct OpenDatabase {
    std::string file;
    Ballast ballast;
    BootId boot_id{};
    bool stopped_uncleanly = true;
    std::unique_ptr<Tables> written; ///< for the writer thread
    std::unique_ptr<Tables> read;    ///< for the loop: it changes nothing
    std::shared_ptr<KeyRotating> rotating;
    HistoryMark mark;
};

/// Opens `file`, which check_database_file() found to be one of ours; SqliteStore::open() calls it. On a full
/// disk the ballast is given up for it. Errors: those of SqliteStore::open(), without the name of the file.
Result<OpenDatabase> open_database(const std::string& file, const OpenSettings& settings);

} // namespace ssp
