// ssp-mfa-deliveryd: configuration -> providers -> socket -> serve. All wiring of this daemon is here.
#include "base/clock.h"
#include "config/reader.h"
#include "delivery/local_delivery.h"
#include "delivery/programs.h"
#include "delivery/service.h"
#include "loop/activation.h"
#include "loop/journal.h"
#include "loop/loop.h"
#include "loop/signal_watch.h"

#include <array>
#include <csignal>
#include <cstdio>
#include <fmt/format.h>
#include <getopt.h>
#include <memory>
#include <optional>
#include <pwd.h>
#include <string>
#include <string_view>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>
#include <vector>

namespace {

using namespace ssp;

constexpr const char* usage =
    "Usage: ssp-mfa-deliveryd [--config FILE] [--check]\n"
    "Carries codes to telephones for ssp-mfad, at the socket that systemd hands over.\n"
    "\n"
    "  --config FILE  read FILE instead of /etc/ssp-mfa/ssp-mfa.toml\n"
    "  --check        read the configuration, say what is wrong with it, and end\n"
    "  --version      say the version, and end\n"
    "  --help         say this, and end\n";

struct Options {
    std::string config = "/etc/ssp-mfa/ssp-mfa.toml";
    bool check = false;
    std::optional<int> exit_code; ///< set when there is nothing more to do
};

Options read_options(int argc, char** argv)
{
    const option known[] = {{"config", required_argument, nullptr, 'c'},
                            {"check", no_argument, nullptr, 'k'},
                            {"version", no_argument, nullptr, 'v'},
                            {"help", no_argument, nullptr, 'h'},
                            {nullptr, 0, nullptr, 0}};
    Options options;
    for (int letter = 0; (letter = ::getopt_long(argc, argv, "", known, nullptr)) != -1;) {
        if (letter == 'c') {
            options.config = optarg;
        } else if (letter == 'k') {
            options.check = true;
        } else if (letter == 'v') {
            std::puts("ssp-mfa-deliveryd " SSP_VERSION);
            options.exit_code = EX_OK;
            return options;
        } else {
            std::fputs(usage, letter == 'h' ? stdout : stderr);
            options.exit_code = letter == 'h' ? EX_OK : EX_USAGE;
            return options;
        }
    }
    if (optind < argc) {
        std::fprintf(stderr, "ssp-mfa-deliveryd: %s: not expected\n%s", argv[optind], usage);
        options.exit_code = EX_USAGE;
    }
    return options;
}

/// One line of the journal for each line of the detail: a configuration may have several faults.
void report(const Error& error)
{
    std::string_view rest = error.detail;
    while (!rest.empty()) {
        const auto end = std::min(rest.find('\n'), rest.size());
        journal(Severity::error, rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
}

// LeakSanitizer looks at its own process as a debugger does.
#if defined(__has_feature)
constexpr bool traces_itself = __has_feature(address_sanitizer);
#else
constexpr bool traces_itself = false;
#endif

/// Codes and numbers pass through this process: no core, no tracing by others of the same user.
void keep_memory_private()
{
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    if (!traces_itself)
        ::prctl(PR_SET_DUMPABLE, 0);
}

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

Result<std::shared_ptr<LocalDelivery>> open_delivery(const std::string& file, Programs& programs,
                                                     const Clock& clock)
{
    const auto config = read_delivery_config(file);
    if (!config)
        return config.error();
    return LocalDelivery::open(*config, programs, clock);
}

/// The new state when all of it can be used; else everything stays as it was.
void reload(const std::string& file, Programs& programs, const Clock& clock, DeliveryService& service)
{
    sd_notify(0, "RELOADING=1");
    auto delivery = open_delivery(file, programs, clock);
    if (delivery) {
        service.replace(std::move(*delivery));
        journal(Severity::notice, "configuration read again");
    } else {
        report(delivery.error());
        journal(Severity::error, "the configuration stays as it was");
    }
    sd_notify(0, "READY=1");
}

int serve(const std::string& file)
{
    uid_t real = 0;
    uid_t effective = 0;
    uid_t saved = 0;
    if (::getresuid(&real, &effective, &saved) != 0 || real == 0 || effective == 0 || saved == 0) {
        journal(Severity::error, "refuses to run as root");
        return EX_NOPERM;
    }
    keep_memory_private();
    ::signal(SIGPIPE, SIG_IGN);

    Loop loop;
    const SystemClock clock;
    Programs programs(loop);
    auto socket = only_socket();
    if (!socket) {
        report(socket.error());
        return EX_CONFIG;
    }
    const auto config = read_delivery_config(file);
    if (!config) {
        report(config.error());
        return EX_CONFIG;
    }
    const auto peer_uid = uid_of(config->peer_user);
    if (!peer_uid) {
        report(peer_uid.error());
        return EX_CONFIG;
    }
    auto delivery = LocalDelivery::open(*config, programs, clock);
    if (!delivery) {
        report(delivery.error());
        return EX_CONFIG;
    }
    DeliveryService service(loop, std::move(*socket), *peer_uid, std::move(*delivery));
    const auto stop = [&loop] { loop.stop(EX_OK); };
    const SignalWatch terminate(loop, SIGTERM, stop);
    const SignalWatch interrupt(loop, SIGINT, stop);
    const SignalWatch hang_up(loop, SIGHUP, [&] { reload(file, programs, clock, service); });
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
    const SystemClock clock;
    Programs programs(loop);
    const auto delivery = open_delivery(file, programs, clock);
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
        const auto options = read_options(argc, argv);
        if (options.exit_code)
            return *options.exit_code;
        return options.check ? check(options.config) : serve(options.config);
    } catch (const std::exception& e) {
        journal(Severity::error, e.what());
        return EX_SOFTWARE;
    }
}
