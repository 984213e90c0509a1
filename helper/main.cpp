// ssp-mfad: privileges -> sockets -> configuration -> sandbox -> serve (ssp-mfad(8)). What it serves with is
// wired together in daemon/.
#include "config/reader.h"
#include "daemon/daemon.h"
#include "daemon/unit.h"
#include "loop/activation.h"
#include "loop/bus_error.h"
#include "loop/daemon_options.h"
#include "loop/journal.h"
#include "loop/sandbox.h"
#include "server/sandbox.h"

#include <array>
#include <csignal>
#include <cstdio>
#include <fmt/format.h>
#include <pwd.h>
#include <string>
#include <sysexits.h>
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
