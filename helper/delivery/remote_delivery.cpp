#include "delivery/remote_delivery.h"

#include "loop/peer.h"
#include "protocol/delivery_codec.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <utility>
#include <vector>

namespace ssp {

namespace {

/// Room for one frame; wiped, because numbers and codes pass through it.
class FrameBuffer {
public:
    ~FrameBuffer() { explicit_bzero(bytes_.data(), bytes_.size()); }
    template <class Message> std::span<const char> encode(const Message& message)
    {
        return std::span(bytes_).first(protocol::encode(message, bytes_));
    }

private:
    std::array<char, protocol::max_delivery_frame_bytes> bytes_{};
};

// The wire has numbers of its own; both ends of each list must be the same.
static_assert(static_cast<int>(Channel::voice_call) == static_cast<int>(protocol::Carriage::voice_call));
static_assert(static_cast<int>(DeliveryOutcome::accepted) == static_cast<int>(protocol::Handover::accepted));
static_assert(static_cast<int>(DeliveryOutcome::unknown) == static_cast<int>(protocol::Handover::unknown));
static_assert(static_cast<int>(CallState::calling) == static_cast<int>(protocol::CallProgress::calling));
static_assert(static_cast<int>(CallState::failed) == static_cast<int>(protocol::CallProgress::failed));

protocol::Carriage carriage_of(Channel channel) { return static_cast<protocol::Carriage>(channel); }

Error unavailable(std::string detail) { return {ErrorKind::delivery_unavailable, std::move(detail)}; }

} // namespace

/// What one task waits for. Lives in its coroutine frame and takes itself off the list when it goes.
class RemoteDelivery::Reply {
public:
    Reply(RemoteDelivery& owner, std::uint32_t number, protocol::DeliveryKind expected, Seconds patience)
        : owner_(owner), number_(number), expected_(expected),
          due_(std::chrono::steady_clock::now() + patience)
    {
        owner_.waiting_[number_] = this;
        owner_.arm_deadline();
    }
    /// Without an answer nobody waits any more: deliveryd gives the request up, a call or a transfer ends.
    ~Reply()
    {
        owner_.waiting_.erase(number_);
        if (!answered_ && expected_ == protocol::DeliveryKind::delivered)
            owner_.give_up(number_);
    }
    Reply(const Reply&) = delete;
    Reply& operator=(const Reply&) = delete;

    /// Awaiting gives true when an answer came; then judgement or outcome is set.
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> waiter) noexcept { waiter_ = waiter; }
    bool await_resume() const noexcept { return answered_; }

    /// Wakes the task, which may destroy this object: the last thing a caller does with it.
    void end(bool answered)
    {
        owner_.waiting_.erase(number_);
        answered_ = answered;
        waiter_.resume();
    }

    protocol::DeliveryKind expected() const noexcept { return expected_; }
    TimePoint due() const noexcept { return due_; }

    NumberJudgement judgement;
    DeliveryOutcome outcome = DeliveryOutcome::unknown;
    CallState call = CallState::unknown;

private:
    RemoteDelivery& owner_;
    std::uint32_t number_;
    protocol::DeliveryKind expected_;
    TimePoint due_;
    bool answered_ = false;
    std::coroutine_handle<> waiter_;
};

RemoteDelivery::RemoteDelivery(Loop& loop, std::string socket_path, uid_t expected_peer_uid)
    : loop_(loop), socket_path_(std::move(socket_path)), expected_peer_uid_(expected_peer_uid),
      deadline_(loop, [this] { on_deadline(); })
{
}

RemoteDelivery::~RemoteDelivery() = default;

Task<NumberJudgement> RemoteDelivery::judge_number(SecretString typed, Channel channel, std::string region)
{
    if (typed.empty() || typed.size() > protocol::max_typed_bytes) {
        NumberJudgement refused;
        refused.reason = "This is not a telephone number.";
        co_return refused;
    }
    const auto number = next_number();
    {
        FrameBuffer buffer;
        const protocol::Judge message{number, carriage_of(channel), region, typed.reveal()};
        const auto frame = buffer.encode(message);
        if (frame.empty())
            co_return unavailable("a region outside the limits of the protocol");
        auto sent = send(frame);
        if (!sent)
            co_return sent.error();
    }
    Reply reply(*this, number, protocol::DeliveryKind::judged, judge_deadline);
    const bool answered = co_await reply;
    if (!answered)
        co_return unavailable("no judgement came");
    co_return std::move(reply.judgement);
}

