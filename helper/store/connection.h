#pragma once
// One SQLite connection with its prepared statements, set up the one way this product uses it.
// Whatever goes wrong is a SQLite::Exception; the writer job and the read edge catch it (sqlite_store.cpp).
#include "base/clock.h"
#include "base/result.h"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>
#include <SQLiteCpp/Statement.h>
#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace ssp {

/// Sealed bytes: bound as a blob, not as text.
struct Blob {
    std::string_view bytes;
};

/// A statement that runs: bound when made, reset when it goes, whatever happened in between.
class Query {
public:
    template <class... Values>
    explicit Query(SQLite::Statement& statement, const Values&... values) : statement_(statement)
    {
        int index = 0;
        (bind(++index, values), ...);
    }
    ~Query() { statement_.tryReset(); }
    Query(const Query&) = delete;
    Query& operator=(const Query&) = delete;

    /// The next row, if there is one.
    bool next() { return statement_.executeStep(); }

    std::int64_t number(int column) const { return statement_.getColumn(column).getInt64(); }
    bool is_null(int column) const { return statement_.getColumn(column).isNull(); }
    std::string bytes(int column) const;
    WallTime wall_time(int column) const { return WallTime(Seconds(number(column))); }
    /// Zeros unless the value has exactly this size: its row's MAC then does not hold.
    template <std::size_t n> std::array<unsigned char, n> array(int column) const
    {
        std::array<unsigned char, n> out{};
        const auto value = bytes(column);
        if (value.size() == n)
            std::copy(value.begin(), value.end(), out.begin());
        return out;
    }

private:
    void bind(int index, std::int64_t value) { statement_.bind(index, value); }
    void bind(int index, const std::string& text) { statement_.bind(index, text); }
    void bind(int index, Blob blob)
    {
        statement_.bind(index, blob.bytes.data(), static_cast<int>(blob.bytes.size()));
    }
    void bind(int index, const std::optional<std::int64_t>& value)
    {
        if (value)
            bind(index, *value);
        else
            statement_.bind(index); // NULL
    }
    void bind(int index, WallTime time) { bind(index, std::int64_t{time.time_since_epoch().count()}); }
    template <std::size_t n> void bind(int index, const std::array<unsigned char, n>& bytes)
    {
        statement_.bind(index, bytes.data(), static_cast<int>(n));
    }

    SQLite::Statement& statement_;
};

/// How long a statement waits for a lock that another process holds (ms).
inline constexpr int lock_wait_ms = 2000;

/// Whether what SQLite met is damage: something read is no database, or not what was written; or a statement,
/// all of which are ours, does not fit the tables that are there.
bool is_damage(const SQLite::Exception& met) noexcept;

/// "sqlite CODE: its words", and the way out when it is damage. Goes behind the name of the file.
std::string words_for(const SQLite::Exception& met);

class Connection {
public:
    /// Opens an existing database; checks nothing about the file (database_file.h does) and applies what
    /// every connection needs: WAL and synchronous=FULL read back, secure_delete, no triggers or views.
    /// Errors: configuration when one of these cannot be had.
    static Result<std::unique_ptr<Connection>> open(const std::string& path);

    /// Runs `text` with `values` for $1, $2, ... in order of first appearance. `text` is a literal: it is
    /// prepared once and kept.
    template <class... Values> Query query(const char* text, const Values&... values)
    {
        return Query(prepared(text), values...);
    }
    template <class... Values> void run(const char* text, const Values&... values)
    {
        Query statement(prepared(text), values...);
        while (statement.next()) {
        }
    }
    /// One or more statements without values.
    void execute(const char* text) { database_.exec(text); }
    std::int64_t pragma(const char* text);

    /// Whether the last connection merges the WAL into the file when it closes, and removes it. Off from the
    /// start: whoever opens a database that turns out to be damaged, or beside a WAL that is not its own,
    /// leaves both as they lay there. For who knows that they are sound, at a clean end. False: it cannot be
    /// set.
    bool merge_at_close(bool merge) noexcept;

    /// Whether the disk failed under it once. SQLite says SQLITE_CORRUPT for a page that it did not get from
    /// the disk, as for a damaged one: this tells the two apart.
    bool met_io_error() noexcept;

    SQLite::Database& raw() noexcept { return database_; }

private:
    explicit Connection(const std::string& path);
    bool close_the_schema() noexcept;
    SQLite::Statement& prepared(const char* text);

    SQLite::Database database_;
    std::unordered_map<const char*, std::unique_ptr<SQLite::Statement>> statements_; // go before database_
};

} // namespace ssp
