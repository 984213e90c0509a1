#include "server/teller.h"

#include "loop/journal.h"

#include <utility>

namespace ssp {

namespace {

constexpr std::size_t most_under_way = 16;
constexpr std::size_t most_waiting = 1000;

const char* word_of(DeliveryOutcome outcome) noexcept
{
    switch (outcome) {
    case DeliveryOutcome::accepted: return "accepted";
    case DeliveryOutcome::queued: return "queued";
    case DeliveryOutcome::bad_number: return "bad-number";
    case DeliveryOutcome::retry: return "retry";
    case DeliveryOutcome::credentials: return "credentials";
    case DeliveryOutcome::configuration: return "configuration";
    case DeliveryOutcome::unknown: break;
    }
    return "unknown";
}

} // namespace

/// One that is under way, with what it works with.
struct Teller::Message {
    Message(std::shared_ptr<Dialogues> dialogues, Task<DeliveryOutcome> task)
        : dialogues(std::move(dialogues)), root(std::move(task))
    {
    }
    std::shared_ptr<Dialogues> dialogues; ///< outlives the task
    RootTask<DeliveryOutcome> root;
};

Teller::Teller(Loop& loop, std::chrono::milliseconds gathered)
    : loop_(loop), gathered_(gathered), quiet_(loop, [this] {
          is_quiet_ = false;
          tell_administrator();
      })
{
}

Teller::~Teller() = default;

void Teller::tell(Telling telling)
{
    if (telling.number.empty()) {
        for_administrator_ = {for_administrator_.count + 1, telling.person.name, telling.at};
        return tell_administrator();
    }
    if (waiting_.size() == most_waiting)
        return journal(Severity::warning, "too many notices wait: one is dropped",
                       {{"event", "notice-not-sent"}, {"user", telling.person.name}});
    waiting_.push_back(std::move(telling));
    send_waiting();
}

void Teller::send_waiting()
{
    while (!waiting_.empty() && under_way_.size() < most_under_way) {
        auto telling = std::move(waiting_.front());
        waiting_.pop_front();
        auto name = telling.person.name;
        start(dialogues_->tell_owner(std::move(telling)), std::move(name), "owner");
    }
}

void Teller::tell_administrator()
{
    if (is_quiet_ || for_administrator_.count == 0)
        return;
    const auto news = std::exchange(for_administrator_, {});
    if (dialogues_->policy().administrator.empty())
        return; // the journal has it
    is_quiet_ = true;
    quiet_.arm(gathered_);
    start(dialogues_->tell_administrator(news), news.last_person, "administrator");
}

void Teller::start(Task<DeliveryOutcome> message, std::string person, const char* whom)
{
    auto& sent = *under_way_.emplace_back(std::make_unique<Message>(dialogues_, std::move(message)));
    sent.root.start([this, &sent, person = std::move(person), whom] {
        const auto outcome = sent.root.take();
        const bool taken =
            outcome && (*outcome == DeliveryOutcome::accepted || *outcome == DeliveryOutcome::queued);
        if (!taken)
            journal(Severity::warning, "a notice was not sent",
                    {{"event", "notice-not-sent"},
                     {"user", person},
                     {"to", whom},
                     {"outcome", outcome ? word_of(*outcome) : outcome.error().detail}});
        // On a turn of its own: this is called from inside the task.
        loop_.later([this, alive = std::weak_ptr(alive_)] {
            if (!alive.expired())
                forget_finished();
        });
    });
}

void Teller::forget_finished()
{
    std::erase_if(under_way_, [](const auto& message) { return message->root.finished(); });
    send_waiting();
}

} // namespace ssp
