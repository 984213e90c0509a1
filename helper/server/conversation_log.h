#pragma once
#include "base/clock.h"
#include "base/result.h"
#include "loop/peer.h"
#include "server/door.h"
#include "verifier/sign_in.h"

#include <string>
#include <string_view>

namespace ssp {

/// One line for each conversation, for the operator. What happened to a person is in the audit trail.
class ConversationLog {
public:
    explicit ConversationLog(const Clock& clock) : clock_(clock) {}

    /// Who talked about what; texts are shown escaped.
    struct Subject {
        Door door = Door::signin;
        std::string event; ///< "sign-in", "session", "password-change", "request"
        std::string user;  ///< canonical name, or empty
        std::uint32_t uid = 0;
        std::string service;
        std::string source;
        std::string verb; ///< of a request
    };

    /// A dialogue ended: one line, at the level of whoever has to look. The ordinary course of self.sock has
    /// none: anybody could fill the journal with them.
    void ended(const Subject& subject, const Result<Verdict>& ended);

    /// A conversation was broken off or not begun. Anybody may make as many of these as they like: at most
    /// noise_per_minute are written, and how many were not.
    void broken_off(Door door, const Peer& peer, std::string_view why);

    static constexpr int noise_per_minute = 60;

private:
    const Clock& clock_;
    BootTime minute_{};
    int noise_ = 0;
    int unwritten_ = 0;
};

} // namespace ssp
