#pragma once
// Tells owners and the administrator, in the background: a slow gateway delays nobody, and a person who hangs
// up stops nothing. What it holds was counted and recorded before; a daemon that ends forgets it, so that no
// notice is ever sent twice. The sentence for the next sign-in is in the database by then.
#include "loop/loop.h"
#include "server/dialogues.h"

#include <chrono>
#include <deque>
#include <list>
#include <memory>

namespace ssp {

class Teller {
public:
    /// `gathered`: how long what concerns the administrator is gathered after a message to them.
    explicit Teller(Loop& loop, std::chrono::milliseconds gathered = std::chrono::minutes(15));
    ~Teller();
    Teller(const Teller&) = delete;
    Teller& operator=(const Teller&) = delete;

    /// Whose words and ways are used from here on; set before the first tell().
    void use(std::shared_ptr<Dialogues> dialogues) { dialogues_ = std::move(dialogues); }

    /// Takes one notice that the store has counted; never waits. The owner's go out at once, at most 16 at a
    /// time; the administrator's first one too, and what follows within `gathered` in one summary.
    void tell(Telling telling);

private:
    struct Message;

    void send_waiting();
    void tell_administrator();
    void start(Task<DeliveryOutcome> message, std::string person, const char* whom);
    void forget_finished();

    Loop& loop_;
    const std::chrono::milliseconds gathered_;
    std::shared_ptr<Dialogues> dialogues_;
    std::deque<Telling> waiting_;
    std::list<std::unique_ptr<Message>> under_way_;
    AdministratorsNews for_administrator_;
    Timer quiet_; ///< armed after a message to the administrator
    bool is_quiet_ = false;
    std::shared_ptr<char> alive_ = std::make_shared<char>(); ///< ends with this object
};

} // namespace ssp
