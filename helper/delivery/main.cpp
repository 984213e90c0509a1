// ssp-mfa-deliveryd: configuration -> providers -> socket -> serve. All wiring of this daemon is here.
#include "base/clock.h"
#include "base/random.h"
#include "config/reader.h"
#include "delivery/local_delivery.h"
#include "delivery/programs.h"
#include "delivery/sandbox.h"
#include "delivery/service.h"
#include "loop/activation.h"
#include "loop/daemon_options.h"
#include "loop/journal.h"
#include "loop/loop.h"
#include "loop/sandbox.h"
#include "loop/signal_watch.h"
#include "loop/sleep.h"

#include <array>
#include <csignal>
#include <cstdio>
#include <fmt/format.h>
#include <memory>
#include <pwd.h>
#include <string>
#include <sysexits.h>
#include <systemd/sd-daemon.h>
#include <vector>

namespace {

using namespace ssp;

Result<uid_t> uid_of(const std::string& user)
{
    std::array<char, 16384> buffer{};
    passwd entry{};
    passwd* found = nullptr;
    ::getpwnam_r(user.c_str(), &entry, buffer.data(), buffer.size(), &found);
    if (found == nullptr)
        return Error{ErrorKind::configuration, fmt::format("there is no user {}", user)};
    return found->pw_uid;
}

/// delivery.sock, and nothing else.
Result<UniqueFd> only_socket()
{
    auto sockets = activated_sockets();
    if (!sockets)
        return sockets.error();
    if (sockets->size() != 1 || sockets->front().name != "delivery.sock")
        return Error{ErrorKind::configuration,
                     "no delivery.sock from systemd: start ssp-mfa-deliveryd.socket, not this program"};
    return std::move(sockets->front().fd);
}

/// What providers and the router work with.
struct Tools {
    explicit Tools(Loop& its_loop) : loop(its_loop), programs(its_loop), transfers(its_loop) {}
    ProviderTools for_providers() { return {loop, programs, transfers, clock, random}; }
    Surroundings surroundings()
    {
        return {clock, random, [this](std::chrono::milliseconds wait) { return sleep_for(loop, wait); }};
    }
    Loop& loop;
    SystemClock clock;
    SystemRandom random;
    Programs programs;
    Transfers transfers;
};

Result<std::shared_ptr<LocalDelivery>> open_delivery(const std::string& file, Tools& tools)
{
    const auto config = read_delivery_config(file);
    if (!config)
        return config.error();
    return LocalDelivery::open(*config, tools.for_providers(), tools.surroundings());
}

/// The new state when all of it can be used; else everything stays as it was.
void reload(const std::string& file, Tools& tools, DeliveryService& service)
{
    sd_notify(0, "RELOADING=1");
    auto delivery = open_delivery(file, tools);
    if (delivery) {
        service.replace(std::move(*delivery));
        journal(Severity::notice, "configuration read again");
    } else {
        report(Severity::error, delivery.error());
        journal(Severity::error, "the configuration stays as it was");
    }
    sd_notify(0, "READY=1");
}

int serve(const std::string& file)
{
    auto permitted = refuse_privileges("ssp-mfa-deliveryd.socket");
    if (permitted)
        permitted = refuse_writable_program();
    if (!permitted) {
        report(Severity::error, permitted.error());
        return EX_NOPERM;
    }
    hide_memory();
    enter_delivery_sandbox();
    ::signal(SIGPIPE, SIG_IGN);

    Loop loop;
    Tools tools(loop);
    auto socket = only_socket();
    if (!socket) {
        report(Severity::error, socket.error());
        return EX_CONFIG;
    }
    const auto config = read_delivery_config(file);
    if (!config) {
        report(Severity::error, config.error());
        return EX_CONFIG;
    }
    const auto peer_uid = uid_of(config->peer_user);
    if (!peer_uid) {
        report(Severity::error, peer_uid.error());
        return EX_CONFIG;
    }
    auto delivery = LocalDelivery::open(*config, tools.for_providers(), tools.surroundings());
    if (!delivery) {
        report(Severity::error, delivery.error());
        return EX_CONFIG;
    }
    DeliveryService service(loop, std::move(*socket), *peer_uid, std::move(*delivery));
    const auto stop = [&loop] { loop.stop(EX_OK); };
    const SignalWatch terminate(loop, SIGTERM, stop);
    const SignalWatch interrupt(loop, SIGINT, stop);
    const SignalWatch hang_up(loop, SIGHUP, [&] { reload(file, tools, service); });
    loop.feed_watchdog();
    sd_notify(0, "READY=1");
    journal(Severity::notice, "serving",
            {{"version", SSP_VERSION}, {"providers", std::to_string(config->providers.size())}});
    const int code = loop.run();
    sd_notify(0, "STOPPING=1");
    journal(Severity::notice, "stopped");
    return code >= 0 ? code : EX_OSERR;
}

int check(const std::string& file)
{
    Loop loop;
    Tools tools(loop);
    const auto delivery = open_delivery(file, tools);
    if (!delivery) {
        std::fprintf(stderr, "%s\n", delivery.error().detail.c_str());
        return EX_CONFIG;
    }
    std::puts("ssp-mfa-deliveryd: the configuration can be used");
    return EX_OK;
}

} // namespace

int main(int argc, char** argv)
{
    try {
        const auto options = read_daemon_options(
            argc, argv, "ssp-mfa-deliveryd",
            "Carries codes to telephones for ssp-mfad, at the socket that systemd hands over.");
        if (options.exit_code)
            return *options.exit_code;
        return options.check ? check(options.config) : serve(options.config);
    } catch (const std::exception& e) {
        journal(Severity::error, e.what());
        return EX_SOFTWARE;
    }
}
