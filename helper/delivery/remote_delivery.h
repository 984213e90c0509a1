#pragma once
// The Delivery port as ssp-mfad has it: it asks ssp-mfa-deliveryd over its socket.
#include "loop/frame_channel.h"
#include "loop/loop.h"
#include "verifier/ports.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <sys/types.h>

namespace ssp {

/// Many requests share one connection, which is made when it is first needed and again after it was lost.
/// Nothing here blocks the loop. Outlives its tasks. When a task of deliver() is destroyed while it waits,
/// deliveryd is told to give up; what a provider has by then may still arrive at a phone.
///
/// deliver() ends with DeliveryOutcome::unknown when the answer did not come, and with delivery_unavailable
/// only when the message never left. judge_number() ends with delivery_unavailable in both cases.
class RemoteDelivery final : public Delivery {
public:
    /// `socket_path`: of delivery.sock. `expected_peer_uid`: of the user that runs ssp-mfa-deliveryd; uid 0
    /// is accepted too, because with socket activation the kernel names whoever called listen().
    RemoteDelivery(Loop& loop, std::string socket_path, uid_t expected_peer_uid);
    ~RemoteDelivery() override;
    RemoteDelivery(const RemoteDelivery&) = delete;
    RemoteDelivery& operator=(const RemoteDelivery&) = delete;

    Task<NumberJudgement> judge_number(SecretString typed, Channel channel, std::string region) override;
    Task<DeliveryOutcome> deliver(OutboundMessage message) override;
    CallState call_state(const std::string& reference) const override;
    void release(const std::string& reference) noexcept override;

    /// How long a judgement may take.
    static constexpr Seconds judge_deadline{5};
    /// What a delivery may take beyond its own deadline, for the way there and back.
    static constexpr Seconds margin{3};

private:
    class Reply;
    using TimePoint = std::chrono::steady_clock::time_point;

    std::uint32_t next_number();
    Result<void> send(std::span<const char> frame);
    Result<void> connect();
    void on_frame(std::span<const char> payload);
    void give_up(std::uint32_t number) noexcept;
    void on_called(std::uint32_t number, CallState state);
    void on_deadline();
    void arm_deadline();
    void lose_connection();

    Loop& loop_;
    std::string socket_path_;
    uid_t expected_peer_uid_;
    std::shared_ptr<FrameChannel> channel_; ///< null: not connected
    std::shared_ptr<char> connection_;      ///< ends with the connection, or with this object
    std::uint32_t last_number_ = 0;
    /// A call that was accepted and that nobody released.
    struct Call {
        std::uint32_t number = 0; ///< of its request
        CallState state = CallState::unknown;
    };
    std::map<std::string, Call> calls_;       ///< by reference
    std::map<std::uint32_t, Reply*> waiting_; ///< by request number; each lives in the frame of its task
    Timer deadline_;
};

} // namespace ssp
