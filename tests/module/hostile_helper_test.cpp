// A helper that was taken over, or a garbage program in its place: whatever it sends that is not an
// acceptance in its order ends in a refusal.
#include "fast_time.h"
#include "pam_host.h"
#include "scripted_helper.h"

#include "support/cmocka.h"

using namespace ssp::protocol;
using namespace ssp::testing;

namespace {

template <class Message> std::string frame_of(const Message& message)
{
    std::string frame(max_frame_bytes, '\0');
    frame.resize(encode(message, std::span(frame.data(), frame.size())));
    return frame;
}

/// What authenticate returns to a person who answers everything with 492831.
int refused_with(const Script& script)
{
    pam_handle host;
    sign_in_through_sshd(host);
    host.answers = {"492831", "492831", "492831", "492831"};
    ScriptedHelper helper(script);
    return authenticate(host, helper.arguments());
}

/// `bytes` of a conversation's number stand for it.
int refused_with_bytes(const std::function<std::string(std::uint64_t)>& bytes)
{
    return refused_with([&](Line& line) {
        line.begin();
        line.raw(bytes(line.conversation));
    });
}

bool is_refusal(int code) { return code == PAM_AUTH_ERR || code == PAM_AUTHINFO_UNAVAIL; }

void bytes_that_are_no_frame_are_refused()
{
    CHECK(refused_with_bytes([](auto) { return std::string("\0\0", 2); }) == PAM_AUTHINFO_UNAVAIL);
    CHECK(refused_with_bytes([](auto) { return std::string("\x01\x40", 2); }) == PAM_AUTHINFO_UNAVAIL);
    CHECK(refused_with_bytes([](auto) { return std::string(40000, '\xff'); }) == PAM_AUTHINFO_UNAVAIL);
    CHECK(refused_with_bytes([](auto) { return std::string("HTTP/1.1 200 OK\r\n\r\n"); }) ==
          PAM_AUTHINFO_UNAVAIL);
}

void every_truncation_of_an_acceptance_is_refused()
{
    const auto whole = frame_of(Verdict{1, 1, Decision::accepted});
    for (std::size_t n = 0; n < whole.size(); ++n)
        CHECK(refused_with_bytes([n](std::uint64_t conversation) {
                  return frame_of(Verdict{conversation, 1, Decision::accepted}).substr(0, n);
              }) == PAM_AUTHINFO_UNAVAIL);
}

void every_flipped_bit_of_an_acceptance_is_refused()
{
    const auto bits = frame_of(Verdict{1, 1, Decision::accepted}).size() * 8;
    for (std::size_t bit = 0; bit < bits; ++bit)
        CHECK(is_refusal(refused_with_bytes([bit](std::uint64_t conversation) {
            auto frame = frame_of(Verdict{conversation, 1, Decision::accepted});
            frame[bit / 8] = static_cast<char>(frame[bit / 8] ^ (1 << (bit % 8)));
            return frame;
        })));
}

void no_flipped_bit_of_a_refusal_accepts()
{
    for (const auto decision :
         {Decision::rejected, Decision::locked, Decision::not_enrolled, Decision::unavailable}) {
        const auto bits = frame_of(Verdict{1, 1, decision}).size() * 8;
        for (std::size_t bit = 0; bit < bits; ++bit)
            CHECK(is_refusal(refused_with_bytes([bit, decision](std::uint64_t conversation) {
                auto frame = frame_of(Verdict{conversation, 1, decision});
                frame[bit / 8] = static_cast<char>(frame[bit / 8] ^ (1 << (bit % 8)));
                return frame;
            })));
    }
}

void a_verdict_of_another_conversation_is_refused()
{
    CHECK(refused_with_bytes([](std::uint64_t conversation) {
              return frame_of(Verdict{conversation + 1, 1, Decision::accepted});
          }) == PAM_AUTHINFO_UNAVAIL);
    std::string recorded;
    CHECK(refused_with_bytes([&](std::uint64_t conversation) {
              recorded = frame_of(Verdict{conversation, 1, Decision::accepted});
              return recorded;
          }) == PAM_SUCCESS);
    CHECK(refused_with_bytes([&](auto) { return recorded; }) == PAM_AUTHINFO_UNAVAIL);
}

void a_gap_or_a_repetition_in_the_numbers_is_refused()
{
    for (const std::uint32_t number : {0U, 2U, 3U, 0xffffffffU})
        CHECK(refused_with_bytes([number](std::uint64_t conversation) {
                  return frame_of(Verdict{conversation, number, Decision::accepted});
              }) == PAM_AUTHINFO_UNAVAIL);
    for (const std::uint32_t number : {0U, 1U, 3U})
        CHECK(refused_with_bytes([number](std::uint64_t conversation) {
                  return frame_of(Tell{conversation, 1, 0, "a"}) +
                         frame_of(Verdict{conversation, number, Decision::accepted});
              }) == PAM_AUTHINFO_UNAVAIL);
}

void messages_that_the_helper_may_not_send_are_refused()
{
    const auto then_accepted = [](auto make) {
        return refused_with_bytes([make](std::uint64_t conversation) {
            return make(conversation) + frame_of(Verdict{conversation, 1, Decision::accepted}) +
                   frame_of(Verdict{conversation, 2, Decision::accepted});
        });
    };
    CHECK(then_accepted([](auto c) { return frame_of(Answer{c, 1, "1"}); }) == PAM_AUTHINFO_UNAVAIL);
    CHECK(then_accepted([](auto c) { return frame_of(Leave{c}); }) == PAM_AUTHINFO_UNAVAIL);
    CHECK(then_accepted([](auto c) { return frame_of(Row{c, 1, {}}); }) == PAM_AUTHINFO_UNAVAIL);
    CHECK(then_accepted([](auto c) {
              return frame_of(Request{c, std::string_view("status\0", 7)});
          }) == PAM_AUTHINFO_UNAVAIL);
    CHECK(then_accepted([](auto) { return std::string("\x01\x00\x63", 3); }) == PAM_AUTHINFO_UNAVAIL);
}

void an_unknown_decision_or_one_with_something_behind_it_is_refused()
{
    CHECK(refused_with_bytes([](std::uint64_t conversation) {
              return frame_of(Verdict{conversation, 1, static_cast<Decision>(0)});
          }) == PAM_AUTHINFO_UNAVAIL);
    CHECK(refused_with_bytes([](std::uint64_t conversation) {
              auto frame = frame_of(Verdict{conversation, 1, Decision::accepted});
              frame.push_back('\0');
              frame[0] = static_cast<char>(frame[0] + 1);
              return frame;
          }) == PAM_AUTHINFO_UNAVAIL);
}

void a_text_that_is_not_for_a_terminal_is_never_shown()
{
    for (const std::string_view text :
         {std::string_view("\x1b[2J"), std::string_view("a\0b", 3), std::string_view("\xff"),
          std::string_view("\xc2\x9b"
                           "31m")}) {
        pam_handle host;
        sign_in_through_sshd(host);
        ScriptedHelper helper([text](Line& line) {
            line.begin();
            auto frame = frame_of(Ask{line.conversation, 1, 1, std::string(text.size(), 'x')});
            frame.replace(frame.size() - text.size(), text.size(), text);
            line.raw(frame);
            line.answer();
        });
        CHECK(authenticate(host, helper.arguments()) == PAM_AUTHINFO_UNAVAIL);
        CHECK(host.prompts.empty());
    }
}

void messages_in_one_piece_or_byte_by_byte_are_the_same()
{
    pam_handle host;
    sign_in_through_sshd(host);
    ScriptedHelper helper([](Line& line) {
        line.begin();
        const auto all = frame_of(Tell{line.conversation, 1, 0, "a"}) + frame_of(Wait{line.conversation, 2}) +
                         frame_of(Verdict{line.conversation, 3, Decision::accepted});
        for (const char byte : all)
            line.raw({&byte, 1});
    });
    CHECK(authenticate(host, helper.arguments()) == PAM_SUCCESS);
    CHECK(refused_with_bytes([](std::uint64_t c) {
              return frame_of(Tell{c, 1, 0, "a"}) + frame_of(Wait{c, 2}) +
                     frame_of(Verdict{c, 3, Decision::accepted});
          }) == PAM_SUCCESS);
}

void the_longest_message_fits_and_what_follows_it_is_read()
{
    pam_handle host;
    sign_in_through_sshd(host);
    const std::string longest(8192, 'q');
    ScriptedHelper helper([&](Line& line) {
        line.begin();
        line.tell(longest);
        line.tell(longest);
        line.tell(longest);
        line.verdict(Decision::accepted);
    });
    CHECK(authenticate(host, helper.arguments()) == PAM_SUCCESS);
    CHECK(host.told.size() == 3 && host.told[2] == "info: " + longest);
}

void an_endless_flood_of_messages_ends()
{
    pam_handle host;
    sign_in_through_sshd(host);
    ScriptedHelper helper([](Line& line) {
        line.begin();
        for (int i = 0; i < 1000; ++i)
            line.tell("a");
        line.verdict(Decision::accepted);
    });
    CHECK(authenticate(host, helper.arguments()) == PAM_AUTHINFO_UNAVAIL);
    CHECK(host.told.size() == 1001); // the last one says that nothing can be checked
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(bytes_that_are_no_frame_are_refused),
        SENTENCE(every_truncation_of_an_acceptance_is_refused),
        SENTENCE(every_flipped_bit_of_an_acceptance_is_refused),
        SENTENCE(no_flipped_bit_of_a_refusal_accepts),
        SENTENCE(a_verdict_of_another_conversation_is_refused),
        SENTENCE(a_gap_or_a_repetition_in_the_numbers_is_refused),
        SENTENCE(messages_that_the_helper_may_not_send_are_refused),
        SENTENCE(an_unknown_decision_or_one_with_something_behind_it_is_refused),
        SENTENCE(a_text_that_is_not_for_a_terminal_is_never_shown),
        SENTENCE(messages_in_one_piece_or_byte_by_byte_are_the_same),
        SENTENCE(the_longest_message_fits_and_what_follows_it_is_read),
        SENTENCE(an_endless_flood_of_messages_ends),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
