#include "protocol/codec.h"

#include "protocol/frame.h"

#include <cstring>

namespace ssp::protocol {

namespace {

/// What a text field may hold besides its length.
enum class Text { bytes, no_nul, showable };

struct Limits {
    std::size_t least;
    std::size_t most;
    Text text = Text::no_nul;
};

class Writer {
public:
    explicit Writer(std::span<char> frame) noexcept : frame_(frame) {}

    bool kind(Kind kind) noexcept
    {
        if (frame_.size() < frame_head_bytes + 1)
            return false;
        frame_[frame_head_bytes] = static_cast<char>(kind);
        used_ = frame_head_bytes + 1;
        return true;
    }
    template <class Number> bool number(std::uint8_t tag, const Number& value) noexcept
    {
        char little_endian[sizeof(Number)];
        auto rest = static_cast<std::uint64_t>(value);
        for (char& byte : little_endian) {
            byte = static_cast<char>(rest & 0xffU);
            rest >>= 8U;
        }
        return put(tag, {little_endian, sizeof little_endian});
    }
    bool text(std::uint8_t tag, std::string_view value, Limits limits) noexcept
    {
        return permitted(value, limits) && put(tag, value);
    }
    std::size_t finish(bool ok) noexcept { return ok ? seal_frame(frame_, used_ - frame_head_bytes) : 0; }

    static bool permitted(std::string_view value, Limits limits) noexcept
    {
        if (value.size() < limits.least || value.size() > limits.most)
            return false;
        if (limits.text == Text::bytes || value.empty())
            return true;
        if (limits.text == Text::showable)
            return is_showable(value);
        return std::memchr(value.data(), 0, value.size()) == nullptr;
    }

private:
    bool put(std::uint8_t tag, std::string_view value) noexcept
    {
        if (frame_.size() - used_ < 3 + value.size() || used_ + 3 + value.size() > max_frame_bytes)
            return false;
        frame_[used_] = static_cast<char>(tag);
        frame_[used_ + 1] = static_cast<char>(value.size() & 0xffU);
        frame_[used_ + 2] = static_cast<char>(value.size() >> 8U);
        if (!value.empty())
            std::memcpy(&frame_[used_ + 3], value.data(), value.size());
        used_ += 3 + value.size();
        return true;
    }

    std::span<char> frame_;
    std::size_t used_ = 0;
};

class Reader {
public:
    explicit Reader(std::span<const char> payload) noexcept : rest_(payload) {}

    bool kind(Kind kind) noexcept
    {
        if (rest_.empty() || static_cast<Kind>(rest_[0]) != kind)
            return false;
        rest_ = rest_.subspan(1);
        return true;
    }
    template <class Number> bool number(std::uint8_t tag, Number& value) noexcept
    {
        std::string_view bytes;
        if (!take(tag, bytes) || bytes.size() != sizeof(Number))
            return false;
        std::uint64_t sum = 0;
        for (std::size_t i = bytes.size(); i-- > 0;)
            sum = (sum << 8U) | static_cast<unsigned char>(bytes[i]);
        value = static_cast<Number>(sum);
        return true;
    }
    bool text(std::uint8_t tag, std::string_view& value, Limits limits) noexcept
    {
        return take(tag, value) && Writer::permitted(value, limits);
    }
    bool at_end() const noexcept { return rest_.empty(); }

private:
    bool take(std::uint8_t tag, std::string_view& value) noexcept
    {
        if (rest_.size() < 3 || static_cast<std::uint8_t>(rest_[0]) != tag)
            return false;
        const std::size_t length = static_cast<std::size_t>(static_cast<unsigned char>(rest_[1])) |
                                   (static_cast<std::size_t>(static_cast<unsigned char>(rest_[2])) << 8U);
        if (rest_.size() - 3 < length)
            return false;
        value = std::string_view(rest_.data() + 3, length);
        rest_ = rest_.subspan(3 + length);
        return true;
    }

    std::span<const char> rest_;
};

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
    case Kind::row: return kind;
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

bool is_showable(std::string_view text) noexcept
{
    for (std::size_t i = 0; i < text.size();) {
        const auto lead = static_cast<unsigned char>(text[i]);
        if (lead < 0x80) {
            if ((lead < 0x20 && lead != '\n') || lead == 0x7f)
                return false;
            ++i;
            continue;
        }
        const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
        if (lead < 0xc2 || lead > 0xf4 || i + length > text.size())
            return false;
        std::uint32_t point = lead & (0xffU >> (length + 1));
        for (std::size_t k = 1; k < length; ++k) {
            const auto byte = static_cast<unsigned char>(text[i + k]);
            if ((byte & 0xc0U) != 0x80)
                return false;
            point = (point << 6U) | (byte & 0x3fU);
        }
        const bool overlong = (length == 3 && point < 0x800) || (length == 4 && point < 0x10000);
        const bool surrogate = point >= 0xd800 && point <= 0xdfff;
        const bool c1_control = point >= 0x80 && point < 0xa0;
        const bool direction_override =
            (point >= 0x202a && point <= 0x202e) || (point >= 0x2066 && point <= 0x2069);
        if (overlong || surrogate || point > 0x10ffff || c1_control || direction_override)
            return false;
        i += length;
    }
    return true;
}

} // namespace ssp::protocol
