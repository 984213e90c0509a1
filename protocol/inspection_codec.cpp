#include "protocol/inspection_codec.h"

#include "protocol/tlv.h"

#include <algorithm>

namespace ssp::protocol {

namespace {

constexpr std::uint8_t number_tag = 1;
constexpr std::size_t most_name = 32;

bool is_small(char c) noexcept { return c >= 'a' && c <= 'z'; }
bool is_capital(char c) noexcept { return c >= 'A' && c <= 'Z'; }
bool is_name(std::string_view text) noexcept
{
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return is_small(c) || (c >= '0' && c <= '9') || c == '-'; });
}
bool is_line(std::string_view text) noexcept { return text.find('\n') == std::string_view::npos; }

// The table of every message, once for both directions.

template <class Message, class Codec> bool fields_of_survey(Message& m, Codec& c) noexcept
{
    auto spoken = delivery_version;
    return c.kind(DeliveryKind::survey) && c.number(number_tag, m.number) && c.number(2, spoken) &&
           spoken == delivery_version;
}

template <class Message, class Codec> bool fields_of_trial(Message& m, Codec& c) noexcept
{
    auto spoken = delivery_version;
    return c.kind(DeliveryKind::trial) && c.number(number_tag, m.number) && c.number(2, spoken) &&
           spoken == delivery_version && c.number(3, m.carriage) && c.text(4, m.region, {2, 2}) &&
           c.text(5, m.typed, {1, max_typed_bytes, Text::bytes}) && c.text(6, m.language, {2, 2}) &&
           c.text(7, m.provider, {0, most_name});
}

template <class Message, class Codec> bool fields_of_surveyed(Message& m, Codec& c) noexcept
{
    return c.kind(DeliveryKind::surveyed) && c.number(number_tag, m.number) &&
           c.text(2, m.provider, {1, most_name}) && c.text(3, m.kind, {1, 16}) &&
           c.number(4, m.text_message) && c.number(5, m.voice_call) && c.number(6, m.breaker) &&
           c.number(7, m.degraded) && c.number(8, m.rest) && c.number(9, m.accepted) &&
           c.number(10, m.queued) && c.number(11, m.bad_number) && c.number(12, m.retry) &&
           c.number(13, m.credentials) && c.number(14, m.configuration) && c.number(15, m.unknown) &&
           c.number(16, m.p50) && c.number(17, m.p95) && c.number(18, m.last_success) &&
           c.number(19, m.last_error) && c.text(20, m.said, {0, 200, Text::showable});
}

template <class Message, class Codec> bool fields_of_step(Message& m, Codec& c) noexcept
{
    return c.kind(DeliveryKind::step) && c.number(number_tag, m.number) && c.number(2, m.milliseconds) &&
           c.text(3, m.text, {1, 300, Text::showable});
}

template <class Message, class Codec> bool fields_of_finished(Message& m, Codec& c) noexcept
{
    return c.kind(DeliveryKind::finished) && c.number(number_tag, m.number);
}

// What the single fields do not say; asked on both sides.

bool sound(const Survey&) noexcept { return true; }
bool sound(const Finished&) noexcept { return true; }
bool sound(const Step& m) noexcept { return is_line(m.text); }

bool sound(const Trial& m) noexcept
{
    return (m.carriage == Carriage::text_message || m.carriage == Carriage::voice_call) &&
           std::all_of(m.region.begin(), m.region.end(), is_capital) &&
           std::all_of(m.language.begin(), m.language.end(), is_small) && is_name(m.provider);
}

bool sound(const Surveyed& m) noexcept
{
    return is_name(m.provider) && is_name(m.kind) && m.text_message <= 1 && m.voice_call <= 1 &&
           m.degraded <= 1 && m.breaker >= BreakerState::closed && m.breaker <= BreakerState::half_open &&
           (m.rest == 0 || m.breaker == BreakerState::open) && is_line(m.said);
}

} // namespace

bool decode(std::span<const char> payload, Survey& out) noexcept
{
    Reader r(payload);
    return fields_of_survey(out, r) && r.at_end() && sound(out);
}

bool decode(std::span<const char> payload, Trial& out) noexcept
{
    Reader r(payload);
    return fields_of_trial(out, r) && r.at_end() && sound(out);
}

bool decode(std::span<const char> payload, Surveyed& out) noexcept
{
    Reader r(payload);
    return fields_of_surveyed(out, r) && r.at_end() && sound(out);
}

bool decode(std::span<const char> payload, Step& out) noexcept
{
    Reader r(payload);
    return fields_of_step(out, r) && r.at_end() && sound(out);
}

bool decode(std::span<const char> payload, Finished& out) noexcept
{
    Reader r(payload);
    return fields_of_finished(out, r) && r.at_end() && sound(out);
}

std::size_t encode(const Survey& message, std::span<char> frame) noexcept
{
    Writer w(frame);
    return w.finish(sound(message) && fields_of_survey(message, w));
}

std::size_t encode(const Trial& message, std::span<char> frame) noexcept
{
    Writer w(frame);
    return w.finish(sound(message) && fields_of_trial(message, w));
}

std::size_t encode(const Surveyed& message, std::span<char> frame) noexcept
{
    Writer w(frame);
    return w.finish(sound(message) && fields_of_surveyed(message, w));
}

std::size_t encode(const Step& message, std::span<char> frame) noexcept
{
    Writer w(frame);
    return w.finish(sound(message) && fields_of_step(message, w));
}

std::size_t encode(const Finished& message, std::span<char> frame) noexcept
{
    Writer w(frame);
    return w.finish(sound(message) && fields_of_finished(message, w));
}

} // namespace ssp::protocol
