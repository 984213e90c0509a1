#include "protocol/codec.h"
#include "protocol/delivery_codec.h"
#include "protocol/frame.h"

#include <initializer_list>
#include <string>
#include <vector>

#include "support/cmocka.h"

using namespace ssp::protocol;

namespace {

constexpr std::string_view reference = "0123456789abcdef0123456789ABCDEF";

Judge sample_judge() { return {7, Carriage::text_message, "US", "(205) 555-0123"}; }
Judged sample_judged() { return {7, 1, "+12055550123", "", "US"}; }
Deliver sample_text()
{
    return {8,   Carriage::text_message, 20, "+12055550123", "K7 123456 is your code.", "", "K7", reference,
            "fr"};
}
Deliver sample_call() { return {9, Carriage::voice_call, 60, "+12055550123", "", "12345", "K7", reference}; }

template <class Message> std::vector<char> frame_of(const Message& message)
{
    std::vector<char> frame(max_delivery_frame_bytes);
    frame.resize(encode(message, frame));
    return frame;
}

template <class Message> std::vector<char> payload_of(const Message& message)
{
    auto frame = frame_of(message);
    CHECK(frame.size() > frame_head_bytes);
    return {frame.begin() + frame_head_bytes, frame.end()};
}

template <class Message> bool encodes(const Message& message) { return !frame_of(message).empty(); }

/// A number field as it stands in a payload.
std::string field(char tag, std::string_view value)
{
    return std::string{tag, static_cast<char>(value.size()), '\0'} + std::string(value);
}

std::string payload(DeliveryKind kind, std::initializer_list<std::string> fields)
{
    std::string bytes(1, static_cast<char>(kind));
    for (const auto& one : fields)
        bytes += one;
    return bytes;
}

template <class Message> bool any_truncation_decodes(const std::vector<char>& whole)
{
    for (std::size_t n = 0; n < whole.size(); ++n) {
        // a copy of its own, so that AddressSanitizer sees a read past the end
        const std::vector<char> part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n));
        Message out;
        if (decode(part, out))
            return true;
    }
    return false;
}

void each_message_comes_back_as_it_was_sent()
{
    const auto judge_bytes = payload_of(sample_judge());
    Judge judge;
    CHECK(decode(judge_bytes, judge));
    CHECK(judge.number == 7 && judge.carriage == Carriage::text_message && judge.region == "US");
    CHECK(judge.typed == "(205) 555-0123");

    const auto judged_bytes = payload_of(sample_judged());
    Judged judged;
    CHECK(decode(judged_bytes, judged));
    CHECK(judged.number == 7 && judged.usable == 1 && judged.e164 == "+12055550123");

    const auto text_bytes = payload_of(sample_text());
    Deliver text;
    CHECK(decode(text_bytes, text));
    CHECK(text.number == 8 && text.deadline == 20 && text.to == "+12055550123" && text.tag == "K7");
    CHECK(text.language == "fr");
    auto german = sample_text();
    german.text = "K7 123456 g\u00fcltig f\u00fcr 5 Minuten (\u20ac).\n@login.example.com #123456";
    const auto german_bytes = payload_of(german);
    CHECK(decode(german_bytes, text) && text.text == german.text);
    CHECK(decode(text_bytes, text));
    CHECK(text.text == "K7 123456 is your code." && text.digits.empty() && text.reference == reference);

    const auto call_bytes = payload_of(sample_call());
    Deliver call;
    CHECK(decode(call_bytes, call));
    CHECK(call.carriage == Carriage::voice_call && call.digits == "12345" && call.text.empty());

    const auto delivered_bytes = payload_of(Delivered{8, Handover::retry});
    Delivered delivered;
    CHECK(decode(delivered_bytes, delivered));
    CHECK(delivered.number == 8 && delivered.handover == Handover::retry);

    const auto release_bytes = payload_of(Release{9});
    Release release;
    CHECK(decode(release_bytes, release) && release.number == 9);

    const auto called_bytes = payload_of(Called{9, CallProgress::no_key});
    Called called;
    CHECK(decode(called_bytes, called));
    CHECK(called.number == 9 && called.progress == CallProgress::no_key);
}

void every_truncation_of_every_message_is_refused()
{
    CHECK(!any_truncation_decodes<Judge>(payload_of(sample_judge())));
    CHECK(!any_truncation_decodes<Judged>(payload_of(sample_judged())));
    CHECK(!any_truncation_decodes<Deliver>(payload_of(sample_text())));
    CHECK(!any_truncation_decodes<Deliver>(payload_of(sample_call())));
    CHECK(!any_truncation_decodes<Delivered>(payload_of(Delivered{1, Handover::accepted})));
    CHECK(!any_truncation_decodes<Release>(payload_of(Release{1})));
    CHECK(!any_truncation_decodes<Called>(payload_of(Called{1, CallProgress::busy})));
}

