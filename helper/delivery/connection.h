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

/// What all connections of the daemon share.
struct Serving {
    std::shared_ptr<LocalDelivery> delivery; ///< who serves new requests; may be replaced at any time
    bool trial_running = false;              ///< one at a time, in all
};

/// One connection of ssp-mfad, or of root's command: reads its requests, sends the answers in the order in
/// which they are ready, and tells how calls go on until they end or nobody waits for them. Anything that is
/// no request, and a number that is still in flight, ends the connection; what it had in flight ends with it.
class DeliveryConnection {
public:
    /// `socket`: connected, non-blocking. `of_root`: surveys and trials are answered too. `shared` outlives
    /// this object. `closed` is called once, with this object, which it may destroy on a later turn.
    DeliveryConnection(Loop& loop, UniqueFd socket, bool of_root, Serving& shared,
                       std::function<void(const DeliveryConnection&)> closed);
    DeliveryConnection(const DeliveryConnection&) = delete;
    DeliveryConnection& operator=(const DeliveryConnection&) = delete;

    /// Requests in flight; a delivery beyond it is answered `retry` at once. A wave of sign-ins comes in one
    /// turn of the loop, because their rows are written in one transaction. One in flight takes some
    /// kilobytes here; what a provider takes for it, the provider bounds.
    static constexpr std::size_t most_in_flight = 512;

private:
    void on_frame(std::span<const char> payload);
    bool on_inspection(std::span<const char> payload);
    void start(std::uint32_t number, Task<void> serving);
    void judge(const protocol::Judge& question);
    Task<void> deliver(std::shared_ptr<LocalDelivery> by, std::uint32_t number, OutboundMessage message);
    Task<void> try_out(std::shared_ptr<LocalDelivery> by, std::uint32_t number, TrialRequest request);
    Task<void> see_through(std::uint32_t number, Result<Handover> sent);
    Task<void> follow(std::uint32_t number, std::unique_ptr<OngoingCall> call);
    template <class Message> void answer(const Message& message);

    Loop& loop_;
    bool of_root_;
    Serving& shared_;
    FrameChannel channel_;
    std::map<std::uint32_t, RootTask<void>> serving_;        ///< by request number
    std::shared_ptr<char> alive_ = std::make_shared<char>(); ///< ends with this object
};

} // namespace ssp
