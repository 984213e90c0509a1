#include "delivery/providers/sip.h"

#include "delivery/providers/call_words.h"
#include "loop/journal.h"

#include <algorithm>
#include <fmt/format.h>
#include <optional>
#include <string_view>
#include <sysexits.h>
#include <utility>

namespace ssp {

namespace {

std::string_view word(MediaSecurity srtp)
{
    switch (srtp) {
    case MediaSecurity::off: return "off";
    case MediaSecurity::optional: return "optional";
    case MediaSecurity::required: break;
    }
    return "required";
}

/// One of the calls that may be under way at once.
class Place {
public:
    explicit Place(std::shared_ptr<int> taken) : taken_(std::move(taken)) { ++*taken_; }
    Place(Place&& other) noexcept = default;
    Place& operator=(Place&&) = delete;
    ~Place()
    {
        if (taken_)
            --*taken_;
    }

private:
    std::shared_ptr<int> taken_;
};

/// A call that ssp-mfa-call makes.
class SipCall final : public OngoingCall {
public:
    SipCall(std::unique_ptr<RunningProgram> program, Place place, std::string provider, std::string reference)
        : program_(std::move(program)), place_(std::move(place)), provider_(std::move(provider)),
          reference_(std::move(reference))
    {
    }

    /// The next event, whatever it is.
    Task<CallEvent> hear()
    {
        auto listening = program_->next_line();
        const auto line = co_await listening;
        co_return read_call_event(line);
    }
    /// Waits until the program is gone; what it still says is nobody's.
    Task<ProgramEnd> end()
    {
        while (!program_->end()) {
            auto listening = program_->next_line();
            co_await listening;
        }
        co_return *program_->end();
    }
    /// The call is accepted and stands as `event` says. `deadline`: for the rest of it.
    void handed_over(const CallEvent& event, std::chrono::milliseconds deadline)
    {
        note(event);
        program_->set_deadline(deadline);
    }
    CallState state() const noexcept override { return state_; }
    Task<CallState> next() override
    {
        const auto before = state_;
        while (state_ == before) {
            auto hearing = hear();
            const auto event = co_await hearing;
            note(event);
        }
        co_return state_;
    }

private:
    void note(const CallEvent& event)
    {
        state_ = event.state;
        if (is_end(state_))
            journal(Severity::info, "call ended",
                    {{"end", word(state_)},
                     {"provider", provider_},
                     {"said", event.said},
                     {"reference", reference_}});
    }

    std::unique_ptr<RunningProgram> program_;
    Place place_;
    std::string provider_;
    std::string reference_;
    CallState state_ = CallState::unknown;
};

Handover refused(DeliveryOutcome outcome, bool surely_not_sent, std::string said)
{
    Handover handover;
    handover.outcome = outcome;
    handover.surely_not_sent = surely_not_sent;
    handover.said = std::move(said);
    return handover;
}

struct Meaning {
    int exit_code;
    DeliveryOutcome outcome;
};
/// A call that ended before the phone rang, by the exit code of ssp-mfa-call (docs/explanation/delivery.md).
/// In all of these no phone was called.
constexpr Meaning meanings[] = {
    {EX_DATAERR, DeliveryOutcome::bad_number},   // another trunk would not dial it either
    {EX_UNAVAILABLE, DeliveryOutcome::retry},    // no server there: another trunk may have one
    {EX_NOPERM, DeliveryOutcome::credentials},   // an administrator has to act
    {EX_CONFIG, DeliveryOutcome::configuration}, // likewise: certificate, recordings
    {EX_USAGE, DeliveryOutcome::configuration},  // likewise: a program that is not of this version
};

/// What to answer for a call that ended before the phone rang, other than by the callee.
Handover never_rang(const ProgramEnd& end, std::string said)
{
    if (end.how == ProgramEnd::How::overdue)
        // It was hung up: no code can be heard any more, and a phone that did ring rings no more.
        return refused(DeliveryOutcome::retry, false, "no answer from the server before the deadline");
    if (end.how != ProgramEnd::How::exited)
        // The call may ring on at the other end. It has no code, but a second call at the same time confuses.
        return refused(DeliveryOutcome::unknown, false, std::move(said));
    const auto* const found = std::ranges::find(meanings, end.code, &Meaning::exit_code);
    if (found != std::end(meanings))
        return refused(found->outcome, true, fmt::format("{}, exit code {}", said, end.code));
    // The server refused it for reasons of its own (5xx): over and done, another trunk may take it.
    return refused(DeliveryOutcome::retry, false, fmt::format("{}, exit code {}", said, end.code));
}

/// The callee's doing, which a trunk that works passes on: calling again would give the same at once.
bool is_of_the_callee(CallState state)
{
    return state == CallState::busy || state == CallState::no_answer || state == CallState::refused;
}

} // namespace

SipProvider::SipProvider(std::string name, const SipProviderConfig& config, Programs& programs)
    : name_(std::move(name)), program_(config.program), longest_call_(config.ring_timeout + after_ringing),
      max_calls_(config.max_calls), programs_(programs)
{
    account_.begin_object("account");
    account_.add("proxy", config.proxy);
    account_.add("from", config.from);
    account_.add("user", config.user);
    account_.add("password", config.password.reveal());
    account_.add_flag("register", config.register_first);
    account_.add("ca_file", config.ca_file);
    account_.add("srtp", word(config.srtp));
    account_.end_object();
    account_.add_flag("confirm_key", config.confirm_key);
    account_.add("ring_seconds", static_cast<int>(config.ring_timeout.count()));
    account_.add("total_seconds", static_cast<int>(longest_call_.count()));
    account_.add("recordings", config.recordings);
}

Task<Handover> SipProvider::send(const OutboundMessage& message)
{
    if (*under_way_ >= max_calls_) {
        auto full = refused(DeliveryOutcome::retry, true, fmt::format("{} calls under way", max_calls_));
        full.is_full = true;
        co_return full;
    }
    auto program = dial(message);
    if (!program) {
        const bool scarce = program.error().kind != ErrorKind::configuration;
        co_return refused(scarce ? DeliveryOutcome::retry : DeliveryOutcome::configuration, true,
                          "the call program did not start");
    }
    auto call = std::make_unique<SipCall>(std::move(*program), Place(under_way_), name_, message.reference);
    CallEvent event{CallState::calling, "", false};
    while (event.state == CallState::calling) {
        auto hearing = call->hear();
        event = co_await hearing;
    }
    if (event.foreign)
        co_return refused(DeliveryOutcome::unknown, false, std::move(event.said));
    if (is_end(event.state) && !is_of_the_callee(event.state)) {
        auto ending = call->end();
        const auto end = co_await ending;
        co_return never_rang(end, std::move(event.said));
    }
    Handover handover;
    handover.outcome = DeliveryOutcome::accepted;
    handover.said = event.said;
    // The program ends the call by itself; this is for one that does not.
    call->handed_over(event, longest_call_ + Seconds(5));
    handover.call = std::move(call);
    co_return handover;
}

/// Here, and not in send(), so that the line is wiped as soon as the program has it.
Result<std::unique_ptr<RunningProgram>> SipProvider::dial(const OutboundMessage& message) const
{
    JsonLine line;
    line.begin_with(account_);
    line.add("to", message.to.reveal());
    line.add("digits", message.digits.reveal());
    line.add("language", message.language);
    line.add("reference", message.reference);
    Programs::Bounds bounds;
    bounds.deadline = std::min(message.deadline, longest_call_);
    return programs_.start({program_}, line.finish(), bounds);
}

} // namespace ssp