void a_message_with_something_behind_it_is_refused()
{
    auto bytes = payload_of(sample_text());
    bytes.push_back('\0');
    Deliver deliver;
    CHECK(!decode(bytes, deliver));
    auto answer = payload_of(Delivered{1, Handover::accepted});
    answer.push_back('\1');
    Delivered delivered;
    CHECK(!decode(answer, delivered));
}

void a_repeated_missing_reordered_or_unknown_field_is_refused()
{
    const auto number = field(1, std::string_view("\5\0\0\0", 4));
    const auto outcome = field(2, "\1");
    const auto kind = DeliveryKind::delivered;
    Delivered d;
    CHECK(decode(payload(kind, {number, outcome}), d) && d.number == 5);
    CHECK(!decode(payload(kind, {number}), d));
    CHECK(!decode(payload(kind, {outcome}), d));
    CHECK(!decode(payload(kind, {outcome, number}), d));
    CHECK(!decode(payload(kind, {number, number, outcome}), d));
    CHECK(!decode(payload(kind, {number, outcome, outcome}), d));
    CHECK(!decode(payload(kind, {number, outcome, field(3, "x")}), d));
    CHECK(!decode(payload(kind, {number, field(2, std::string_view("\1\0", 2))}), d));
}

void an_unknown_version_kind_or_value_is_refused()
{
    auto judge_bytes = payload_of(sample_judge());
    const std::size_t version_at = 1 + 7 + 3;
    CHECK(judge_bytes[version_at] == 1);
    judge_bytes[version_at] = 2;
    Judge judge;
    CHECK(!decode(judge_bytes, judge));

    CHECK(!delivery_kind_of({}));
    CHECK(!delivery_kind_of(std::string_view("\1")));
    CHECK(!delivery_kind_of(std::string_view("\xff")));
    CHECK(delivery_kind_of(payload_of(sample_call())) == DeliveryKind::deliver);

    for (const int value : {0, 8, 255})
        CHECK(!encodes(Delivered{1, static_cast<Handover>(value)}));
    for (const int value : {0, 12, 255})
        CHECK(!encodes(Called{1, static_cast<CallProgress>(value)}));
    for (const int value : {0, 3, 255}) {
        auto message = sample_judge();
        message.carriage = static_cast<Carriage>(value);
        CHECK(!encodes(message));
    }
    auto answer = sample_judged();
    answer.usable = 2;
    CHECK(!encodes(answer));
}

void one_kind_is_never_read_as_another_nor_as_a_message_of_a_sign_in()
{
    const auto deliver_bytes = payload_of(sample_text());
    Judge judge;
    Judged judged;
    Delivered delivered;
    CHECK(!decode(deliver_bytes, judge) && !decode(deliver_bytes, judged));
    CHECK(!decode(deliver_bytes, delivered));
    for (const auto kind :
         {DeliveryKind::judge, DeliveryKind::deliver, DeliveryKind::judged, DeliveryKind::delivered}) {
        const char byte = static_cast<char>(kind);
        CHECK(!kind_of(std::span(&byte, 1)));
    }
}

void limits_of_a_question_hold_to_the_byte()
{
    const std::string longest(64, '5');
    const std::string too_long(65, '5');
    auto judge = sample_judge();
    judge.typed = longest;
    CHECK(frame_of(judge).size() == 91);
    judge.typed = too_long;
    CHECK(!encodes(judge));
    judge.typed = "";
    CHECK(!encodes(judge));
    judge.typed = std::string_view("\0\xff", 2);
    CHECK(encodes(judge));
    for (const char* region : {"", "U", "USA", "us", "U1", "+1"}) {
        judge.region = region;
        CHECK(!encodes(judge));
    }
}

void limits_of_a_judgement_hold_to_the_byte()
{
    const std::string longest(200, 'r');
    const std::string too_long(201, 'r');
    CHECK(frame_of(Judged{1, 0, "", longest, ""}).size() == 223);
    CHECK(!encodes(Judged{1, 0, "", too_long, ""}));
    CHECK(!encodes(Judged{1, 0, "", "", ""}));
    CHECK(!encodes(Judged{1, 0, "", "two\nlines", ""}));
    CHECK(!encodes(Judged{1, 0, "", "\x1b[2J", ""}));
    CHECK(!encodes(Judged{1, 0, "+12055550123", "This cannot be used.", ""}));
    CHECK(!encodes(Judged{1, 1, "+12055550123", "but", "US"}));
    CHECK(!encodes(Judged{1, 1, "", "", "US"}));
    CHECK(!encodes(Judged{1, 0, "", "This cannot be used.", "US"}));
    for (const auto* region : {"", "U", "us", "U1"})
        CHECK(!encodes(Judged{1, 1, "+12055550123", "", region}));
}

