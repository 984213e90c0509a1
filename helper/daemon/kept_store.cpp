#include "daemon/kept_store.h"
#include "daemon/unit.h"
#include "loop/daemon_options.h"
#include "loop/journal.h"
#include "loop/last_end.h"
#include "server/audit_journal.h"

#include <algorithm>
#include <fmt/format.h>
#include <span>
#include <sys/epoll.h>
#include <sysexits.h>
#include <systemd/sd-daemon.h>
#include <utility>

namespace ssp {
namespace {

std::string hex(std::span<const unsigned char> bytes) { return fmt::format("{:02x}", fmt::join(bytes, "")); }

void journal_audit_head(const AuditHead& head)
{
    journal(Severity::info, "audit head",
            {{"event", "audit-head"},
             {"node", head.node_id},
             {"sequence", std::to_string(head.sequence)},
             {"mac", hex(head.mac)}});
}

void journal_uncut_trail(const Error& why)
{
    journal(Severity::alert, "the audit trail is not cut: " + why.detail + "; see ssp-mfa audit verify");
}

} // namespace

KeptStore::Open::Open(Loop& loop, std::unique_ptr<SqliteStore> opened)
    : store(std::move(opened)),
      completions(loop, store->completions_fd(), EPOLLIN, [this](std::uint32_t) { store->run_completions(); })
{
}

KeptStore::KeptStore(Loop& loop, Clock& clock, Random& random, const HelperConfig& config, Owner owner)
    : loop_(loop), clock_(clock), random_(random), config_(config), owner_(std::move(owner)),
      retention_(loop, clock, journal_uncut_trail)
{
}

void KeptStore::refresh()
{
    if (!open_ || open_->store->broken()) {
        auto opened = open();
        close();
        if (!opened) {
            may_pass_ = opened.error().kind == ErrorKind::store_unavailable;
            return refuse(opened.error());
        }
        open_ = std::move(*opened);
        trouble_.clear();
        const bool uncleanly = open_->store->stopped_uncleanly();
        if (!std::exchange(start_is_recorded_, true))
            record("daemon-started",
                   uncleanly ? "version " SSP_VERSION ", after an unclean stop" : "version " SSP_VERSION);
        if (uncleanly)
            check_integrity();
    }
    open_->store->set_limits(config_.policy.guessing, config_.policy.sending);
    keep_audit_trail();
}

std::shared_ptr<Store> KeptStore::current() const
{
    return open_ ? std::shared_ptr<Store>(open_, open_->store.get()) : nullptr;
}

Result<std::shared_ptr<KeptStore::Open>> KeptStore::open()
{
    auto key = read_master_key(credentials_directory(), config_.master_key);
    if (!key)
        return key.error();
    Writer::Hooks hooks;
    hooks.on_audit_head = journal_audit_head;
    hooks.on_audit_entry = journal_audit_entry;
    hooks.on_telling = owner_.telling;
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
    return std::make_shared<Open>(loop_, std::move(*opened));
}

void KeptStore::close()
{
    retention_.stop();
    if (open_ && heartbeat_)
        heartbeat_->forget();
    open_.reset();
}

/// A daemon that ended would leave every sign-in waiting in the socket's backlog: it stays and refuses.
void KeptStore::refuse(const Error& why)
{
    if (why.detail != trouble_) { // else it was said already
        report(Severity::alert, why);
        journal(Severity::alert,
                may_pass_ ? "every sign-in is refused as unavailable until this is over"
                          : "every sign-in is refused as unavailable until this is repaired; then: "
                            "systemctl reload ssp-mfad");
    }
    trouble_ = why.detail;
}

void KeptStore::on_trouble(const std::string& trouble)
{
    journal(Severity::alert, trouble);
    trouble_ = trouble;
    say_status();
    loop_.later([this] { // not from within the store that is let go
        if (open_ && open_->store->broken())
            end_or_refuse();
    });
}

void KeptStore::on_recovery()
{
    journal(Severity::notice, "the database takes changes again");
    trouble_.clear();
    say_status();
}

/// What was written is not known and the handle is not to be trusted: systemd starts a new daemon, which
/// finds out. If that did not help, another restart does not either.
void KeptStore::end_or_refuse()
{
    if (may_end_for_restart(notes_directory(), clock_.boot_time())) {
        journal(Severity::alert, "ends, so that it is started again");
        return owner_.end(EX_IOERR);
    }
    close();
    may_pass_ = false;
    journal(Severity::alert, "a restart did not help: every sign-in is refused as unavailable until this is "
                             "repaired; then: systemctl reload ssp-mfad");
    owner_.changed();
}

void KeptStore::begin_heartbeat()
{
    heartbeat_.emplace(loop_, [this] { return answer(); });
}

/// What the heartbeat asks: the loop calls it, the writer thread ends it. Without a store the reason may be
/// over.
Task<void> KeptStore::answer()
{
    if (open_) {
        const auto open = open_; // as long as the answer is waited for
        co_await open->store->answer();
        co_return;
    }
    if (!may_pass_)
        co_return;
    refresh();
    owner_.changed();
    if (open_)
        on_recovery();
}

/// Beside the service: people sign in meanwhile, and every row they need verifies by itself.
void KeptStore::check_integrity()
{
    journal(Severity::notice, "the database was not closed: checking it");
    integrity_watch_.reset();
    integrity_.emplace(config_.database);
    integrity_watch_.emplace(loop_, integrity_->finished_fd(), EPOLLIN, [this](std::uint32_t) {
        integrity_watch_->stop();
        on_integrity(integrity_->result());
    });
}

void KeptStore::on_integrity(const Result<void>& sound)
{
    if (sound) {
        if (open_)
            open_->store->note_sound();
        return journal(Severity::notice, "the database is sound");
    }
    if (sound.error().kind != ErrorKind::store_tampered) {
        report(Severity::alert, sound.error());
        journal(Severity::alert,
                "the database could not be checked, which says nothing about it: people sign in "
                "meanwhile, and it is checked again in an hour");
        return check_again_.arm(std::chrono::hours(1));
    }
    close();
    may_pass_ = false;
    refuse(sound.error());
    owner_.changed();
    say_status();
}

void KeptStore::keep_audit_trail()
{
    static constexpr int rows_at_once = 100;
    const auto open = open_; // lives as long as what works on it
    Retention::Trail trail;
    trail.oldest = [open] { return open->store->oldest_audit_row(); };
    trail.cut = [open](WallTime before) { return open->store->cut_audit_trail(before, rows_at_once); };
    retention_.keep(std::move(trail), std::chrono::days(config_.audit_keep_days));
}

void KeptStore::record(const char* event, std::string detail)
{
    if (!open_)
        return;
    AuditEntry entry;
    entry.event = event;
    entry.actor = "ssp-mfad";
    entry.detail = std::move(detail);
    RootTask<void> written(open_->store->record(std::move(entry)));
    written.start([] {});
}

void KeptStore::say_status() const
{
    auto status = trouble_.empty() ? "serving" : "refusing every sign-in: " + trouble_;
    std::ranges::replace(status, '\n', ' ');
    sd_notifyf(0, "STATUS=%s", status.c_str());
}

} // namespace ssp
