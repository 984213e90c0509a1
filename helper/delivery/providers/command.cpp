#include "delivery/providers/command.h"

#include "delivery/providers/message_json.h"
#include "loop/journal.h"

#include <algorithm>
#include <fmt/format.h>
#include <sysexits.h>
#include <utility>

namespace ssp {

CommandProvider::CommandProvider(std::vector<std::string> argv, Seconds deadline, Programs& programs)
    : argv_(std::move(argv)), deadline_(deadline), programs_(programs)
{
}

Task<Handover> CommandProvider::send(const OutboundMessage& message)
{
    auto running = programs_.run(argv_, message_json(message), std::min(deadline_, message.deadline));
    auto end = co_await std::move(running).outcome();
    Handover handover;
    if (!end) {
        journal(Severity::error, "a provider program did not start",
                {{"program", argv_.front()}, {"reason", end.error().detail}});
        const bool can_start = end.error().kind != ErrorKind::configuration;
        handover.outcome = can_start ? DeliveryOutcome::retry : DeliveryOutcome::configuration;
        handover.said = "the program did not start";
        handover.surely_not_sent = true;
    } else if (end->how == ProgramEnd::How::exited) {
        handover.outcome = outcome_of_exit_code(end->code);
        handover.said = fmt::format("exit code {}", end->code);
    } else {
        handover.said = end->how == ProgramEnd::How::overdue ? "killed at its deadline"
                                                             : fmt::format("killed by signal {}", end->code);
    }
    co_return handover;
}

DeliveryOutcome outcome_of_exit_code(int code) noexcept
{
    switch (code) {
    case EX_OK: return DeliveryOutcome::accepted;
    case EX_DATAERR: return DeliveryOutcome::bad_number;
    case EX_UNAVAILABLE:
    case EX_TEMPFAIL: return DeliveryOutcome::retry;
    case EX_NOPERM: return DeliveryOutcome::credentials;
    case EX_USAGE:
    case EX_CONFIG: return DeliveryOutcome::configuration;
    default: return DeliveryOutcome::unknown;
    }
}

} // namespace ssp
