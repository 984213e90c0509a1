#include "delivery/providers/command.h"

#include "delivery/providers/message_json.h"
#include "loop/journal.h"

#include <algorithm>
#include <sysexits.h>
#include <utility>

namespace ssp {

CommandProvider::CommandProvider(std::vector<std::string> argv, Seconds deadline, Programs& programs)
    : argv_(std::move(argv)), deadline_(deadline), programs_(programs)
{
}

Task<DeliveryOutcome> CommandProvider::send(const OutboundMessage& message)
{
    auto running = programs_.run(argv_, message_json(message), std::min(deadline_, message.deadline));
    auto end = co_await std::move(running).outcome();
    if (!end) {
        journal(Severity::error, "a provider program did not start",
                {{"program", argv_.front()}, {"reason", end.error().detail}});
        co_return end.error().kind == ErrorKind::configuration ? DeliveryOutcome::configuration
                                                               : DeliveryOutcome::retry;
    }
    if (end->how != ProgramEnd::How::exited)
        co_return DeliveryOutcome::unknown;
    co_return outcome_of_exit_code(end->code);
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
