// ssp-mfad: configuration -> sandbox -> master key -> store -> delivery -> serve. All wiring of this daemon
// is here (ssp-mfad(8)).
#include "base/clock.h"
#include "base/random.h"
#include "config/reader.h"
#include "delivery/remote_delivery.h"
#include "loop/activation.h"
#include "loop/bus_error.h"
#include "loop/daemon_options.h"
#include "loop/heartbeat.h"
#include "loop/journal.h"
#include "loop/last_end.h"
#include "loop/loop.h"
#include "loop/sandbox.h"
#include "loop/signal_watch.h"
#include "server/audit_journal.h"
#include "server/dialogues.h"
#include "server/retention.h"
#include "server/sandbox.h"
#include "server/server.h"
#include "server/teller.h"
#include "store/integrity_check.h"
#include "store/sqlite_store.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fmt/format.h>
#include <memory>
#include <optional>
#include <pwd.h>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <systemd/sd-daemon.h>
#include <time.h>
#include <utility>
#include <vector>

namespace {

using namespace ssp;

/// Who answers at the delivery socket. Without that user only root does, which systemd's socket shows too.
uid_t delivery_uid(const std::string& user)
{
    std::array<char, 16384> buffer{};
    passwd entry{};
    passwd* found = nullptr;
    ::getpwnam_r(user.c_str(), &entry, buffer.data(), buffer.size(), &found);
    if (found != nullptr)
        return found->pw_uid;
    journal(Severity::error, "the delivery user is not known on this host", {{"user", user}});
    return 0;
}

/// As many descriptors as the hard limit allows: each conversation is one.
std::size_t raise_descriptor_limit()
{
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        ::setrlimit(RLIMIT_NOFILE, &limit);
    }
    return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? static_cast<std::size_t>(limit.rlim_cur) : 1024;
}

/// Where systemd put the credentials of the unit; null: nowhere.
const char* credentials_directory() { return std::getenv("CREDENTIALS_DIRECTORY"); }

/// Where one run may leave a note for the next, on no disk; empty: nowhere.
std::string notes_directory()
{
    const char* folder = std::getenv("RUNTIME_DIRECTORY");
    return folder == nullptr ? "" : folder;
}

std::string hex(std::span<const unsigned char> bytes) { return fmt::format("{:02x}", fmt::join(bytes, "")); }

/// A store and what resumes its tasks. Lives until the last dialogue that uses it has ended.
struct OpenStore {
    OpenStore(Loop& loop, std::unique_ptr<SqliteStore> opened)
        : store(std::move(opened)), completions(loop, store->completions_fd(), EPOLLIN,
                                                [this](std::uint32_t) { store->run_completions(); })
    {
    }
    std::unique_ptr<SqliteStore> store;
    IoWatch completions;
};

class Daemon {
public:
    /// `delivery`: the user that runs ssp-mfa-deliveryd.
    Daemon(std::string file, HelperConfig config, uid_t delivery)
        : file_(std::move(file)), config_(std::move(config)),
          delivery_(loop_, config_.delivery_socket, delivery),
          server_(loop_, clock_, limits(delivery), current_dialogues())
    {
    }

    void listen(std::vector<std::pair<Door, UniqueFd>> doors);
    int serve();

private:
    static Server::Limits limits(uid_t delivery);
    Result<std::shared_ptr<OpenStore>> open_store();
    void on_trouble(const std::string& trouble);
    void on_recovery();
    void end_or_refuse();
    Task<void> answer();
    void close_store();
    void check_integrity();
    std::shared_ptr<Dialogues> refusal(const Error& why);
    std::shared_ptr<Dialogues> closed(const std::string& why);
    std::shared_ptr<Dialogues> current_dialogues();
    void reload();
    void stop(int code);
    void say_status();
    void say_ready();
    void record(const char* event, std::string detail);
    void keep_audit_trail();