Task<DeliveryOutcome> RemoteDelivery::deliver(OutboundMessage message)
{
    const auto number = next_number();
    {
        FrameBuffer buffer;
        protocol::Deliver request{};
        request.number = number;
        request.carriage = carriage_of(message.channel);
        request.deadline =
            static_cast<std::uint16_t>(std::clamp<Seconds::rep>(message.deadline.count(), 0, 65535));
        request.to = message.to.reveal();
        // Only what this channel carries: deliveryd learns no more than it needs.
        if (message.channel == Channel::text_message)
            request.text = message.text.reveal();
        else
            request.digits = message.digits.reveal();
        request.tag = message.tag;
        request.reference = message.reference;
        request.language = message.language;
        const auto frame = buffer.encode(request);
        if (frame.empty())
            co_return unavailable("a message outside the limits of the protocol");
        auto sent = send(frame);
        if (!sent)
            co_return sent.error();
    }
    Reply reply(*this, number, protocol::DeliveryKind::delivered, message.deadline + margin);
    co_await reply;
    const bool taken = reply.outcome == DeliveryOutcome::accepted || reply.outcome == DeliveryOutcome::queued;
    if (taken && message.channel == Channel::voice_call)
        calls_[message.reference] = {number, reply.call};
    co_return reply.outcome;
}

CallState RemoteDelivery::call_state(const std::string& reference) const
{
    const auto found = calls_.find(reference);
    return found == calls_.end() ? CallState::unknown : found->second.state;
}

void RemoteDelivery::release(const std::string& reference) noexcept
{
    const auto found = calls_.find(reference);
    if (found == calls_.end())
        return;
    const auto call = found->second;
    calls_.erase(found);
    if (!is_end(call.state))
        give_up(call.number);
}

void RemoteDelivery::give_up(std::uint32_t number) noexcept
{
    if (!channel_)
        return;
    FrameBuffer buffer;
    // Not lose_connection() at once: a task may be destroying itself here, and that would wake others.
    if (!channel_->send(buffer.encode(protocol::Release{number})))
        loop_.later([this, current = std::weak_ptr(connection_)] {
            if (!current.expired())
                lose_connection(); // which ends it as well
        });
}

/// 0 is never used; a number that is still waited for is skipped after the counter went round.
std::uint32_t RemoteDelivery::next_number()
{
    const auto of_last = [this](const auto& one) { return one.second.number == last_number_; };
    do
        ++last_number_;
    while (last_number_ == 0 || waiting_.contains(last_number_) || std::ranges::any_of(calls_, of_last));
    return last_number_;
}

/// Hands a whole frame to the socket. On an error nothing was sent.
Result<void> RemoteDelivery::send(std::span<const char> frame)
{
    // Twice: that the other end of a kept connection is gone may show only now. An incomplete frame is never
    // acted on, so what was refused here did not arrive there.
    for (int attempt = 1; attempt <= 2; ++attempt) {
        if (!channel_) {
            auto connected = connect();
            if (!connected)
                return connected.error();
        }
        if (channel_->send(frame))
            return {};
        lose_connection();
    }
    return unavailable("ssp-mfa-deliveryd does not read");
}

