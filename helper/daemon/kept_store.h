#pragma once
#include "base/clock.h"
#include "base/random.h"
#include "base/task.h"
#include "config/config.h"
#include "loop/heartbeat.h"
#include "loop/loop.h"
#include "server/retention.h"
#include "store/integrity_check.h"
#include "store/sqlite_store.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace ssp {

/// The store over the life of ssp-mfad: opened when it can be, checked beside the service after an unclean
/// stop, let go when it fails, opened again when what kept it closed is over. Says in the journal and in the
/// unit's status line how it stands. On the loop's thread only.
class KeptStore {
public:
    /// What its owner does. Called from the loop, never from within a call of the owner's.
    struct Owner {
        std::function<void()> changed;                ///< current() is another, or null
        std::function<void(int code)> end;            ///< a new daemon may find out what this one cannot
        std::function<void(Telling telling)> telling; ///< somebody is to be told of a change that is durable
    };

    /// Opens nothing yet. `config` may change; its database and master key may not. All outlive this.
    KeptStore(Loop& loop, Clock& clock, Random& random, const HelperConfig& config, Owner owner);

    /// Opens it where it is not open or broken, and has it follow the configuration. Called at the start and
    /// after each change of the configuration.
    void refresh();
    /// Null: nobody can be let in, and trouble() says why. Lives until the last dialogue that uses it has
    /// ended.
    std::shared_ptr<Store> current() const;
    const std::string& trouble() const noexcept { return trouble_; }

    /// Feeds the unit's watchdog from now on, while the loop and the writer of the store answer.
    void begin_heartbeat();
    /// A row of the audit trail about the daemon itself. Nobody waits for it: its job runs to its end.
    void record(const char* event, std::string detail);
    /// What `systemctl status` shows.
    void say_status() const;

private:
    /// A store and what resumes its tasks.
    struct Open {
        Open(Loop& loop, std::unique_ptr<SqliteStore> opened);
        std::unique_ptr<SqliteStore> store;
        IoWatch completions;
    };

    Result<std::shared_ptr<Open>> open();
    void close();
    void refuse(const Error& why);
    void on_trouble(const std::string& trouble);
    void on_recovery();
    void end_or_refuse();
    Task<void> answer();
    void check_integrity();
    void on_integrity(const Result<void>& sound);
    void keep_audit_trail();

    Loop& loop_;
    Clock& clock_;
    Random& random_;
    const HelperConfig& config_;
    const Owner owner_;
    std::shared_ptr<Open> open_; ///< null: there is none, everybody is refused
    std::optional<IntegrityCheck> integrity_;
    std::optional<IoWatch> integrity_watch_;
    Timer check_again_{loop_, [this] { check_integrity(); }};
    Retention retention_;
    bool may_pass_ = true; ///< what keeps the store closed is looked at again at each heartbeat
    bool start_is_recorded_ = false;
    std::string trouble_; ///< why everybody is refused; empty: serving
    std::optional<Heartbeat> heartbeat_;
};

} // namespace ssp
