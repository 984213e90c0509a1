#pragma once
// What travels between the module (or the command) and ssp-mfad.
//
//   module -> helper   begin                            first, exactly once
//   helper -> module   (tell | wait)* (ask | verdict)   a verdict ends the conversation
//   module -> helper   answer | leave                   after each ask, and only then
//
// A helper that works for longer says `wait` every 2 seconds: the module takes 4.5 seconds of silence for a
// helper that hangs, and refuses.
//
// The command says `request` instead of `begin` and may be sent `row`s as well. Anything else at any
// moment ends the conversation: refused. The helper numbers its messages 1, 2, 3, ...; the module
// refuses a gap, and an answer names the ask that it answers. `conversation` is drawn by the module and
// repeated in every message, so that nothing recorded elsewhere fits in.
//
// Every field of a message is always present, in the order below: an unknown, missing, repeated or
// reordered field is malformed, so there is no "last one wins". Limits are in bytes.
#include <cstdint>
#include <string_view>

namespace ssp::protocol {

inline constexpr std::uint16_t version = 1;

enum class Kind : std::uint8_t {
    begin = 1,
    answer = 2,
    leave = 3,
    request = 4,
    ask = 17,
    tell = 18,
    verdict = 19,
    row = 20,
    wait = 21,
};

/// Which PAM function is asking.
enum class Phase : std::uint8_t {
    authenticate = 1,
    open_session = 2, ///< require_trusted_key: is the key of this session a trusted device?
    close_session = 3,
    password_changed = 4, ///< a completed password change: ends trust
};

/// 32-bit words, at least eight bits apart from each other, so that no flipped bit makes an acceptance.
enum class Decision : std::uint32_t {
    accepted = 0x5AC3A96FU,
    rejected = 0x91E40D33U,     ///< wrong codes, or the person gave up
    locked = 0xE2187A5CU,       ///< too many attempts, locked by the desk, or this connection is used up
    not_enrolled = 0x2F95D0E1U, ///< enrolment is closed for this person or place
    unavailable = 0xC87B36B4U,  ///< something needed is not there; nobody's fault at the keyboard
};

/// begin: who signs in where, as the process that loaded the module knows it.
struct Begin {
    std::uint64_t conversation = 0;
    Phase phase = Phase::authenticate;
    std::uint32_t uid = 0;           ///< of the person, from getpwnam_r
    std::uint32_t caller_uid = 0;    ///< real uid of the process that loaded the module
    std::uint32_t audit_session = 0; ///< /proc/self/sessionid, 0xffffffff = none
    std::string_view name;           ///< canonical, from getpwnam_r; 1..256
    std::string_view service;        ///< PAM_SERVICE; 1..64
    std::string_view rhost;          ///< PAM_RHOST; 0..256
    std::string_view tty;            ///< PAM_TTY; 0..256
    std::string_view ruser;          ///< PAM_RUSER; 0..256
    std::string_view source;         ///< first word of SSH_CONNECTION; 0..64
    std::string_view connection;     ///< one value per connection of the host program; 0..128
    std::uint8_t has_auth_info = 0;  ///< 1: SSH_AUTH_INFO_0 is set (it may be empty)
    std::string_view auth_info;      ///< SSH_AUTH_INFO_0; 0..8192
    std::string_view groups;         ///< gids, u32 little-endian each; 0..4096
};

/// request: a verb of the command `ssp-mfa` and its words, each ended by a NUL; 1..4096.
struct Request {
    std::uint64_t conversation = 0;
    std::string_view words;
};

/// answer: what the person typed; 0..512, no NUL. `number` is the number of the ask.
struct Answer {
    std::uint64_t conversation = 0;
    std::uint32_t number = 0;
    std::string_view text;
};

/// leave: the conversation failed or the person left; nothing more will come.
struct Leave {
    std::uint64_t conversation = 0;
};

/// ask: a prompt. `echo` 1: the answer may be shown. text: 1..8192, printable UTF-8 and newlines.
struct Ask {
    std::uint64_t conversation = 0;
    std::uint32_t number = 0;
    std::uint8_t echo = 0;
    std::string_view text;
};

/// tell: text without a question; shown together with the next prompt by some programs.
struct Tell {
    std::uint64_t conversation = 0;
    std::uint32_t number = 0;
    std::uint8_t error = 0; ///< 1: PAM_ERROR_MSG, 0: PAM_TEXT_INFO
    std::string_view text;
};

/// wait: still working, nothing to show. Never said to the command.
struct Wait {
    std::uint64_t conversation = 0;
    std::uint32_t number = 0;
};

/// verdict: the end.
struct Verdict {
    std::uint64_t conversation = 0;
    std::uint32_t number = 0;
    Decision decision = Decision::rejected;
};

/// row: one line of a command's result: pairs "name NUL value NUL"; 0..8192.
struct Row {
    std::uint64_t conversation = 0;
    std::uint32_t number = 0;
    std::string_view pairs;
};

} // namespace ssp::protocol
