#include "protocol/delivery_codec.h"

#include "protocol/tlv.h"

#include <algorithm>

namespace ssp::protocol {

namespace {

constexpr std::uint8_t number_tag = 1;

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
bool is_capital(char c) noexcept { return c >= 'A' && c <= 'Z'; }
bool is_small(char c) noexcept { return c >= 'a' && c <= 'z'; }

// The table of every message, once for both directions.

template <class Message, class Codec> bool fields_of_judge(Message& m, Codec& c) noexcept
{
    auto spoken = delivery_version;
    return c.kind(DeliveryKind::judge) && c.number(number_tag, m.number) && c.number(2, spoken) &&
           spoken == delivery_version && c.number(3, m.carriage) && c.text(4, m.region, {2, 2}) &&
           c.text(5, m.typed, {1, max_typed_bytes, Text::bytes});
}

template <class Message, class Codec> bool fields_of_judged(Message& m, Codec& c) noexcept
{
    return c.kind(DeliveryKind::judged) && c.number(number_tag, m.number) && c.number(2, m.usable) &&
           c.text(3, m.e164, {0, 16}) && c.text(4, m.reason, {0, 200, Text::showable}) &&
           c.text(5, m.region, {0, 2});
}

template <class Message, class Codec> bool fields_of_deliver(Message& m, Codec& c) noexcept
{
    auto spoken = delivery_version;
    return c.kind(DeliveryKind::deliver) && c.number(number_tag, m.number) && c.number(2, spoken) &&
           spoken == delivery_version && c.number(3, m.carriage) && c.number(4, m.deadline) &&
           c.text(5, m.to, {3, 16}) && c.text(6, m.text, {0, 640, Text::showable}) &&
           c.text(7, m.digits, {0, 10}) && c.text(8, m.tag, {2, 2}) && c.text(9, m.reference, {32, 32}) &&
           c.text(10, m.language, {2, 2});
}

template <class Message, class Codec> bool fields_of_delivered(Message& m, Codec& c) noexcept
{
    return c.kind(DeliveryKind::delivered) && c.number(number_tag, m.number) && c.number(2, m.handover);
}

template <class Message, class Codec> bool fields_of_release(Message& m, Codec& c) noexcept
{
    return c.kind(DeliveryKind::release) && c.number(number_tag, m.number);
}

template <class Message, class Codec> bool fields_of_called(Message& m, Codec& c) noexcept
{
    return c.kind(DeliveryKind::called) && c.number(number_tag, m.number) && c.number(2, m.progress);
}

// What the single fields do not say; asked on both sides.

bool known(Carriage carriage) noexcept
{
    return carriage == Carriage::text_message || carriage == Carriage::voice_call;
}

bool sound(const Judge& m) noexcept
{
    return known(m.carriage) && std::all_of(m.region.begin(), m.region.end(), is_capital);
}

bool sound(const Judged& m) noexcept
{
    if (m.usable == 1)
        return is_e164(m.e164) && m.reason.empty() && m.region.size() == 2 &&
               std::all_of(m.region.begin(), m.region.end(), is_capital);
    return m.usable == 0 && m.e164.empty() && m.region.empty() && !m.reason.empty() &&
           m.reason.find('\n') == std::string_view::npos;
}

bool sound(const Deliver& m) noexcept
{
    const bool a_text = m.carriage == Carriage::text_message && !m.text.empty() && m.digits.empty();
    const bool a_call = m.carriage == Carriage::voice_call && m.text.empty() && m.digits.size() >= 4 &&
                        std::all_of(m.digits.begin(), m.digits.end(), is_digit);
    const auto of_tag = [](char c) { return is_capital(c) || is_digit(c); };
    const auto of_hex = [](char c) {
        return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    };
    return (a_text || a_call) && is_e164(m.to) && m.deadline >= 1 && m.deadline <= 300 &&
           std::all_of(m.tag.begin(), m.tag.end(), of_tag) &&
           std::all_of(m.language.begin(), m.language.end(), is_small) &&
           std::all_of(m.reference.begin(), m.reference.end(), of_hex);
}

bool sound(const Delivered& m) noexcept
{
    return m.handover >= Handover::accepted && m.handover <= Handover::unknown;
}

bool sound(const Release&) noexcept { return true; }

bool sound(const Called& m) noexcept
{
    return m.progress >= CallProgress::calling && m.progress <= CallProgress::failed;
}

} // namespace

std::optional<DeliveryKind> delivery_kind_of(std::span<const char> payload) noexcept
{
    if (payload.empty())
        return std::nullopt;
    switch (const auto kind = static_cast<DeliveryKind>(payload[0])) {
    case DeliveryKind::judge:
    case DeliveryKind::deliver:
    case DeliveryKind::release:
    case DeliveryKind::survey:
    case DeliveryKind::trial:
    case DeliveryKind::judged:
    case DeliveryKind::delivered:
    case DeliveryKind::called:
    case DeliveryKind::surveyed:
    case DeliveryKind::step:
    case DeliveryKind::finished: return kind;
    }
    return std::nullopt;
}

bool decode(std::span<const char> payload, Judge& out) noexcept
{
    Reader r(payload);
    return fields_of_judge(out, r) && r.at_end() && sound(out);
}

bool decode(std::span<const char> payload, Judged& out) noexcept
{
    Reader r(payload);
    return fields_of_judged(out, r) && r.at_end() && sound(out);
}

bool decode(std::span<const char> payload, Deliver& out) noexcept
{
    Reader r(payload);
    return fields_of_deliver(out, r) && r.at_end() && sound(out);
}

bool decode(std::span<const char> payload, Delivered& out) noexcept
{
    Reader r(payload);
    return fields_of_delivered(out, r) && r.at_end() && sound(out);
}

bool decode(std::span<const char> payload, Release& out) noexcept
{
    Reader r(payload);
    return fields_of_release(out, r) && r.at_end() && sound(out);
}

bool decode(std::span<const char> payload, Called& out) noexcept
{
    Reader r(payload);
    return fields_of_called(out, r) && r.at_end() && sound(out);
}

std::size_t encode(const Judge& message, std::span<char> frame) noexcept
{
    Writer w(frame);
    return w.finish(sound(message) && fields_of_judge(message, w));
}

std::size_t encode(const Judged& message, std::span<char> frame) noexcept
{
    Writer w(frame);
    return w.finish(sound(message) && fields_of_judged(message, w));
}

std::size_t encode(const Deliver& message, std::span<char> frame) noexcept
{
    Writer w(frame);
    return w.finish(sound(message) && fields_of_deliver(message, w));
}

std::size_t encode(const Delivered& message, std::span<char> frame) noexcept
{
    Writer w(frame);
    return w.finish(sound(message) && fields_of_delivered(message, w));
}

std::size_t encode(const Release& message, std::span<char> frame) noexcept
{
    Writer w(frame);
    return w.finish(sound(message) && fields_of_release(message, w));
}

std::size_t encode(const Called& message, std::span<char> frame) noexcept
{
    Writer w(frame);
    return w.finish(sound(message) && fields_of_called(message, w));
}

bool is_e164(std::string_view number) noexcept
{
    return number.size() >= 3 && number.size() <= 16 && number[0] == '+' && number[1] != '0' &&
           std::all_of(number.begin() + 1, number.end(), is_digit);
}

} // namespace ssp::protocol
