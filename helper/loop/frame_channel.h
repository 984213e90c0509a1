#pragma once
// One stream socket that carries frames (protocol/frame.h), on the loop. Knows no message.
#include "base/unique_fd.h"
#include "loop/loop.h"
#include "loop/wiped_bytes.h"

#include <functional>
#include <memory>
#include <span>

namespace ssp {

/// Reads frames and writes frames. Whatever the peer does ends at most this channel: a malformed length, a
/// reset, a peer that does not read. Bytes are wiped once they were handled or sent: they may be codes.
///
/// The callbacks run on the loop and may call send() and finish(); they must not destroy the channel.
class FrameChannel {
public:
    struct Callbacks {
        std::function<void(std::span<const char> payload)> frame;
        std::function<void()> closed; ///< once: the peer went, broke the framing, or does not read
    };
    /// `socket`: connected, non-blocking.
    FrameChannel(Loop& loop, UniqueFd socket, Callbacks callbacks);
    FrameChannel(const FrameChannel&) = delete;
    FrameChannel& operator=(const FrameChannel&) = delete;

    /// Sends a whole frame, or queues what does not fit. False when the channel is closed or the peer let
    /// max_unsent_bytes pile up; closed() is then called on a later turn.
    bool send(std::span<const char> frame);
    /// Says that nothing more will be sent: closed() is called once all is written, or the peer went.
    void finish();
    /// Ends it now, whatever is still unsent; closed() is called on a later turn, if it was not.
    void close();
    bool is_open() const noexcept { return static_cast<bool>(socket_) && !closing_; }

    static constexpr std::size_t max_unsent_bytes = 65536;

private:
    void on_ready(std::uint32_t events);
    void read_some();
    bool handle(std::span<const char> received, std::size_t& used);
    bool write_unsent();

    Loop& loop_;
    UniqueFd socket_;
    Callbacks callbacks_;
    WipedBytes partial_; ///< start of a frame that has not come whole yet
    WipedBytes unsent_;
    bool closing_ = false;                                   ///< nothing is handled any more
    bool finishing_ = false;                                 ///< close when unsent_ is empty
    std::shared_ptr<char> alive_ = std::make_shared<char>(); ///< ends with this object
    IoWatch watch_;
};

} // namespace ssp
