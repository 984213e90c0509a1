#include "delivery/survey.h"

#include "delivery/routing/words.h"

namespace ssp {

namespace {

static_assert(static_cast<int>(Breaker::half_open) == static_cast<int>(protocol::BreakerState::half_open));

std::uint32_t milliseconds(std::optional<std::chrono::milliseconds> time)
{
    return static_cast<std::uint32_t>(time.value_or(std::chrono::milliseconds(0)).count());
}

std::uint64_t since_1970(std::optional<WallTime> time)
{
    return time ? static_cast<std::uint64_t>(time->time_since_epoch().count()) : 0;
}

} // namespace

protocol::Surveyed surveyed(std::uint32_t number, const Router::Line& line)
{
    const auto& health = line.health;
    protocol::Surveyed out;
    out.number = number;
    out.provider = line.name;
    out.kind = word(line.kind);
    out.text_message = line.text_message ? 1 : 0;
    out.voice_call = line.voice_call ? 1 : 0;
    out.breaker = static_cast<protocol::BreakerState>(health.breaker());
    out.degraded = health.degraded() ? 1 : 0;
    out.rest = static_cast<std::uint16_t>(std::chrono::ceil<Seconds>(health.rest()).count());
    out.accepted = health.count(DeliveryOutcome::accepted);
    out.queued = health.count(DeliveryOutcome::queued);
    out.bad_number = health.count(DeliveryOutcome::bad_number);
    out.retry = health.count(DeliveryOutcome::retry);
    out.credentials = health.count(DeliveryOutcome::credentials);
    out.configuration = health.count(DeliveryOutcome::configuration);
    out.unknown = health.count(DeliveryOutcome::unknown);
    out.p50 = milliseconds(health.percentile(50));
    out.p95 = milliseconds(health.percentile(95));
    out.last_success = since_1970(health.last_success());
    out.last_error = since_1970(health.last_error_at());
    out.said = health.last_error();
    return out;
}

} // namespace ssp
