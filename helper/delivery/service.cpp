#include "delivery/service.h"

#include "loop/journal.h"
#include "loop/peer.h"

#include <string>
#include <utility>

namespace ssp {

DeliveryService::DeliveryService(Loop& loop, UniqueFd socket, uid_t peer_uid,
                                 std::shared_ptr<LocalDelivery> delivery)
    : loop_(loop), peer_uid_(peer_uid), shared_{std::move(delivery)},
      listener_(loop, std::move(socket), [this](UniqueFd connection) { admit(std::move(connection)); })
{
}

void DeliveryService::replace(std::shared_ptr<LocalDelivery> delivery)
{
    shared_.delivery = std::move(delivery);
}

void DeliveryService::admit(UniqueFd socket)
{
    const auto peer = peer_of(socket.get());
    if (!peer || (peer->uid != 0 && peer->uid != peer_uid_)) {
        journal(Severity::error, "connection refused: not ssp-mfad",
                {{"uid", peer ? std::to_string(peer->uid) : "unknown"}});
        return;
    }
    auto seat = seats_.take(peer->uid);
    if (!seat) {
        journal(Severity::error, "connection refused: too many", {{"uid", std::to_string(peer->uid)}});
        return;
    }
    const auto closed = [this](const DeliveryConnection& gone) { forget_later(gone); };
    connections_.emplace_back(std::move(*seat), loop_, std::move(socket), peer->uid == 0, shared_, closed);
}

void DeliveryService::forget_later(const DeliveryConnection& gone)
{
    loop_.later([this, connection = &gone, alive = std::weak_ptr(alive_)] {
        if (!alive.expired())
            connections_.remove_if([connection](const auto& one) { return &one.connection == connection; });
    });
}

} // namespace ssp
