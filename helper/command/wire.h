#pragma once
// Frames to and from a daemon, waiting in place: the command has nothing else to do.
#include "base/result.h"
#include "base/secret_string.h"
#include "base/unique_fd.h"

#include <chrono>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace ssp::command {

/// Where a daemon listens, and whose process may be believed to be it.
struct HelperDoor {
    std::string socket;
    std::vector<uid_t>
        trusted_uids; ///< of the process that called listen(): systemd (0), or the daemon itself
    std::chrono::milliseconds patience{60000}; ///< longest silence while nobody is asked
    std::string program = "ssp-mfad";          ///< its name, and that of its socket unit, in sentences
};

/// A connected socket. What was received and sent is wiped: it may have been a code. Errors, each with a
/// sentence for the person: delivery_unavailable: nobody answers there, or somebody who must not be believed,
/// or they hung up; deadline_passed: door.patience is over; malformed: what came is no frame, or a message is
/// too long to be sent.
class Wire {
public:
    static Result<Wire> connect(const HelperDoor& door);

    /// A message of protocol/.
    template <class Message> Result<void> send(const Message& message)
    {
        auto frame = SecretString::zeros(most_frame_bytes);
        const auto length = encode(message, std::span(frame.data(), frame.size())); // found beside Message
        return send_bytes(frame.reveal().substr(0, length));
    }
    /// The next payload; it lives until the next call.
    Result<std::span<const char>> receive();

    /// That the other end makes no sense.
    Error not_understood() const;

private:
    static const std::size_t most_frame_bytes;

    Wire(UniqueFd socket, const HelperDoor& door);
    Result<void> send_bytes(std::string_view bytes);
    Result<void> read_more();
    Error broken_off() const;

    UniqueFd socket_;
    std::chrono::milliseconds patience_;
    std::string program_;
    SecretString buffer_;
    std::size_t used_ = 0;
    std::size_t taken_ = 0; ///< bytes of the frame that was handed out
};

} // namespace ssp::command
