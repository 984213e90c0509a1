#include "delivery/connection.h"

#include "loop/journal.h"
#include "protocol/delivery_codec.h"

#include <array>
#include <cstring>
#include <utility>

namespace ssp {

namespace {

Channel channel_of(protocol::Carriage carriage) { return static_cast<Channel>(carriage); }

OutboundMessage message_of(const protocol::Deliver& request)
{
    OutboundMessage message;
    message.channel = channel_of(request.carriage);
    message.to = SecretString(request.to);
    message.text = SecretString(request.text);
    message.digits = SecretString(request.digits);
    message.tag = std::string(request.tag);
    message.reference = std::string(request.reference);
    message.deadline = Seconds(request.deadline);
    return message;
}

} // namespace

DeliveryConnection::DeliveryConnection(Loop& loop, UniqueFd socket, const std::shared_ptr<Delivery>& current,
                                       std::function<void(const DeliveryConnection&)> closed)
    : loop_(loop), current_(current), channel_(loop, std::move(socket),
                                               {[this](std::span<const char> payload) { on_frame(payload); },
                                                [this, closed = std::move(closed)] { closed(*this); }})
{
}

void DeliveryConnection::on_frame(std::span<const char> payload)
{
    protocol::Judge question;
    protocol::Deliver request;
    const bool is_question = protocol::decode(payload, question);
    const bool is_request = !is_question && protocol::decode(payload, request);
    const auto number = is_question ? question.number : request.number;
    if ((!is_question && !is_request) || serving_.contains(number)) {
        journal(Severity::error, "what came from ssp-mfad is no request: connection ended");
        return channel_.finish();
    }
    if (is_question)
        return start(number, judge(current_, number, SecretString(question.typed),
                                   channel_of(question.carriage), std::string(question.region)));
    if (serving_.size() >= most_in_flight)
        return answer(protocol::Delivered{number, protocol::Handover::retry});
    start(number, deliver(current_, number, message_of(request)));
}

void DeliveryConnection::start(std::uint32_t number, Task<void> serving)
{
    RootTask<void>& task = serving_.emplace(number, std::move(serving)).first->second;
    task.start([this, number] {
        loop_.later([this, number, alive = std::weak_ptr(alive_)] {
            if (!alive.expired())
                serving_.erase(number);
        });
    });
}

Task<void> DeliveryConnection::judge(std::shared_ptr<Delivery> by, std::uint32_t number, SecretString typed,
                                     Channel channel, std::string region)
{
    auto judging = by->judge_number(std::move(typed), channel, std::move(region));
    auto judgement = co_await std::move(judging).outcome();
    protocol::Judged judged{number, 0, "", "Telephone numbers cannot be checked now."};
    if (judgement && judgement->usable)
        judged = {number, 1, judgement->e164.reveal(), ""};
    else if (judgement)
        judged.reason = judgement->reason;
    answer(judged);
}

Task<void> DeliveryConnection::deliver(std::shared_ptr<Delivery> by, std::uint32_t number,
                                       OutboundMessage message)
{
    auto sending = by->deliver(std::move(message));
    auto sent = co_await std::move(sending).outcome();
    const auto outcome = sent ? *sent : DeliveryOutcome::unknown;
    answer(protocol::Delivered{number, static_cast<protocol::Handover>(outcome)});
}

template <class Message> void DeliveryConnection::answer(const Message& message)
{
    std::array<char, protocol::max_delivery_frame_bytes> frame{};
    const auto length = protocol::encode(message, frame);
    // An answer outside the limits of the protocol would be our own fault: the other end must not wait for
    // it.
    if (length == 0)
        channel_.finish();
    else
        channel_.send(std::span(frame).first(length));
    explicit_bzero(frame.data(), frame.size());
}

} // namespace ssp
