#pragma once
#include "delivery/local_delivery.h"
#include "loop/frame_channel.h"
#include "loop/loop.h"
#include "protocol/delivery_message.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>

namespace ssp {

/// One connection of ssp-mfad: reads its requests, sends the answers in the order in which they are ready,
/// and tells how calls go on until they end or nobody waits for them. Anything that is no request, and a
/// number that is still in flight, ends the connection; what it had in flight ends with it.
class DeliveryConnection {
public:
    /// `socket`: connected, non-blocking. `current`: who serves new requests; may be replaced at any time,
    /// and outlives this object. `closed` is called once, with this object, which it may destroy on a later
    /// turn.
    DeliveryConnection(Loop& loop, UniqueFd socket, const std::shared_ptr<LocalDelivery>& current,
                       std::function<void(const DeliveryConnection&)> closed);
    DeliveryConnection(const DeliveryConnection&) = delete;
    DeliveryConnection& operator=(const DeliveryConnection&) = delete;

    /// Requests in flight; a delivery beyond it is answered `retry` at once.
    static constexpr std::size_t most_in_flight = 64;

private:
    void on_frame(std::span<const char> payload);
    void start(std::uint32_t number, Task<void> serving);
    void judge(const protocol::Judge& question);
    Task<void> deliver(std::shared_ptr<LocalDelivery> by, std::uint32_t number, OutboundMessage message);
    Task<void> follow(std::uint32_t number, std::unique_ptr<OngoingCall> call);
    template <class Message> void answer(const Message& message);

    Loop& loop_;
    const std::shared_ptr<LocalDelivery>& current_;
    FrameChannel channel_;
    std::map<std::uint32_t, RootTask<void>> serving_;        ///< by request number
    std::shared_ptr<char> alive_ = std::make_shared<char>(); ///< ends with this object
};

} // namespace ssp