void limits_of_a_delivery_hold_to_the_byte()
{
    const std::string longest(640, 't');
    const std::string too_long(641, 't');
    auto text = sample_text();
    text.to = "+123456789012345";
    text.text = longest;
    CHECK(frame_of(text).size() == 734);
    text.text = too_long;
    CHECK(!encodes(text));
    text.text = "\x07";
    CHECK(!encodes(text));

    for (const int seconds : {0, 301, 65535}) {
        auto late = sample_text();
        late.deadline = static_cast<std::uint16_t>(seconds);
        CHECK(!encodes(late));
    }
    for (const char* tag : {"", "K", "K77", "k7", "K ", "K\n"}) {
        auto odd = sample_text();
        odd.tag = tag;
        CHECK(!encodes(odd));
    }
    for (const char* odd_reference :
         {"", "0123", "0123456789abcdef0123456789abcdeg", "0123456789abcdef0123456789abcdef0"}) {
        auto odd = sample_text();
        odd.reference = odd_reference;
        CHECK(!encodes(odd));
    }
    for (const char* digits : {"", "123", "12345678901", "1234 ", "1234a"}) {
        auto odd = sample_call();
        odd.digits = digits;
        CHECK(!encodes(odd));
    }
}

void a_text_carries_no_digits_and_a_call_no_text()
{
    auto text = sample_text();
    text.digits = "12345";
    CHECK(!encodes(text));
    text = sample_text();
    text.text = "";
    CHECK(!encodes(text));
    auto call = sample_call();
    call.text = "K7 123456";
    CHECK(!encodes(call));
}

void only_an_e164_number_is_an_address()
{
    CHECK(is_e164("+12") && is_e164("+123456789012345") && is_e164("+12055550123"));
    for (const char* bad : {"", "+", "+1", "+1234567890123456", "12055550123", "+02055550123", "+1205555o123",
                            "+1 205 555", "++1205", "+12055550123\n", "+12055550123;ext=9"}) {
        CHECK(!is_e164(bad));
        auto message = sample_text();
        message.to = bad;
        CHECK(!encodes(message));
    }
    CHECK(!is_e164(std::string_view("+1205\0", 6)));
}

void a_broken_rule_is_refused_when_it_arrives_too()
{
    // Each is sent as bytes: a hostile peer does not use our encoder.
    const auto number = field(1, std::string_view("\5\0\0\0", 4));
    Judged judged;
    const auto both =
        payload(DeliveryKind::judged, {number, field(2, "\1"), field(3, "+12055550123"), field(4, "reason")});
    const auto neither = payload(DeliveryKind::judged,
                                 {number, field(2, std::string_view("\0", 1)), field(3, ""), field(4, "")});
    const auto escape = payload(DeliveryKind::judged, {number, field(2, std::string_view("\0", 1)),
                                                       field(3, ""), field(4, "\x1b[31mred")});
    CHECK(!decode(both, judged) && !decode(neither, judged) && !decode(escape, judged));

    Delivered delivered;
    for (const char outcome : {'\0', '\x8', '\xff'})
        CHECK(!decode(payload(DeliveryKind::delivered, {number, field(2, {&outcome, 1})}), delivered));
}

void nothing_is_written_into_a_frame_that_is_too_small()
{
    const auto whole = frame_of(sample_text());
    for (std::size_t n = 0; n < whole.size(); ++n) {
        std::vector<char> small(n);
        CHECK(encode(sample_text(), small) == 0);
    }
    std::vector<char> exact(whole.size());
    CHECK(encode(sample_text(), exact) == whole.size());
}

void a_flipped_bit_never_makes_a_number_that_is_none()
{
    const auto bytes = payload_of(sample_judged());
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
        auto flipped = bytes;
        flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
        Judged judged;
        if (decode(flipped, judged))
            CHECK((judged.usable == 1) == is_e164(judged.e164));
    }
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(each_message_comes_back_as_it_was_sent),
        SENTENCE(every_truncation_of_every_message_is_refused),
        SENTENCE(a_message_with_something_behind_it_is_refused),
        SENTENCE(a_repeated_missing_reordered_or_unknown_field_is_refused),
        SENTENCE(an_unknown_version_kind_or_value_is_refused),
        SENTENCE(one_kind_is_never_read_as_another_nor_as_a_message_of_a_sign_in),
        SENTENCE(limits_of_a_question_hold_to_the_byte),
        SENTENCE(limits_of_a_judgement_hold_to_the_byte),
        SENTENCE(limits_of_a_delivery_hold_to_the_byte),
        SENTENCE(a_text_carries_no_digits_and_a_call_no_text),
        SENTENCE(only_an_e164_number_is_an_address),
        SENTENCE(a_broken_rule_is_refused_when_it_arrives_too),
        SENTENCE(nothing_is_written_into_a_frame_that_is_too_small),
        SENTENCE(a_flipped_bit_never_makes_a_number_that_is_none),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