    const std::string file_;
    HelperConfig config_;
    Loop loop_;
    SystemClock clock_;
    SystemRandom random_;
    Connections connections_;
    const SignalWatch terminate_{loop_, SIGTERM, [this] { stop(EX_OK); }};
    const SignalWatch interrupt_{loop_, SIGINT, [this] { stop(EX_OK); }};
    const SignalWatch hang_up_{loop_, SIGHUP, [this] { reload(); }};
    RemoteDelivery delivery_;
    Teller teller_{loop_};
    std::shared_ptr<OpenStore> store_; ///< null: there is none, everybody is refused
    std::optional<IntegrityCheck> integrity_;
    std::optional<IoWatch> integrity_watch_;
    Retention retention_{loop_, clock_, [](const Error& why) {
                             journal(Severity::alert, "the audit trail is not cut: " + why.detail +
                                                          "; see ssp-mfa audit verify");
                         }};
    Timer check_again_{loop_, [this] { check_integrity(); }};
    bool may_pass_ = true; ///< what keeps the store closed is looked at again at each heartbeat
    bool start_is_recorded_ = false;
    std::string trouble_; ///< why everybody is refused; empty: serving
    Server server_;
    std::optional<Heartbeat> heartbeat_;
};

Server::Limits Daemon::limits(uid_t delivery)
{
    constexpr std::size_t kept_for_others = 64;
    constexpr std::size_t few = 256;
    Server::Limits limits;
    const auto descriptors = raise_descriptor_limit();
    limits.all = std::min(limits.all, descriptors - std::min(descriptors, kept_for_others));
    limits.at_self = std::min(limits.at_self, limits.all / 4);
    if (limits.all < few)
        journal(Severity::warning, "few people can sign in at the same time: raise LimitNOFILE of the unit",
                {{"conversations", std::to_string(limits.all)}});
    limits.daemons = {::geteuid()};
    if (delivery != 0)
        limits.daemons.push_back(delivery);
    return limits;
}

void Daemon::listen(std::vector<std::pair<Door, UniqueFd>> doors)
{
    for (auto& [door, socket] : doors)
        server_.listen(door, std::move(socket));
}

Result<std::shared_ptr<OpenStore>> Daemon::open_store()
{
    auto key = read_master_key(credentials_directory(), config_.master_key);
    if (!key)
        return key.error();
    Writer::Hooks hooks;
    hooks.on_audit_head = [](const AuditHead& head) {
        journal(Severity::info, "audit head",
                {{"event", "audit-head"},
                 {"node", head.node_id},
                 {"sequence", std::to_string(head.sequence)},
                 {"mac", hex(head.mac)}});
    };
    hooks.on_audit_entry = journal_audit_entry;
    hooks.on_telling = [this](Telling telling) { teller_.tell(std::move(telling)); };
    hooks.on_trouble = [this](const std::string& trouble) { on_trouble(trouble); };
    hooks.on_alarm = [](const std::string& alarm) { journal(Severity::alert, alarm); };
    hooks.on_recovery = [this] { on_recovery(); };
    SqliteStore::Settings settings{
        config_.database,
        std::move(*key),
        [file = config_.master_key] { return read_next_master_key(credentials_directory(), file); },
        config_.policy.guessing,
        config_.policy.sending,
        std::move(hooks),
        std::nullopt,
        Ballast::usual_bytes};
    auto opened = SqliteStore::open(std::move(settings), clock_, random_);
    if (!opened)
        return opened.error();
    return std::make_shared<OpenStore>(loop_, std::move(*opened));
}

/// Whoever refuses in the place of the verifier: a daemon that ended would leave every sign-in waiting in the
/// socket's backlog.
std::shared_ptr<Dialogues> Daemon::refusal(const Error& why)
{
    if (why.detail != trouble_) { // else it was said already
        report(Severity::alert, why);
        journal(Severity::alert,
                may_pass_ ? "every sign-in is refused as unavailable until this is over"
                          : "every sign-in is refused as unavailable until this is repaired; then: "
                            "systemctl reload ssp-mfad");
    }
    trouble_ = why.detail;
    return closed(why.detail);
}

/// They hold no store: nothing may keep one that was let go.
std::shared_ptr<Dialogues> Daemon::closed(const std::string& why)
{
    const auto dialogues = std::make_shared<ClosedDialogues>(why);
    teller_.use(dialogues);
    return dialogues;
}

void Daemon::on_trouble(const std::string& trouble)
{
    journal(Severity::alert, trouble);
    trouble_ = trouble;
    say_status();
    loop_.later([this] { // not from within the store that is let go
        if (store_ && store_->store->broken())
            end_or_refuse();
    });
}

void Daemon::on_recovery()
{
    journal(Severity::notice, "the database takes changes again");
    trouble_.clear();
    say_status();
}

