#pragma once
#include "call/libre.h"
#include "call/media.h"
#include "call/next_hops.h"
#include "call/outcome.h"
#include "call/request.h"
#include "call/script.h"
#include "call/sip_address.h"
#include "call/sip_stack.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ssp {

/// One call: finds the server, registers if told to, dials, speaks, hangs up. Runs in re_main().
///
/// Callbacks of the library never destroy what called them: they name the outcome, and a timer clears away.
class SipCall {
public:
    /// `event` hears "calling", "ringing", "answered" and "speaking", each once at most; `ended` the outcome,
    /// once, when the call is over and hanging up was begun; `gone` when the server knows it too and
    /// re_main() may end.
    struct Hooks {
        std::function<void(std::string_view)> event;
        std::function<void(const Outcome&)> ended;
        std::function<void()> gone;
    };

    /// `domain`: of account.from.
    SipCall(const CallRequest& request, ProxyAddress proxy, std::string domain, Script script, Hooks hooks);
    ~SipCall();
    SipCall(const SipCall&) = delete;
    SipCall& operator=(const SipCall&) = delete;

    void start();
    /// Ends it now: CANCEL or BYE, whatever is due.
    void hang_up();

private:
    enum class Stage { searching, registering, dialling, ringing, answered, over };

    void try_next_hop();
    Result<void> open(const sa& hop);
    void register_account();
    void dial();
    void heard_from_server();
    void end(CallEnd end, std::string detail);
    void end(Outcome outcome);
    void close_attempt();
    void leave();
    void say(std::string_view event);
    template <void (SipCall::*then)()> static void on_timer(void* self);

    void on_silence();
    void on_ring_timeout();
    void on_total_timeout();
    void on_registered(int error, const sip_msg* answer);
    void on_received(std::string_view packet);
    void on_progress(const sip_msg* message);
    void on_info(const sip_msg* request);
    void on_established();
    void on_closed(int error, const sip_msg* message);
    void on_stage(Playback::Stage stage);
    int give_credentials(char** user, char** password);
    Outcome outcome_of_error(int error) const;

    const CallRequest& request_;
    ProxyAddress proxy_;
    std::string domain_;
    Hooks hooks_;
    Playback playback_;
    Stage stage_ = Stage::searching;
    std::string last_event_;
    bool challenged_ = false;
    bool heard_ = false;  ///< the server of this attempt is there
    Outcome hop_outcome_; ///< why the last hop did not do

    Held<dnsc> dns_;
    NextHops search_;
    std::vector<sa> hops_; ///< not yet tried

    // One attempt, in the order in which it is built; cleared from the end.
    std::unique_ptr<SipStack> stack_;
    Held<sipreg> registration_;
    Held<sipsess> session_;
    std::unique_ptr<Media> media_;

    tmr silence_{};
    tmr ring_{};
    tmr total_{};
    tmr soon_{};
};

} // namespace ssp
