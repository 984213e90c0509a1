#pragma once
#include "loop/listener.h"
#include "loop/loop.h"
#include "loop/seats.h"
#include "server/conversation.h"
#include "server/conversation_log.h"
#include "server/dialogues.h"
#include "server/door.h"

#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

namespace ssp {

/// All conversations of ssp-mfad.
class Server {
public:
    /// How many conversations there may be at the same time; who comes beyond is hung up on at once, which
    /// the module reads as "unavailable".
    struct Limits {
        std::size_t all = 10500;
        /// At self.sock, whoever they are: anybody may come there, and a sign-in must find room.
        std::size_t at_self = 2000;
        int per_uid = 16;             ///< at self.sock and admin.sock together
        int per_caller = 32;          ///< at signin.sock, by the real uid that the module reports
        int for_root = 10500;         ///< sshd and login are root's
        std::uint32_t module_uid = 0; ///< the only uid that signin.sock serves
        /// Users of the daemons: nobody signs in as one of them, for it could put sockets and files of its
        /// own in the place of theirs.
        std::vector<std::uint32_t> daemons;
    };

    Server(Loop& loop, const Clock& clock, Limits limits, std::shared_ptr<Dialogues> dialogues);
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    void listen(Door door, UniqueFd socket);
    /// What conversations that come from here on are about; those that run keep what they have.
    void use(std::shared_ptr<Dialogues> dialogues) { dialogues_ = std::move(dialogues); }
    /// Takes no more, ends all with "unavailable"; `empty` is called once, when the last one is gone.
    void stop(std::function<void()> empty);
    std::size_t conversations() const noexcept { return conversations_.size(); }

private:
    struct Guest;

    void welcome(Door door, UniqueFd socket);
    void forget(std::uint64_t number);

    Loop& loop_;
    Limits limits_;
    std::shared_ptr<Dialogues> dialogues_;
    ConversationLog log_;
    Seats peers_;
    Seats callers_;
    std::vector<std::unique_ptr<Listener>> listeners_;
    std::unordered_map<std::uint64_t, std::unique_ptr<Guest>> conversations_;
    std::size_t at_self_ = 0;
    std::uint64_t last_number_ = 0;
    std::function<void()> empty_;
    std::shared_ptr<char> alive_ = std::make_shared<char>(); ///< ends with this object
};

} // namespace ssp
