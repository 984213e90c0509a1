#include "server/server.h"

#include <utility>

namespace ssp {

/// A conversation and the place it takes.
struct Server::Guest {
    Door door;
    std::optional<Seats::Seat> seat; ///< of the peer; none at signin.sock
    Conversation conversation;
};

Server::Server(Loop& loop, const Clock& clock, Limits limits, std::shared_ptr<Dialogues> dialogues)
    : loop_(loop), limits_(limits), dialogues_(std::move(dialogues)), log_(clock),
      peers_(limits.per_uid, limits.for_root), callers_(limits.per_caller, limits.for_root)
{
}

Server::~Server() = default;

void Server::listen(Door door, UniqueFd socket)
{
    listeners_.push_back(std::make_unique<Listener>(
        loop_, std::move(socket), [this, door](UniqueFd accepted) { welcome(door, std::move(accepted)); }));
}

void Server::welcome(Door door, UniqueFd socket)
{
    const auto peer = peer_of(socket.get());
    if (!peer)
        return log_.broken_off(door, Peer{}, peer.error().detail);
    if (conversations_.size() >= limits_.all)
        return log_.broken_off(door, *peer, "too many conversations");
    std::optional<Seats::Seat> seat;
    if (door == Door::signin) {
        if (peer->uid != limits_.module_uid)
            return log_.broken_off(door, *peer, "not root");
    } else {
        if (door == Door::self && at_self_ >= limits_.at_self)
            return log_.broken_off(door, *peer, "too many conversations at self.sock");
        seat = peers_.take(peer->uid);
        if (!seat)
            return log_.broken_off(door, *peer, "too many conversations of one uid");
    }
    const auto number = ++last_number_;
    const Conversation::Shared shared{loop_, log_, callers_, limits_.daemons, {}};
    auto guest =
        std::unique_ptr<Guest>(new Guest{door, std::move(seat),
                                         Conversation(shared, std::move(socket), door, *peer, dialogues_,
                                                      [this, number] { forget(number); })});
    conversations_.emplace(number, std::move(guest));
    at_self_ += door == Door::self ? 1 : 0;
}

void Server::forget(std::uint64_t number)
{
    loop_.later([this, number, alive = std::weak_ptr<char>(alive_)] {
        if (alive.expired())
            return;
        const auto gone = conversations_.extract(number);
        at_self_ -= !gone.empty() && gone.mapped()->door == Door::self ? 1 : 0;
        if (conversations_.empty() && empty_)
            std::exchange(empty_, nullptr)();
    });
}

void Server::stop(std::function<void()> empty)
{
    listeners_.clear();
    if (conversations_.empty())
        return empty();
    empty_ = std::move(empty);
    for (const auto& [number, guest] : conversations_)
        guest->conversation.cancel();
}

} // namespace ssp
