#include "delivery/routing/words.h"

namespace ssp {

std::string_view word(DeliveryOutcome outcome) noexcept
{
    switch (outcome) {
    case DeliveryOutcome::accepted: return "accepted";
    case DeliveryOutcome::queued: return "queued";
    case DeliveryOutcome::bad_number: return "bad-number";
    case DeliveryOutcome::retry: return "retry";
    case DeliveryOutcome::credentials: return "credentials";
    case DeliveryOutcome::configuration: return "configuration";
    case DeliveryOutcome::unknown: break;
    }
    return "unknown";
}

std::string_view word(ProviderKind kind) noexcept
{
    switch (kind) {
    case ProviderKind::outbox: return "outbox";
    case ProviderKind::command: return "command";
    case ProviderKind::sip: return "sip";
    case ProviderKind::http: return "http";
    }
    return "unknown";
}

std::string one_line(std::string_view text, std::size_t most)
{
    std::string line(text.substr(0, most));
    for (char& c : line)
        if (c < 0x20 || c > 0x7e)
            c = '?';
    return line;
}

} // namespace ssp
