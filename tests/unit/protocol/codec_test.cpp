#include "protocol/codec.h"
#include "protocol/frame.h"

#include <array>
#include <bit>
#include <string>
#include <vector>

#include "support/cmocka.h"

using namespace ssp::protocol;

namespace {

Begin sample_begin()
{
    Begin b;
    b.conversation = 0x1122334455667788ULL;
    b.uid = 1001;
    b.caller_uid = 0;
    b.audit_session = 7;
    b.name = "alice";
    b.service = "sshd";
    b.rhost = "127.0.0.1";
    b.tty = "ssh";
    b.source = "127.0.0.1";
    b.connection = "1234 127.0.0.1 32894 127.0.0.1 22";
    b.has_auth_info = 1;
    b.auth_info = "publickey ssh-ed25519 AAAAC3NzaC1lZDI1NTE5\n";
    b.groups = std::string_view("\x01\x00\x00\x00", 4);
    return b;
}

template <class Message> std::vector<char> frame_of(const Message& message)
{
    std::vector<char> frame(max_frame_bytes);
    frame.resize(encode(message, frame));
    return frame;
}

template <class Message> std::vector<char> payload_of(const Message& message)
{
    auto frame = frame_of(message);
    CHECK(frame.size() > frame_head_bytes);
    return {frame.begin() + frame_head_bytes, frame.end()};
}

void a_begin_comes_back_as_it_was_sent()
{
    const auto payload = payload_of(sample_begin());
    Begin b;
    CHECK(decode(payload, b));
    CHECK(b.conversation == 0x1122334455667788ULL);
    CHECK(b.uid == 1001 && b.audit_session == 7 && b.has_auth_info == 1);
    CHECK(b.name == "alice" && b.service == "sshd" && b.auth_info.ends_with("\n"));
}

void every_truncation_of_a_message_is_refused()
{
    const auto payload = payload_of(sample_begin());
    for (std::size_t n = 0; n < payload.size(); ++n) {
        Begin b;
        CHECK(!decode(std::span(payload.data(), n), b));
    }
    const auto frame = frame_of(sample_begin());
    for (std::size_t n = 0; n < frame.size(); ++n)
        CHECK(first_frame(std::span(frame.data(), n)).state == FrameState::incomplete);
}

void a_message_with_something_behind_it_is_refused()
{
    auto payload = payload_of(Leave{5});
    Leave leave;
    CHECK(decode(payload, leave));
    payload.push_back('\0');
    CHECK(!decode(payload, leave));
}

void a_repeated_missing_or_reordered_field_is_refused()
{
    const std::string_view conversation("\x01\x08\x00\x05\x00\x00\x00\x00\x00\x00\x00", 11);
    const std::string_view number("\x02\x04\x00\x01\x00\x00\x00", 7);
    const std::string_view text("\x03\x01\x00x", 4);
    const auto joined = [](std::initializer_list<std::string_view> parts) {
        std::string s("\x02", 1);
        for (auto part : parts)
            s += part;
        return s;
    };
    Answer a;
    const auto good = joined({conversation, number, text});
    CHECK(decode(good, a) && a.text == "x" && a.number == 1 && a.conversation == 5);
    CHECK(!decode(joined({conversation, number}), a));
    CHECK(!decode(joined({number, conversation, text}), a));
    CHECK(!decode(joined({conversation, number, text, text}), a));
    CHECK(!decode(joined({conversation, conversation, number, text}), a));
    CHECK(!decode(joined({conversation, number, text, std::string_view("\x09\x00\x00", 3)}), a));
}

void an_unknown_version_or_kind_is_refused()
{
    auto payload = payload_of(sample_begin());
    payload[4] = 2; // the version's low byte
    Begin b;
    CHECK(!decode(payload, b));
    const std::array<char, 1> odd{99};
    CHECK(!kind_of(odd));
    CHECK(!kind_of({}));
}

void a_wait_is_a_conversation_and_a_number_and_nothing_else()
{
    auto payload = payload_of(Wait{5, 7});
    CHECK(kind_of(payload) == Kind::wait);
    Wait wait;
    CHECK(decode(payload, wait) && wait.conversation == 5 && wait.number == 7);
    Leave leave;
    CHECK(!decode(payload, leave));
    payload.push_back('\0');
    CHECK(!decode(payload, wait));
}

void limits_hold_to_the_byte()
{
    auto begin = sample_begin();
    const std::string longest(256, 'n');
    const std::string too_long(257, 'n');
    begin.name = longest;
    CHECK(!frame_of(begin).empty());
    begin.name = too_long;
    CHECK(frame_of(begin).empty());
    begin.name = "";
    CHECK(frame_of(begin).empty());

    const std::string answer(512, '1');
    const std::string long_answer(513, '1');
    CHECK(!frame_of(Answer{1, 1, answer}).empty());
    CHECK(frame_of(Answer{1, 1, long_answer}).empty());
    CHECK(frame_of(Answer{1, 1, std::string_view("a\0b", 3)}).empty());
}

void nothing_is_written_into_a_frame_that_is_too_small()
{
    std::array<char, 8> small{};
    CHECK(encode(Leave{1}, small) == 0);
    CHECK(encode(Leave{1}, std::span<char>{}) == 0);
}

void text_for_a_terminal_holds_no_control_character_and_no_broken_utf8()
{
    CHECK(is_showable("Verification code: \nsecond line"));
    CHECK(is_showable("\xe2\x96\x88\xe2\x96\x80 \xc3\xa9 \xf0\x9f\x98\x80"));
    for (const char* bad : {"\x1b[7m", "\x07", "\t", "\r", "\x7f", "\xc3", "\xc0\xaf", "\xe0\x80\xaf",
                            "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xff",
                            "\xc2\x9b"
                            "31m",
                            "\xe2\x80\xae"})
        CHECK(!is_showable(bad));
    CHECK(!is_showable(std::string_view("a\0b", 3)));
}

void a_frame_without_payload_or_too_long_is_malformed()
{
    CHECK(first_frame(std::string_view("\0\0", 2)).state == FrameState::malformed);
    CHECK(first_frame(std::string_view("\x01\x40", 2)).state == FrameState::malformed);
    CHECK(first_frame(std::string_view("\x00\x40", 2)).state == FrameState::incomplete);
}

void decisions_stand_at_least_eight_bits_apart()
{
    const Decision all[] = {Decision::accepted, Decision::rejected, Decision::locked, Decision::not_enrolled,
                            Decision::unavailable};
    for (auto a : all)
        for (auto b : all)
            CHECK(a == b || std::popcount(static_cast<unsigned>(a) ^ static_cast<unsigned>(b)) >= 8);
}

void no_flipped_bit_of_a_verdict_makes_an_acceptance()
{
    const auto refused = payload_of(Verdict{1, 1, Decision::rejected});
    for (std::size_t bit = 0; bit < refused.size() * 8; ++bit) {
        auto flipped = refused;
        flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
        Verdict v;
        if (decode(flipped, v))
            CHECK(v.decision != Decision::accepted);
    }
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(a_begin_comes_back_as_it_was_sent),
        SENTENCE(every_truncation_of_a_message_is_refused),
        SENTENCE(a_message_with_something_behind_it_is_refused),
        SENTENCE(a_repeated_missing_or_reordered_field_is_refused),
        SENTENCE(an_unknown_version_or_kind_is_refused),
        SENTENCE(a_wait_is_a_conversation_and_a_number_and_nothing_else),
        SENTENCE(limits_hold_to_the_byte),
        SENTENCE(nothing_is_written_into_a_frame_that_is_too_small),
        SENTENCE(text_for_a_terminal_holds_no_control_character_and_no_broken_utf8),
        SENTENCE(a_frame_without_payload_or_too_long_is_malformed),
        SENTENCE(decisions_stand_at_least_eight_bits_apart),
        SENTENCE(no_flipped_bit_of_a_verdict_makes_an_acceptance),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
