#include "daemon/daemon.h"
#include "config/reader.h"
#include "loop/daemon_options.h"
#include "loop/journal.h"

#include <algorithm>
#include <sys/resource.h>
#include <systemd/sd-daemon.h>
#include <time.h>
#include <unistd.h>

namespace ssp {
namespace {

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

} // namespace

Daemon::Daemon(std::string file, HelperConfig config, uid_t delivery)
    : file_(std::move(file)), config_(std::move(config)), delivery_(loop_, config_.delivery_socket, delivery),
      store_(loop_, clock_, random_, config_,
             {[this] { server_.use(dialogues()); }, [this](int code) { stop(code); },
              [this](Telling telling) { teller_.tell(std::move(telling)); }}),
      server_(loop_, clock_, limits(delivery), refreshed_dialogues())
{
}

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

/// The verifier with what the configuration says now, or whoever refuses in its place when there is no store.
/// That one holds none: nothing may keep a store that was let go.
std::shared_ptr<Dialogues> Daemon::dialogues()
{
    std::shared_ptr<Dialogues> dialogues;
    if (const auto store = store_.current())
        dialogues =
            std::make_shared<VerifierDialogues>(store, delivery_, clock_, random_, connections_, config_);
    else
        dialogues = std::make_shared<ClosedDialogues>(store_.trouble());
    teller_.use(dialogues);
    return dialogues;
}

std::shared_ptr<Dialogues> Daemon::refreshed_dialogues()
{
    store_.refresh();
    return dialogues();
}

void Daemon::say_ready() const
{
    store_.say_status();
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
        store_.record("configuration-refused", "the configuration stays as it was");
    } else {
        // The sandbox was made for those of the start.
        if (config->database != config_.database || config->master_key != config_.master_key)
            journal(Severity::warning, "another database or master key is used from the next start on");
        config->database = config_.database;
        config->master_key = config_.master_key;
        config_ = std::move(*config);
    }
    server_.use(refreshed_dialogues());
    journal(Severity::notice, "configuration read again");
    if (config)
        store_.record("configuration-read", config_ == before ? "nothing is new" : "something is new");
    say_ready();
}

void Daemon::stop(int code)
{
    sd_notify(0, "STOPPING=1");
    store_.record("daemon-stopped", "");
    server_.stop([this, code] { loop_.stop(code); });
}

int Daemon::serve()
{
    store_.begin_heartbeat();
    say_ready();
    journal(Severity::notice, "serving",
            {{"version", SSP_VERSION}, {"store", store_.current() ? "open" : "none"}});
    const int code = loop_.run();
    journal(Severity::notice, "stopped");
    return code >= 0 ? code : EX_OSERR;
}

} // namespace ssp
