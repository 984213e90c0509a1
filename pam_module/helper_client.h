#pragma once
// The helper: one connection, frames in and out, and a deadline for everything.
//
// A helper that is gone is noticed at once, one that hangs after 4.5 seconds of silence: it says `wait` every
// 2 seconds while it works (protocol/message.h).
#include "pam_module/options.h"
#include "protocol/codec.h"
#include "protocol/frame.h"

#include <cstdint>
#include <cstring>
#include <security/pam_modules.h>

namespace ssp::pam {

enum class Opened { failed, unreachable, distrusted, opened };
/// malformed: a field of the message breaks its limit, nothing was sent. gone: so is the helper.
enum class Sent { malformed, gone, sent };
enum class Received { malformed, silent, closed, payload };

class HelperClient {
public:
    /// The whole conversation has to end `timeout_seconds` from now.
    explicit HelperClient(int timeout_seconds) noexcept;
    HelperClient(const HelperClient&) = delete;
    HelperClient& operator=(const HelperClient&) = delete;
    /// Closes, and wipes what was received: texts may hold keys and recovery codes.
    ~HelperClient();

    /// Connects to the socket of `options`, or to signin.sock as root and self.sock as anybody else, below
    /// /run/ssp-mfa. Trusted is a socket whose inode and directories are owned by root, are no symbolic
    /// links and let nobody else write (anybody may write into self.sock: who is not root trusts that), and
    /// behind which listens root or the user helper_user. What is wrong is logged.
    Opened open(pam_handle_t* pamh, const Options& options) noexcept;

    /// The written bytes are wiped: an answer may be a password.
    template <class Message> Sent send(const Message& message) noexcept
    {
        const std::size_t length = protocol::encode(message, out_);
        const Sent sent = length == 0 ? Sent::malformed : send_bytes({out_, length});
        explicit_bzero(out_, length);
        return sent;
    }

    /// The next payload; it lives until the next call. silent: nothing whole came for 4.5 seconds, or the
    /// conversation's time is over. `patient` false: only what is there already.
    Received receive(std::span<const char>& payload, bool patient = true) noexcept;

private:
    Sent send_bytes(std::span<const char> bytes) noexcept;
    int wait_for(short events, std::int64_t until) noexcept;

    int fd_ = -1;
    std::int64_t end_;
    std::size_t used_ = 0;
    std::size_t taken_ = 0; ///< bytes of the frame that was handed out
    char in_[protocol::max_frame_bytes] = {};
    char out_[protocol::max_frame_bytes] = {};
};

} // namespace ssp::pam