Result<void> RemoteDelivery::connect()
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (socket_path_.size() >= sizeof address.sun_path)
        return unavailable("the path of the delivery socket is too long");
    std::memcpy(address.sun_path, socket_path_.data(), socket_path_.size());
    UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket)
        return unavailable(fmt::format("socket: {}", std::strerror(errno)));
    // A local stream socket connects at once, or fails at once (EAGAIN when the queue of the listener is
    // full).
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        return unavailable(fmt::format("{}: {}", socket_path_, std::strerror(errno)));
    const auto peer = peer_of(socket.get());
    if (!peer)
        return unavailable(peer.error().detail);
    if (peer->uid != 0 && peer->uid != expected_peer_uid_)
        return unavailable(
            fmt::format("{} is served by uid {}, expected {}", socket_path_, peer->uid, expected_peer_uid_));

    // What an earlier connection still says is nobody's.
    connection_ = std::make_shared<char>();
    FrameChannel::Callbacks callbacks;
    callbacks.frame = [this, current = std::weak_ptr(connection_)](std::span<const char> payload) {
        if (!current.expired())
            on_frame(payload);
    };
    callbacks.closed = [this, current = std::weak_ptr(connection_)] {
        if (!current.expired())
            lose_connection();
    };
    channel_ = std::make_shared<FrameChannel>(loop_, std::move(socket), std::move(callbacks));
    return {};
}

void RemoteDelivery::on_called(std::uint32_t number, CallState state)
{
    const auto of_number = [number](const auto& one) { return one.second.number == number; };
    const auto found = std::ranges::find_if(calls_, of_number);
    if (found != calls_.end())
        found->second.state = state;
    else if (const auto asked = waiting_.find(number); asked != waiting_.end())
        asked->second->call = state;
}

void RemoteDelivery::on_frame(std::span<const char> payload)
{
    protocol::Called called;
    if (protocol::decode(payload, called))
        return on_called(called.number, static_cast<CallState>(called.progress));
    protocol::Judged judged;
    protocol::Delivered delivered;
    const bool is_judged = protocol::decode(payload, judged);
    if (!is_judged && !protocol::decode(payload, delivered))
        return lose_connection();
    const auto number = is_judged ? judged.number : delivered.number;
    const auto kind = is_judged ? protocol::DeliveryKind::judged : protocol::DeliveryKind::delivered;
    const auto found = waiting_.find(number);
    if (found == waiting_.end()) {
        // An answer that nobody waits for any more is nothing; one to a question never asked is a lie.
        if (number == 0 || number > last_number_)
            lose_connection();
        return;
    }
    Reply& reply = *found->second;
    if (reply.expected() != kind)
        return lose_connection();
    if (is_judged) {
        reply.judgement.usable = judged.usable == 1;
        reply.judgement.e164 = SecretString(judged.e164);
        reply.judgement.region = std::string(judged.region);
        reply.judgement.reason = std::string(judged.reason);
    } else {
        reply.outcome = static_cast<DeliveryOutcome>(delivered.handover);
    }
    reply.end(true);
}

/// Ends everything that was in flight without an answer. The next request connects again.
void RemoteDelivery::lose_connection()
{
    if (!channel_)
        return;
    connection_.reset();
    for (auto& [reference, call] : calls_)
        if (!is_end(call.state))
            call.state = CallState::failed; // deliveryd ends what it did for a connection that is gone
    loop_.later([old = std::exchange(channel_, nullptr)] {}); // it may be the caller
    std::vector<std::uint32_t> lost;
    for (const auto& [number, reply] : waiting_)
        lost.push_back(number);
    for (const auto number : lost) {
        const auto found = waiting_.find(number);
        if (found != waiting_.end())
            found->second->end(false);
    }
}

void RemoteDelivery::arm_deadline()
{
    if (waiting_.empty())
        return deadline_.disarm();
    const auto by_due = [](const auto& a, const auto& b) { return a.second->due() < b.second->due(); };
    const auto next = std::min_element(waiting_.begin(), waiting_.end(), by_due)->second->due();
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(next - std::chrono::steady_clock::now());
    deadline_.arm(std::max(left, std::chrono::milliseconds(0)));
}

void RemoteDelivery::on_deadline()
{
    const auto now = std::chrono::steady_clock::now();
    std::vector<std::uint32_t> overdue;
    for (const auto& [number, reply] : waiting_)
        if (reply->due() <= now)
            overdue.push_back(number);
    for (const auto number : overdue) {
        const auto found = waiting_.find(number);
        if (found != waiting_.end())
            found->second->end(false);
    }
    arm_deadline();
}

} // namespace ssp
