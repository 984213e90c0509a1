#include "store/connection.h"

#include "store/database_file.h"

#include <SQLiteCpp/Column.h>
#include <cerrno>
#include <sqlite3.h>

namespace ssp {

bool is_damage(const SQLite::Exception& met) noexcept
{
    const int primary = met.getErrorCode() & 0xff;
    return primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB || primary == SQLITE_ERROR;
}

std::string words_for(const SQLite::Exception& met)
{
    auto words = (met.getErrorCode() & 0xff) == SQLITE_NOTADB
                     ? "is not an SQLite database"
                     : "sqlite " + std::to_string(met.getExtendedErrorCode()) + ": " + met.what();
    if (is_damage(met))
        words += ". " + std::string(way_out);
    return words;
}

std::string Query::bytes(int column) const
{
    const auto value = statement_.getColumn(column);
    const auto* data = static_cast<const char*>(value.getBlob());
    return data == nullptr ? std::string() : std::string(data, static_cast<std::size_t>(value.getBytes()));
}

Connection::Connection(const std::string& path)
    : database_(path, SQLite::OPEN_READWRITE | SQLite::OPEN_NOFOLLOW | SQLite::OPEN_NOMUTEX, lock_wait_ms)
{
    sqlite3_extended_result_codes(database_.getHandle(), 1);
}

Result<std::unique_ptr<Connection>> Connection::open(const std::string& path)
{
    std::unique_ptr<Connection> connection(new Connection(path));
    if (!connection->close_the_schema() || !connection->merge_at_close(false))
        return Error{ErrorKind::configuration, "triggers and views cannot be turned off"};
    connection->execute("PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON; PRAGMA temp_store=MEMORY;"
                        "PRAGMA foreign_keys=ON; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON");
    auto mode = connection->query("PRAGMA journal_mode=WAL");
    if (!mode.next() || mode.bytes(0) != "wal" || connection->pragma("PRAGMA synchronous") != 2 ||
        connection->pragma("PRAGMA secure_delete") != 1)
        return Error{ErrorKind::configuration, "WAL, synchronous=FULL or secure_delete=ON cannot be had"};
    return connection;
}

/// What a foreign hand could have put into the schema must not run.
bool Connection::close_the_schema() noexcept
{
    auto* handle = database_.getHandle();
    return sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr) == SQLITE_OK &&
           sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr) == SQLITE_OK &&
           sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr) == SQLITE_OK;
}

bool Connection::merge_at_close(bool merge) noexcept
{
    return sqlite3_db_config(database_.getHandle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, merge ? 0 : 1,
                             nullptr) == SQLITE_OK;
}

bool Connection::met_io_error() noexcept
{
    const auto failed = [](sqlite3_file* file) {
        int error = 0;
        return file != nullptr && file->pMethods != nullptr &&
               file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &error) == SQLITE_OK &&
               (error == EIO || error == ENXIO || error == ERANGE);
    };
    sqlite3_file* database = nullptr;
    sqlite3_file* wal = nullptr;
    sqlite3_file_control(database_.getHandle(), "main", SQLITE_FCNTL_FILE_POINTER, &database);
    sqlite3_file_control(database_.getHandle(), "main", SQLITE_FCNTL_JOURNAL_POINTER, &wal);
    return failed(database) || failed(wal);
}

std::int64_t Connection::pragma(const char* text)
{
    Query query(prepared(text));
    return query.next() ? query.number(0) : -1;
}

SQLite::Statement& Connection::prepared(const char* text)
{
    auto& statement = statements_[text];
    if (!statement)
        statement = std::make_unique<SQLite::Statement>(database_, text);
    return *statement;
}

} // namespace ssp