/// What was written is not known and the handle is not to be trusted: systemd starts a new daemon, which
/// finds out. If that did not help, another restart does not either.
void Daemon::end_or_refuse()
{
    if (may_end_for_restart(notes_directory(), clock_.boot_time())) {
        journal(Severity::alert, "ends, so that it is started again");
        return stop(EX_IOERR);
    }
    close_store();
    may_pass_ = false;
    journal(Severity::alert, "a restart did not help: every sign-in is refused as unavailable until this is "
                             "repaired; then: systemctl reload ssp-mfad");
    server_.use(closed(trouble_));
}

void Daemon::close_store()
{
    retention_.stop();
    if (store_ && heartbeat_)
        heartbeat_->forget();
    store_.reset();
}

/// What the heartbeat asks: the loop calls it, the writer thread ends it. Without a store the reason may be
/// over.
Task<void> Daemon::answer()
{
    if (store_) {
        const auto store = store_; // as long as the answer is waited for
        co_await store->store->answer();
        co_return;
    }
    if (!may_pass_)
        co_return;
    server_.use(current_dialogues());
    if (store_)
        on_recovery();
}

/// Beside the service: people sign in meanwhile, and every row they need verifies by itself.
void Daemon::check_integrity()
{
    journal(Severity::notice, "the database was not closed: checking it");
    integrity_watch_.reset();
    integrity_.emplace(config_.database);
    integrity_watch_.emplace(loop_, integrity_->finished_fd(), EPOLLIN, [this](std::uint32_t) {
        integrity_watch_->stop();
        const auto sound = integrity_->result();
        if (sound) {
            if (store_)
                store_->store->note_sound();
            return journal(Severity::notice, "the database is sound");
        }
        if (sound.error().kind != ErrorKind::store_tampered) {
            report(Severity::alert, sound.error());
            journal(Severity::alert,
                    "the database could not be checked, which says nothing about it: people sign in "
                    "meanwhile, and it is checked again in an hour");
            return check_again_.arm(std::chrono::hours(1));
        }
        close_store();
        may_pass_ = false;
        server_.use(refusal(sound.error()));
        say_status();
    });
}

/// The verifier with what the configuration says now, or whoever refuses when there is no store.
std::shared_ptr<Dialogues> Daemon::current_dialogues()
{
    if (!store_ || store_->store->broken()) {
        auto opened = open_store();
        close_store();
        if (!opened) {
            may_pass_ = opened.error().kind == ErrorKind::store_unavailable;
            return refusal(opened.error());
        }
        store_ = std::move(*opened);
        trouble_.clear();
        if (!std::exchange(start_is_recorded_, true))
            record("daemon-started", store_->store->stopped_uncleanly() ? "version " SSP_VERSION
                                                                          ", after an unclean stop"
                                                                        : "version " SSP_VERSION);
        if (store_->store->stopped_uncleanly())
            check_integrity();
    }
    store_->store->set_limits(config_.policy.guessing, config_.policy.sending);
    keep_audit_trail();
    const std::shared_ptr<Store> store(store_, store_->store.get());
    const auto dialogues =
        std::make_shared<VerifierDialogues>(store, delivery_, clock_, random_, connections_, config_);
    teller_.use(dialogues);
    return dialogues;
}

void Daemon::keep_audit_trail()
{
    static constexpr int rows_at_once = 100;
    const auto store = store_; // lives as long as what works on it
    Retention::Trail trail;
    trail.oldest = [store] { return store->store->oldest_audit_row(); };
    trail.cut = [store](WallTime before) { return store->store->cut_audit_trail(before, rows_at_once); };
    retention_.keep(std::move(trail), std::chrono::days(config_.audit_keep_days));
}

/// A row of the audit trail about the daemon itself. Nobody waits for it: its job runs to its end.
void Daemon::record(const char* event, std::string detail)
{
    if (!store_)
        return;
    AuditEntry entry;
    entry.event = event;
    entry.actor = "ssp-mfad";
    entry.detail = std::move(detail);
    RootTask<void> written(store_->store->record(std::move(entry)));
    written.start([] {});
}

void Daemon::say_status()
{
    auto status = trouble_.empty() ? "serving" : "refusing every sign-in: " + trouble_;
    std::ranges::replace(status, '\n', ' ');
    sd_notifyf(0, "STATUS=%s", status.c_str());
}

