#pragma once
#include "delivery/programs.h"
#include "delivery/providers/provider.h"

#include <string>
#include <vector>

namespace ssp {

/// Hands each message to a program of the administrator's: message_json() on its standard input, the outcome
/// as its exit code. How the program runs is Programs::run()'s contract; its output goes to /dev/null,
/// because it could hold the code. ssp-mfa-deliveryd(8) lists the exit codes.
class CommandProvider final : public Provider {
public:
    /// `argv`: the program by its absolute path, and its words. `deadline`: it is killed after it, or at the
    /// message's own deadline if that is sooner. `programs` outlives this object.
    CommandProvider(std::vector<std::string> argv, Seconds deadline, Programs& programs);
    Task<Handover> send(const OutboundMessage& message) override;

private:
    std::vector<std::string> argv_;
    Seconds deadline_;
    Programs& programs_;
};

/// What an exit code of a provider program means (the numbers are those of sysexits.h):
/// 0 accepted · 65 bad_number · 69, 75 retry · 77 credentials · 64, 78 configuration · else unknown, because
/// the message may have been sent by then.
DeliveryOutcome outcome_of_exit_code(int code) noexcept;

} // namespace ssp
