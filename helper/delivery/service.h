#pragma once
#include "delivery/connection.h"
#include "loop/listener.h"
#include "loop/seats.h"

#include <list>
#include <memory>
#include <sys/types.h>
#include <utility>

namespace ssp {

/// ssp-mfa-deliveryd at its socket: serves connections of one user, and of root. Everybody else is closed on.
class DeliveryService {
public:
    /// `socket`: listening, non-blocking. `peer_uid`: of the user that runs ssp-mfad.
    DeliveryService(Loop& loop, UniqueFd socket, uid_t peer_uid, std::shared_ptr<LocalDelivery> delivery);
    DeliveryService(const DeliveryService&) = delete;
    DeliveryService& operator=(const DeliveryService&) = delete;

    /// New requests go to `delivery`; those in flight stay with the former one.
    void replace(std::shared_ptr<LocalDelivery> delivery);

    /// Of each of the two users: ssp-mfad keeps one, more come from its restarts; root's are those of the
    /// command, and never keep ssp-mfad out.
    static constexpr int most_connections = 16;

private:
    struct Guest {
        template <class... Words>
        explicit Guest(Seats::Seat place, Words&&... words)
            : seat(std::move(place)), connection(std::forward<Words>(words)...)
        {
        }
        Seats::Seat seat;
        DeliveryConnection connection;
    };

    void admit(UniqueFd socket);
    void forget_later(const DeliveryConnection& gone);

    Loop& loop_;
    uid_t peer_uid_;
    Serving shared_;
    Seats seats_{most_connections, most_connections};
    std::list<Guest> connections_;
    std::shared_ptr<char> alive_ = std::make_shared<char>(); ///< ends with this object
    Listener listener_;
};

} // namespace ssp