void Daemon::say_ready()
{
    say_status();
    sd_notify(0, "READY=1");
}

/// The new configuration when all of it can be used; else everything stays as it was.
void Daemon::reload()
{
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%lld",
               static_cast<long long>(now.tv_sec) * 1000000 + now.tv_nsec / 1000);
    const auto before = config_;
    auto config = read_helper_config(file_);
    if (!config) {
        report(Severity::error, config.error());
        journal(Severity::error, "the configuration stays as it was");
        record("configuration-refused", "the configuration stays as it was");
    } else {
        // The sandbox was made for those of the start.
        if (config->database != config_.database || config->master_key != config_.master_key)
            journal(Severity::warning, "another database or master key is used from the next start on");
        config->database = config_.database;
        config->master_key = config_.master_key;
        config_ = std::move(*config);
    }
    server_.use(current_dialogues());
    journal(Severity::notice, "configuration read again");
    if (config)
        record("configuration-read", config_ == before ? "nothing is new" : "something is new");
    say_ready();
}

void Daemon::stop(int code)
{
    sd_notify(0, "STOPPING=1");
    record("daemon-stopped", "");
    server_.stop([this, code] { loop_.stop(code); });
}

int Daemon::serve()
{
    heartbeat_.emplace(loop_, [this] { return answer(); });
    say_ready();
    journal(Severity::notice, "serving", {{"version", SSP_VERSION}, {"store", store_ ? "open" : "none"}});
    const int code = loop_.run();
    journal(Severity::notice, "stopped");
    return code >= 0 ? code : EX_OSERR;
}

Result<std::vector<std::pair<Door, UniqueFd>>> take_doors()
{
    auto sockets = activated_sockets();
    if (!sockets)
        return sockets.error();
    if (sockets->empty())
        return Error{ErrorKind::configuration,
                     "no sockets from systemd: start ssp-mfad.socket, not this program"};
    std::vector<std::pair<Door, UniqueFd>> doors;
    for (auto& socket : *sockets) {
        const auto door = door_called(socket.name);
        if (!door)
            return Error{ErrorKind::configuration,
                         fmt::format("{}: allowed are signin.sock, self.sock and admin.sock", socket.name)};
        doors.emplace_back(*door, std::move(socket.fd));
    }
    return doors;
}

SandboxPaths paths_of(const std::string& file, const HelperConfig& config)
{
    const char* credentials = credentials_directory();
    return {file, config.master_key, credentials == nullptr ? "" : credentials, config.database,
            notes_directory()};
}

int serve(const std::string& file)
{
    auto permitted = refuse_privileges("ssp-mfad.socket");
    if (permitted)
        permitted = refuse_writable_program();
    if (!permitted) {
        report(Severity::error, permitted.error());
        return EX_NOPERM;
    }
    hide_memory();
    ::signal(SIGPIPE, SIG_IGN);
    auto doors = take_doors();
    if (!doors) {
        report(Severity::error, doors.error());
        return EX_CONFIG;
    }
    auto config = read_helper_config(file);
    if (!config) {
        report(Severity::error, config.error());
        return EX_CONFIG;
    }
    end_at_bus_error(config->database +
                     "-shm was cut short or cannot be read while ssp-mfad had it open: ends, "
                     "so that it is started again");
    const auto delivery = delivery_uid(config->delivery_user);
    if (const auto confined = enter_sandbox(paths_of(file, *config)); !confined) {
        report(Severity::error, confined.error());
        return EX_OSERR;
    }
    Daemon daemon(file, std::move(*config), delivery);
    daemon.listen(std::move(*doors));
    return daemon.serve();
}

int check(const std::string& file)
{
    const auto config = read_helper_config(file);
    if (!config) {
        std::fprintf(stderr, "%s\n", config.error().detail.c_str());
        return EX_CONFIG;
    }
    std::puts("ssp-mfad: the configuration can be used");
    return EX_OK;
}

} // namespace

int main(int argc, char** argv)
{
    try {
        const auto options = read_daemon_options(argc, argv, "ssp-mfad",
                                                 "Decides sign-ins, at the sockets that systemd hands over.");
        if (options.exit_code)
            return *options.exit_code;
        return options.check ? check(options.config) : serve(options.config);
    } catch (const std::exception& e) {
        journal(Severity::error, e.what());
        return EX_SOFTWARE;
    }
}
