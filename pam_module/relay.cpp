#include "pam_module/relay.h"

namespace ssp::pam {

namespace {

/// More than any enrolment needs; without it a helper could keep a person for the whole timeout.
constexpr std::uint32_t max_messages = 1000;

class Relay {
public:
    Relay(HelperClient& helper, std::uint64_t conversation, Conversation* person) noexcept
        : helper_(helper), conversation_(conversation), person_(person)
    {
    }

    Outcome run() noexcept
    {
        for (;;) {
            std::span<const char> payload;
            const Received received = helper_.receive(payload, delivered_);
            if (received == Received::malformed)
                return Outcome::distrusted;
            if (received != Received::payload)
                return absent();
            if (!handle(payload))
                return outcome_;
        }
    }

private:
    Outcome absent() const noexcept { return asked_ ? Outcome::unavailable : Outcome::unreachable; }

    /// The message, if it is whole and the next one of this conversation.
    template <class Message> bool read(std::span<const char> payload, Message& message) noexcept
    {
        return protocol::decode(payload, message) && message.conversation == conversation_ &&
               message.number == ++messages_ && messages_ <= max_messages;
    }

    /// False: the conversation is over, as outcome_ says.
    bool handle(std::span<const char> payload) noexcept
    {
        protocol::Ask ask;
        protocol::Tell tell;
        protocol::Wait wait;
        protocol::Verdict verdict;
        switch (protocol::kind_of(payload).value_or(protocol::Kind::begin)) {
        case protocol::Kind::ask: return read(payload, ask) && on_ask(ask);
        case protocol::Kind::tell: return read(payload, tell) && on_tell(tell);
        case protocol::Kind::wait: return read(payload, wait);
        case protocol::Kind::verdict: return read(payload, verdict) && on_verdict(verdict);
        default: return false;
        }
    }

    bool on_ask(const protocol::Ask& ask) noexcept
    {
        if (person_ == nullptr || !delivered_)
            return false;
        asked_ = true;
        Reply reply;
        if (!person_->ask(ask.text, ask.echo == 1, reply)) {
            helper_.send(protocol::Leave{conversation_});
            outcome_ = Outcome::person_left;
            return false;
        }
        // A helper whose deadline passed meanwhile has said so and gone: what it said is still there to read.
        delivered_ = helper_.send(protocol::Answer{conversation_, ask.number, reply.text()}) == Sent::sent;
        return true;
    }

    bool on_tell(const protocol::Tell& tell) noexcept
    {
        if (person_ == nullptr || person_->tell(tell.text, tell.error == 1))
            return true;
        helper_.send(protocol::Leave{conversation_});
        outcome_ = Outcome::person_left;
        return false;
    }

    bool on_verdict(const protocol::Verdict& verdict) noexcept
    {
        switch (verdict.decision) {
        case protocol::Decision::accepted:
            outcome_ = delivered_ ? Outcome::accepted : Outcome::distrusted;
            break;
        case protocol::Decision::rejected: outcome_ = Outcome::rejected; break;
        case protocol::Decision::locked: outcome_ = Outcome::locked; break;
        case protocol::Decision::not_enrolled: outcome_ = Outcome::not_enrolled; break;
        case protocol::Decision::unavailable: outcome_ = Outcome::unavailable; break;
        }
        return false;
    }

    HelperClient& helper_;
    std::uint64_t conversation_;
    Conversation* person_;
    std::uint32_t messages_ = 0;
    bool delivered_ = true; ///< the last answer reached the helper
    bool asked_ = false;
    Outcome outcome_ = Outcome::distrusted;
};

} // namespace

Outcome relay(HelperClient& helper, const protocol::Begin& begin, Conversation* person) noexcept
{
    const Sent sent = helper.send(begin);
    if (sent != Sent::sent)
        return sent == Sent::gone ? Outcome::unreachable : Outcome::fault;
    return Relay(helper, begin.conversation, person).run();
}

} // namespace ssp::pam
