#pragma once
#include "base/clock.h"
#include "base/random.h"
#include "base/unique_fd.h"
#include "config/config.h"
#include "daemon/kept_store.h"
#include "delivery/remote_delivery.h"
#include "loop/loop.h"
#include "loop/signal_watch.h"
#include "server/dialogues.h"
#include "server/door.h"
#include "server/server.h"
#include "server/teller.h"

#include <csignal>
#include <memory>
#include <string>
#include <sys/types.h>
#include <sysexits.h>
#include <utility>
#include <vector>

namespace ssp {

/// ssp-mfad between its start and its end: the sockets, the store, the delivery and the signals of one
/// process, wired together. Made by main after the sandbox is entered.
class Daemon {
public:
    /// `file`: the configuration, read again at SIGHUP. `delivery`: the user that runs ssp-mfa-deliveryd.
    Daemon(std::string file, HelperConfig config, uid_t delivery);

    /// Takes the sockets that systemd handed over. Before serve().
    void listen(std::vector<std::pair<Door, UniqueFd>> doors);
    /// Serves until SIGTERM, SIGINT or an error that only a restart clears. Gives the code to exit with
    /// (sysexits.h).
    int serve();

private:
    static Server::Limits limits(uid_t delivery);
    std::shared_ptr<Dialogues> dialogues();
    std::shared_ptr<Dialogues> refreshed_dialogues();
    void reload();
    void stop(int code);
    void say_ready() const;

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
    KeptStore store_;
    Server server_;
};

} // namespace ssp
