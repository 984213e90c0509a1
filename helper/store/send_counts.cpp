#include "store/send_counts.h"

#include "verifier/network.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <span>

namespace ssp {

namespace {

constexpr Seconds quarter_hour = std::chrono::minutes(15);
constexpr Seconds hour = std::chrono::hours(1);
constexpr Seconds day = longest_send_window;

/// A code that lived its life (SendLimits know nothing of Policy::code_life, which is at most this).
constexpr Seconds longest_code_life = std::chrono::minutes(10);
constexpr int fewest_for_alarm = 20;
constexpr int alarm_below_percent = 20;

/// How finely a count remembers: what is kept of it stays small, and its window is at most one step longer.
struct Grain {
    Seconds step;
    Seconds kept;
};
constexpr Grain of_number{Seconds(1), day};
constexpr Grain of_source{Seconds(15), quarter_hour};
constexpr Grain of_region{quarter_hour, day};
constexpr Grain of_channel{std::chrono::minutes(1), hour};

/// Booked less than `window` ago. What is further ahead than the window is left from a clock that was wrong,
/// and would otherwise hold everybody back for as long as it was wrong.
bool counts(const SentThen& then, Seconds step, Seconds window, WallTime now)
{
    return now < then.from + (step - Seconds(1)) + window && then.from <= now + window;
}

int sent_within(const SendCount& count, Seconds step, Seconds window, WallTime now)
{
    int sent = 0;
    for (const auto& then : count.steps)
        if (counts(then, step, window, now))
            sent += then.sent;
    return sent;
}

WallTime start_of_step(WallTime at, Seconds step) { return at - at.time_since_epoch() % step; }

void book(SendCount& count, Grain grain, WallTime now)
{
    auto& steps = count.steps;
    std::erase_if(steps, [&](const SentThen& then) { return !counts(then, grain.step, grain.kept, now); });
    const auto from = start_of_step(now, grain.step);
    auto at = std::ranges::lower_bound(steps, from, {}, &SentThen::from);
    if (at == steps.end() || at->from != from)
        at = steps.insert(at, {from, 0, 0});
    at->sent += 1;
}

SentThen* step_of(SendCount& count, Seconds step, WallTime at)
{
    const auto found = std::ranges::find(count.steps, start_of_step(at, step), &SentThen::from);
    return found == count.steps.end() ? nullptr : &*found;
}

/// As if it had not been sent.
void forget(SendCount& count, Seconds step, WallTime at)
{
    auto* then = step_of(count, step, at);
    if (then != nullptr && --then->sent <= 0)
        count.steps.erase(count.steps.begin() + (then - count.steps.data()));
}

/// Of the codes of the last day that can be typed no more: nine o'clock is no alarm.
FewTypedBack settled(const SendCount& region, WallTime now)
{
    FewTypedBack sum;
    for (const auto& then : region.steps)
        if (counts(then, of_region.step, day, now) && then.from + of_region.step + longest_code_life <= now) {
            sum.sent += then.sent;
            sum.typed_back += then.typed_back;
        }
    return sum;
}

bool are_few(const FewTypedBack& sum)
{
    return sum.sent >= fewest_for_alarm && sum.typed_back * 100 < sum.sent * alarm_below_percent;
}

/// The key that refuses; empty: none.
std::string_view reached(const SendCounts& counts, const SendRequest& request, WallTime now,
                         const SendLimits& limits)
{
    const auto full = [now](const SendCount& count, Grain grain, Seconds window, int limit) {
        return sent_within(count, grain.step, window, now) >= limit;
    };
    if (full(counts.number, of_number, quarter_hour, limits.number_per_quarter_hour))
        return "number_per_quarter_hour";
    if (full(counts.number, of_number, day, limits.number_per_day))
        return "number_per_day";
    if (!request.source.empty() &&
        full(counts.source, of_source, quarter_hour, limits.source_per_quarter_hour))
        return "source_per_quarter_hour";
    if (full(counts.region, of_region, day, limits.region_per_day))
        return "region_per_day";
    if (request.foreign && full(counts.region, of_region, day, limits.foreign_region_per_day))
        return "foreign_region_per_day";
    const bool call = request.channel == Channel::voice_call;
    if (full(counts.channel, of_channel, hour, call ? limits.calls_per_hour : limits.texts_per_hour))
        return call ? "calls_per_hour" : "texts_per_hour";
    if (request.foreign && limits.hold_after_alarm && are_few(settled(counts.region, now)))
        return "hold_after_alarm";
    return {};
}

} // namespace

std::string counted_source(std::string_view source)
{
    constexpr std::size_t longest = 64;
    const auto address = parse_address(source);
    if (!address)
        return std::string(source.substr(0, longest));
    constexpr std::array<unsigned char, 12> mapped_v4{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    const bool v4 = std::equal(mapped_v4.begin(), mapped_v4.end(), address->begin());
    const auto counted = v4 ? std::span(*address).subspan(12) : std::span(*address).first(8);
    return fmt::format("{:02x}", fmt::join(counted, ""));
}

SendReservation reserve_counted(SendCounts& counts, const SendRequest& request, WallTime now,
                                const SendLimits& limits)
{
    SendReservation reservation;
    const auto sum = settled(counts.region, now);
    const bool told_today = counts.region.alarmed_at <= now && now < counts.region.alarmed_at + day;
    if (are_few(sum) && !told_today) {
        counts.region.alarmed_at = now;
        reservation.alarm = sum;
    }
    reservation.limit = reached(counts, request, now, limits);
    if (!reservation.limit.empty()) {
        reservation.answer = SendAnswer::held_back;
        return reservation;
    }
    book(counts.number, of_number, now);
    if (!request.source.empty())
        book(counts.source, of_source, now);
    book(counts.region, of_region, now);
    book(counts.channel, of_channel, now);
    reservation.answer = SendAnswer::granted;
    return reservation;
}

std::vector<AuditEntry> rows_of(const SendReservation& reservation, const SendRequest& request,
                                const AuditEntry& entry)
{
    std::vector<AuditEntry> rows;
    if (reservation.alarm) {
        rows.push_back(entry);
        rows.back().event = audit_event::few_typed_back;
        rows.back().detail =
            fmt::format("few codes to numbers in {} are typed back: {} of {}; toll fraud? {}", request.region,
                        reservation.alarm->typed_back, reservation.alarm->sent, entry.detail);
    }
    if (!reservation.limit.empty() && reservation.limit != "between") {
        rows.push_back(entry);
        rows.back().event = audit_event::send_refused;
        rows.back().detail =
            fmt::format("limit {}, region {}, {}", reservation.limit, request.region, entry.detail);
    }
    return rows;
}

NoticeLimits limits_of(News news, bool by_message) noexcept
{
    // Typing wrong codes is free; whoever changes something has proven a factor.
    const bool is_free = news == News::guessing || news == News::spent_code;
    return {is_free ? 1 : 3, 6, by_message};
}

bool reserve_notice(NoticeCounts& counts, NoticeLimits of_person, WallTime now, const SendLimits& limits)
{
    const auto sent = [now](const SendCount& count, Grain grain, Seconds window) {
        return sent_within(count, grain.step, window, now);
    };
    if (sent(counts.kind, of_number, day) >= of_person.of_kind ||
        sent(counts.person, of_number, day) >= of_person.in_all ||
        (of_person.by_message && sent(counts.everybody, of_channel, hour) >= limits.notices_per_hour))
        return false;
    book(counts.kind, of_number, now);
    book(counts.person, of_number, now);
    if (of_person.by_message) {
        book(counts.everybody, of_channel, now);
        book(counts.texts, of_channel, now);
    }
    return true;
}

void note_typed_back(SendCounts& counts, WallTime at)
{
    forget(counts.number, of_number.step, at);
    forget(counts.source, of_source.step, at);
    if (auto* then = step_of(counts.region, of_region.step, at))
        then->typed_back = std::min(then->typed_back + 1, then->sent);
}

void note_never_sent(SendCounts& counts, WallTime at)
{
    forget(counts.number, of_number.step, at);
    forget(counts.source, of_source.step, at);
    forget(counts.region, of_region.step, at);
    forget(counts.channel, of_channel.step, at);
}

void set_right(SendCount& count, WallTime now)
{
    for (auto& then : count.steps)
        then.from = std::min(then.from, now);
    count.alarmed_at = std::min(count.alarmed_at, now);
}

void take_higher(SendCount& count, const SendCount& other)
{
    for (const auto& theirs : other.steps) {
        const auto ours = std::ranges::find(count.steps, theirs.from, &SentThen::from);
        if (ours == count.steps.end())
            count.steps.push_back(theirs);
        else if (ours->sent < theirs.sent)
            *ours = theirs;
    }
    std::ranges::sort(count.steps, {}, &SentThen::from);
    count.alarmed_at = std::max(count.alarmed_at, other.alarmed_at);
}

} // namespace ssp
