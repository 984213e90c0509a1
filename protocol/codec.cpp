#include "protocol/codec.h"

#include "protocol/tlv.h"

namespace ssp::protocol {

namespace {

// The table of every message, once for both directions.

constexpr std::uint8_t conversation_tag = 1;
constexpr std::uint8_t number_tag = 2;

template <class Message, class Codec> bool fields_of_begin(Message& m, Codec& c) noexcept
{
    auto spoken = version;
    return c.kind(Kind::begin) && c.number(1, spoken) && spoken == version && c.number(2, m.conversation) &&
           c.number(3, m.phase) && c.number(4, m.uid) && c.number(5, m.caller_uid) &&
           c.number(6, m.audit_session) && c.text(7, m.name, {1, 256}) && c.text(8, m.service, {1, 64}) &&
           c.text(9, m.rhost, {0, 256}) && c.text(10, m.tty, {0, 256}) && c.text(11, m.ruser, {0, 256}) &&
           c.text(12, m.source, {0, 64}) && c.text(13, m.connection, {0, 128}) &&
           c.number(14, m.has_auth_info) && c.text(15, m.auth_info, {0, 8192}) &&
           c.text(16, m.groups, {0, 4096, Text::bytes});
}

template <class Message, class Codec> bool fields_of_request(Message& m, Codec& c) noexcept
{
    auto spoken = version;
    return c.kind(Kind::request) && c.number(1, spoken) && spoken == version && c.number(2, m.conversation) &&
           c.text(3, m.words, {1, 4096, Text::bytes});
}

template <class Message, class Codec> bool fields_of_answer(Message& m, Codec& c) noexcept
{
    return c.kind(Kind::answer) && c.number(conversation_tag, m.conversation) &&
           c.number(number_tag, m.number) && c.text(3, m.text, {0, 512});
}

template <class Message, class Codec> bool fields_of_leave(Message& m, Codec& c) noexcept
{
    return c.kind(Kind::leave) && c.number(conversation_tag, m.conversation);
}

template <class Message, class Codec> bool fields_of_ask(Message& m, Codec& c) noexcept
{
    return c.kind(Kind::ask) && c.number(conversation_tag, m.conversation) &&
           c.number(number_tag, m.number) && c.number(3, m.echo) &&
           c.text(4, m.text, {1, 8192, Text::showable});
}

template <class Message, class Codec> bool fields_of_tell(Message& m, Codec& c) noexcept
{
    return c.kind(Kind::tell) && c.number(conversation_tag, m.conversation) &&
           c.number(number_tag, m.number) && c.number(3, m.error) &&
           c.text(4, m.text, {1, 8192, Text::showable});
}

template <class Message, class Codec> bool fields_of_verdict(Message& m, Codec& c) noexcept
{
    return c.kind(Kind::verdict) && c.number(conversation_tag, m.conversation) &&
           c.number(number_tag, m.number) && c.number(3, m.decision);
}

template <class Message, class Codec> bool fields_of_row(Message& m, Codec& c) noexcept
{
    return c.kind(Kind::row) && c.number(conversation_tag, m.conversation) &&
           c.number(number_tag, m.number) && c.text(3, m.pairs, {0, 8192, Text::bytes});
}

template <class Message, class Codec> bool fields_of_wait(Message& m, Codec& c) noexcept
{
    return c.kind(Kind::wait) && c.number(conversation_tag, m.conversation) && c.number(number_tag, m.number);
}

bool known(Phase phase) noexcept { return phase >= Phase::authenticate && phase <= Phase::password_changed; }

bool known(Decision decision) noexcept
{
    switch (decision) {
    case Decision::accepted:
    case Decision::rejected:
    case Decision::locked:
    case Decision::not_enrolled:
    case Decision::unavailable: return true;
    }
    return false;
}

/// A list of strings, each ended by a NUL.
bool is_string_list(std::string_view list) noexcept { return list.empty() || list.back() == '\0'; }

} // namespace

std::optional<Kind> kind_of(std::span<const char> payload) noexcept
{
    if (payload.empty())
        return std::nullopt;
    switch (const auto kind = static_cast<Kind>(payload[0])) {
    case Kind::begin:
    case Kind::answer:
    case Kind::leave:
    case Kind::request:
    case Kind::ask:
    case Kind::tell:
    case Kind::verdict:
    case Kind::row:
    case Kind::wait: return kind;
    }
    return std::nullopt;
}

bool decode(std::span<const char> payload, Begin& out) noexcept
{
    Reader r(payload);
    return fields_of_begin(out, r) && r.at_end() && known(out.phase) && out.has_auth_info <= 1 &&
           (out.has_auth_info == 1 || out.auth_info.empty()) && out.groups.size() % 4 == 0;
}

bool decode(std::span<const char> payload, Request& out) noexcept
{
    Reader r(payload);
    return fields_of_request(out, r) && r.at_end() && is_string_list(out.words);
}

bool decode(std::span<const char> payload, Answer& out) noexcept
{
    Reader r(payload);
    return fields_of_answer(out, r) && r.at_end();
}

bool decode(std::span<const char> payload, Leave& out) noexcept
{
    Reader r(payload);
    return fields_of_leave(out, r) && r.at_end();
}

bool decode(std::span<const char> payload, Ask& out) noexcept
{
    Reader r(payload);
    return fields_of_ask(out, r) && r.at_end() && out.echo <= 1;
}

bool decode(std::span<const char> payload, Tell& out) noexcept
{
    Reader r(payload);
    return fields_of_tell(out, r) && r.at_end() && out.error <= 1;
}

bool decode(std::span<const char> payload, Verdict& out) noexcept
{
    Reader r(payload);
    return fields_of_verdict(out, r) && r.at_end() && known(out.decision);
}

bool decode(std::span<const char> payload, Row& out) noexcept
{
    Reader r(payload);
    return fields_of_row(out, r) && r.at_end() && is_string_list(out.pairs);
}

bool decode(std::span<const char> payload, Wait& out) noexcept
{
    Reader r(payload);
    return fields_of_wait(out, r) && r.at_end();
}

std::size_t encode(const Begin& message, std::span<char> frame) noexcept
{
    Writer w(frame);
    return w.finish(fields_of_begin(message, w));
}
std::size_t encode(const Request& message, std::span<char> frame) noexcept
{
    Writer w(frame);
    return w.finish(fields_of_request(message, w));
}
std::size_t encode(const Answer& message, std::span<char> frame) noexcept
{
    Writer w(frame);
    return w.finish(fields_of_answer(message, w));
}
std::size_t encode(const Leave& message, std::span<char> frame) noexcept
{
    Writer w(frame);
    return w.finish(fields_of_leave(message, w));
}
std::size_t encode(const Ask& message, std::span<char> frame) noexcept
{
    Writer w(frame);
    return w.finish(fields_of_ask(message, w));
}
std::size_t encode(const Tell& message, std::span<char> frame) noexcept
{
    Writer w(frame);
    return w.finish(fields_of_tell(message, w));
}
std::size_t encode(const Verdict& message, std::span<char> frame) noexcept
{
    Writer w(frame);
    return w.finish(fields_of_verdict(message, w));
}
std::size_t encode(const Row& message, std::span<char> frame) noexcept
{
    Writer w(frame);
    return w.finish(fields_of_row(message, w));
}
std::size_t encode(const Wait& message, std::span<char> frame) noexcept
{
    Writer w(frame);
    return w.finish(fields_of_wait(message, w));
}

} // namespace ssp::protocol
