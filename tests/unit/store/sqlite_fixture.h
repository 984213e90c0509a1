#pragma once
// A real database in a folder of its own, and a second hand on it: what an intruder, an administrator or
// another program could do to the file.
#include "store/initialise.h"
#include "store/sqlite_store.h"
#include "support/manual_clock.h"
#include "support/temporary_directory.h"

#include <SQLiteCpp/Column.h>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <unistd.h>
#include <vector>

namespace ssp::testing {

inline MasterKey test_key(char fill = 'k') { return {SecretString(std::string(32, fill)), false}; }

inline AuditEntry entry(std::string event)
{
    AuditEntry entry;
    entry.event = std::move(event);
    entry.person = {1000, "alice"};
    return entry;
}

inline TryCost costs(int points)
{
    TryCost cost;
    cost.points = points;
    return cost;
}

/// Waits for one task on one store; what stands in for the event loop.
template <class T> Result<T> wait_for(SqliteStore& store, Task<T> task)
{
    RootTask<T> root(std::move(task));
    root.start([] {});
    while (!root.finished()) {
        pollfd ready{store.completions_fd(), POLLIN, 0};
        if (poll(&ready, 1, 20000) != 1)
            throw std::runtime_error("the writer thread does not answer");
        store.run_completions();
    }
    return root.take();
}

class SqliteFixture {
public:
    /// `folder`: an existing one; nothing: one of its own.
    explicit SqliteFixture(std::string folder = {}) : folder_(std::move(folder))
    {
        if (const auto made = initialise_store(path(), test_key(), random, geteuid(), getegid()); !made)
            throw std::runtime_error(made.error().detail);
    }

    std::string path() const { return (folder_.empty() ? own_folder.path() : folder_) + "/ssp-mfa.db"; }

    Result<std::unique_ptr<SqliteStore>> try_open(MasterKey key = test_key())
    {
        SqliteStore::Settings settings;
        settings.path = path();
        settings.key = std::move(key);
        settings.boot_id = boot_id;
        settings.next_key = [this]() -> Result<std::optional<MasterKey>> {
            return next_key == 0 ? std::nullopt : std::optional(test_key(next_key));
        };
        settings.hooks.on_audit_head = [this](const AuditHead& head) { heads.push_back(head); };
        settings.hooks.on_audit_entry = [this](const AuditEntry& noted) { entries.push_back(noted); };
        settings.hooks.on_alarm = [this](const std::string& alarm) { alarms.push_back(alarm); };
        settings.hooks.on_trouble = [this](const std::string& trouble) { troubles.push_back(trouble); };
        settings.hooks.on_recovery = [this] { troubles.emplace_back("over"); };
        settings.ballast_bytes = ballast_bytes;
        return SqliteStore::open(std::move(settings), clock, random);
    }
    SqliteStore& open()
    {
        store.reset();
        auto opened = try_open();
        if (!opened)
            throw std::runtime_error(opened.error().detail);
        store = std::move(*opened);
        return *store;
    }
    void close() { store.reset(); }

    template <class T> Result<T> wait(Task<T> task) { return wait_for(*store, std::move(task)); }
    template <class T> T get(Task<T> task)
    {
        auto result = wait(std::move(task));
        if (!result)
            throw std::runtime_error("the store failed: " + result.error().detail);
        if constexpr (!std::is_void_v<T>)
            return std::move(*result);
    }

    /// Alice, with an app whose last step is 100; the store is open.
    SubscriberId enrol_alice()
    {
        if (!store)
            open();
        const auto id = get(store->add_subscriber({1000, "alice"}));
        NewAuthenticator app;
        app.kind = AuthenticatorKind::authenticator_app;
        app.secret = SecretString("twenty bytes of key!");
        app.last_step = 100;
        get(store->bind(id, std::move(app), 0, entry("authenticator-bound")));
        return id;
    }
    Result<std::optional<Subscriber>> find_alice() { return wait(store->find_subscriber({1000, "alice"})); }
    StepProof step(std::int64_t number) { return {(*find_alice())->authenticators.at(0).id, number}; }

    /// Another program's hand on the database. Returns how many rows it changed.
    int edit(const std::string& sql) const
    {
        SQLite::Database other(path(), SQLite::OPEN_READWRITE, 5000);
        return other.exec(sql);
    }
    std::int64_t number(const std::string& sql) const
    {
        SQLite::Database other(path(), SQLite::OPEN_READWRITE, 5000);
        return other.execAndGet(sql).getInt64();
    }

    TemporaryDirectory own_folder;
    ManualClock clock;
    SystemRandom random;
    BootId boot_id{1};
    char next_key = 0; ///< what the key is made of that lies ready to take the place of 'k'; 0: none
    std::vector<AuditHead> heads;
    std::vector<AuditEntry> entries;   ///< for the journal
    std::vector<std::string> troubles; ///< "over": it takes changes again
    std::vector<std::string> alarms;
    std::size_t ballast_bytes = 0;
    std::unique_ptr<SqliteStore> store;

private:
    std::string folder_;
};

} // namespace ssp::testing
