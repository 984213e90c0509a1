#include "delivery/connection.h"

#include "delivery/routing/words.h"
#include "delivery/survey.h"
#include "loop/journal.h"
#include "protocol/delivery_codec.h"
#include "protocol/inspection_codec.h"

#include <array>
#include <chrono>
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
    message.language = std::string(request.language);
    message.deadline = Seconds(request.deadline);
    return message;
}

TrialRequest request_of(const protocol::Trial& trial)
{
    return {channel_of(trial.carriage), SecretString(trial.typed), std::string(trial.region),
            std::string(trial.language), std::string(trial.provider)};
}

/// While it lives no other trial is begun.
class OnlyTrial {
public:
    explicit OnlyTrial(bool& running) : running_(running) { running_ = true; }
    ~OnlyTrial() { running_ = false; }
    OnlyTrial(const OnlyTrial&) = delete;
    OnlyTrial& operator=(const OnlyTrial&) = delete;

private:
    bool& running_;
};

} // namespace

DeliveryConnection::DeliveryConnection(Loop& loop, UniqueFd socket, bool of_root, Serving& shared,
                                       std::function<void(const DeliveryConnection&)> closed)
    : loop_(loop), of_root_(of_root), shared_(shared),
      channel_(loop, std::move(socket),
               {[this](std::span<const char> payload) { on_frame(payload); },
                [this, closed = std::move(closed)] { closed(*this); }})
{
}

void DeliveryConnection::on_frame(std::span<const char> payload)
{
    protocol::Judge question;
    protocol::Deliver request;
    protocol::Release released;
    if (protocol::decode(payload, question))
        return judge(question);
    if (protocol::decode(payload, released)) {
        serving_.erase(released.number); // a call that goes on is hung up
        return;
    }
    if (of_root_ && on_inspection(payload))
        return;
    if (!protocol::decode(payload, request) || serving_.contains(request.number)) {
        journal(Severity::error, "what came from ssp-mfad is no request: connection ended");
        return channel_.finish();
    }
    if (serving_.size() >= most_in_flight)
        return answer(protocol::Delivered{request.number, protocol::Handover::retry});
    start(request.number, deliver(shared_.delivery, request.number, message_of(request)));
}

/// What only the command asks. False: it is something else.
bool DeliveryConnection::on_inspection(std::span<const char> payload)
{
    protocol::Survey survey;
    if (protocol::decode(payload, survey)) {
        for (const auto& line : shared_.delivery->providers())
            answer(surveyed(survey.number, line));
        answer(protocol::Finished{survey.number});
        return true;
    }
    protocol::Trial trial;
    if (!protocol::decode(payload, trial) || serving_.contains(trial.number))
        return false;
    start(trial.number, try_out(shared_.delivery, trial.number, request_of(trial)));
    return true;
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

void DeliveryConnection::judge(const protocol::Judge& question)
{
    const auto judgement =
        shared_.delivery->judge(question.typed, channel_of(question.carriage), std::string(question.region));
    if (judgement.usable)
        answer(protocol::Judged{question.number, 1, judgement.e164.reveal(), "", judgement.region});
    else
        answer(protocol::Judged{question.number, 0, "", judgement.reason, ""});
}

Task<void> DeliveryConnection::deliver(std::shared_ptr<LocalDelivery> by, std::uint32_t number,
                                       OutboundMessage message)
{
    auto sending = by->hand_over(std::move(message));
    auto sent = co_await std::move(sending).outcome();
    auto telling = see_through(number, std::move(sent));
    co_await std::move(telling);
}

Task<void> DeliveryConnection::try_out(std::shared_ptr<LocalDelivery> by, std::uint32_t number,
                                       TrialRequest request)
{
    const auto began = std::chrono::steady_clock::now();
    const Router::Steps tell = [this, number, began](const std::string& step) {
        const auto took = std::chrono::steady_clock::now() - began;
        const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(took).count();
        const auto line = one_line(step, 300);
        answer(protocol::Step{number, static_cast<std::uint32_t>(milliseconds), line});
    };
    if (shared_.trial_running) {
        tell("another trial is under way; try again when it is over");
        answer(protocol::Delivered{number, protocol::Handover::retry});
        answer(protocol::Finished{number});
        co_return;
    }
    const OnlyTrial only(shared_.trial_running);
    auto trying = by->try_out(std::move(request), tell);
    auto sent = co_await std::move(trying).outcome();
    auto telling = see_through(number, std::move(sent));
    co_await std::move(telling);
    answer(protocol::Finished{number});
}

Task<void> DeliveryConnection::see_through(std::uint32_t number, Result<Handover> sent)
{
    Handover handover;
    if (sent)
        handover = std::move(*sent);
    const auto state = handover.call == nullptr ? CallState::unknown : handover.call->state();
    // Before `delivered`, so that the prompt that follows it can say it.
    if (state != CallState::unknown)
        answer(protocol::Called{number, static_cast<protocol::CallProgress>(state)});
    answer(protocol::Delivered{number, static_cast<protocol::Handover>(handover.outcome)});
    if (handover.call == nullptr || is_end(state))
        co_return;
    auto following = follow(number, std::move(handover.call));
    co_await std::move(following);
}

Task<void> DeliveryConnection::follow(std::uint32_t number, std::unique_ptr<OngoingCall> call)
{
    auto state = CallState::calling;
    while (!is_end(state)) {
        auto changing = call->next();
        const auto changed = co_await std::move(changing).outcome();
        state = changed ? *changed : CallState::failed;
        if (state != CallState::unknown)
            answer(protocol::Called{number, static_cast<protocol::CallProgress>(state)});
    }
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
