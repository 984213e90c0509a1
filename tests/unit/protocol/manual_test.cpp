// The hex examples of ssp-mfa-protocol(7) are what this codec says, byte for byte.
// manual_test FILE: the page.
#include "protocol/codec.h"
#include "protocol/delivery_codec.h"
#include "protocol/frame.h"
#include "protocol/inspection_codec.h"

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "support/cmocka.h"

using namespace ssp::protocol;

namespace {

std::string page;

/// The frames of the page in their order: lines "0010  0a 1b ...", a new frame at each "0000".
std::vector<std::string> frames_on_the_page()
{
    std::vector<std::string> frames;
    std::ifstream lines(page);
    for (std::string line; std::getline(lines, line);) {
        const bool is_dump = line.size() > 6 && line.find_first_not_of("0123456789abcdef") == 4 &&
                             line.compare(4, 2, "  ") == 0;
        if (!is_dump)
            continue;
        if (line.starts_with("0000"))
            frames.emplace_back();
        CHECK(!frames.empty() && std::stoul(line.substr(0, 4), nullptr, 16) == frames.back().size());
        for (std::size_t at = 6; at + 2 <= line.size(); at += 3)
            frames.back() += static_cast<char>(std::stoul(line.substr(at, 2), nullptr, 16));
    }
    return frames;
}

template <class Message> std::string frame_of(const Message& message)
{
    std::vector<char> frame(max_frame_bytes);
    frame.resize(encode(message, frame));
    CHECK(!frame.empty());
    return {frame.begin(), frame.end()};
}

void each_example_is_the_message_it_says()
{
    constexpr std::uint64_t conversation = 0x1122334455667788U;
    Begin begin;
    begin.conversation = conversation;
    begin.phase = Phase::authenticate;
    begin.uid = 1001;
    begin.audit_session = 7;
    begin.name = "alice";
    begin.service = "sshd";
    begin.rhost = "192.0.2.7";
    begin.tty = "ssh";
    begin.source = "192.0.2.7";
    begin.connection = "1234 192.0.2.7 51724 198.51.100.4 22";
    begin.has_auth_info = 1;
    begin.auth_info = "publickey ssh-ed25519 AAAAC3Nz";
    begin.groups = std::string_view("\xe9\x03\0\0", 4);
    const Deliver deliver{1,
                          Carriage::text_message,
                          20,
                          "+12055550123",
                          "K7 123456 is your code.",
                          "",
                          "K7",
                          "aabbccddeeff00112233445566778899",
                          "en"};
    Surveyed surveyed;
    surveyed.number = 1;
    surveyed.provider = "kannel";
    surveyed.kind = "http";
    surveyed.text_message = 1;
    surveyed.breaker = BreakerState::open;
    surveyed.rest = 28;
    surveyed.accepted = 12;
    surveyed.bad_number = 1;
    surveyed.retry = 5;
    surveyed.p50 = 80;
    surveyed.p95 = 200;
    surveyed.last_success = 1795424400;
    surveyed.last_error = 1795424460;
    surveyed.said = "HTTP 503";
    const std::string expected[] = {
        frame_of(begin),
        frame_of(Ask{conversation, 1, 1, "Verification code: "}),
        frame_of(Answer{conversation, 1, "123456"}),
        frame_of(Verdict{conversation, 2, Decision::accepted}),
        frame_of(deliver),
        frame_of(Delivered{1, Handover::accepted}),
        frame_of(Survey{1}),
        frame_of(surveyed),
        frame_of(Trial{2, Carriage::text_message, "US", "205 555 0123", "en", "kannel"}),
        frame_of(Step{2, 85, "kannel: accepted"}),
        frame_of(Finished{2}),
    };
    const auto frames = frames_on_the_page();
    CHECK(frames.size() == std::size(expected));
    for (std::size_t i = 0; i < frames.size(); ++i)
        CHECK(frames[i] == expected[i]);
}

} // namespace

int main(int argc, char** argv)
{
    if (argc != 2)
        return 2;
    page = argv[1];
    const CMUnitTest tests[] = {SENTENCE(each_example_is_the_message_it_says)};
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
