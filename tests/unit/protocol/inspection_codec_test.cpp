#include "protocol/codec.h"
#include "protocol/delivery_codec.h"
#include "protocol/frame.h"
#include "protocol/inspection_codec.h"

#include <string>
#include <vector>

#include "support/cmocka.h"

using namespace ssp::protocol;

namespace {

Trial sample_trial() { return {3, Carriage::voice_call, "US", "205 555 0123", "es", "trunk"}; }

Surveyed sample_surveyed()
{
    Surveyed message;
    message.number = 4;
    message.provider = "kannel";
    message.kind = "http";
    message.text_message = 1;
    message.breaker = BreakerState::open;
    message.rest = 28;
    message.accepted = 1;
    message.queued = 2;
    message.bad_number = 3;
    message.retry = 4;
    message.credentials = 5;
    message.configuration = 6;
    message.unknown = 7;
    message.p50 = 80;
    message.p95 = 200;
    message.last_success = 1795424400;
    message.last_error = 1795424460;
    message.said = "HTTP 401";
    return message;
}

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

/// A copy of its own each, so that AddressSanitizer sees a read past the end.
template <class Message> bool any_other_length_decodes(std::vector<char> whole)
{
    Message out;
    for (std::size_t n = 0; n < whole.size(); ++n) {
        const std::vector<char> part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n));
        if (decode(part, out))
            return true;
    }
    whole.push_back('\0');
    return decode(whole, out);
}

void each_message_comes_back_as_it_was_sent()
{
    const auto survey_bytes = payload_of(Survey{2});
    Survey survey;
    CHECK(decode(survey_bytes, survey) && survey.number == 2);

    const auto trial_bytes = payload_of(sample_trial());
    Trial trial;
    CHECK(decode(trial_bytes, trial) && trial.number == 3 && trial.carriage == Carriage::voice_call);
    CHECK(trial.region == "US" && trial.typed == "205 555 0123" && trial.language == "es");
    CHECK(trial.provider == "trunk");

    const auto surveyed_bytes = payload_of(sample_surveyed());
    Surveyed s;
    CHECK(decode(surveyed_bytes, s) && s.number == 4 && s.provider == "kannel" && s.kind == "http");
    CHECK(s.text_message == 1 && s.voice_call == 0 && s.breaker == BreakerState::open && s.rest == 28);
    CHECK(s.degraded == 0 && s.accepted == 1 && s.queued == 2 && s.bad_number == 3 && s.retry == 4);
    CHECK(s.credentials == 5 && s.configuration == 6 && s.unknown == 7 && s.p50 == 80 && s.p95 == 200);
    CHECK(s.last_success == 1795424400 && s.last_error == 1795424460 && s.said == "HTTP 401");

    const auto step_bytes = payload_of(Step{5, 85, "kannel: accepted"});
    Step step;
    CHECK(decode(step_bytes, step) && step.number == 5 && step.milliseconds == 85);
    CHECK(step.text == "kannel: accepted");

    const auto finished_bytes = payload_of(Finished{6});
    Finished finished;
    CHECK(decode(finished_bytes, finished) && finished.number == 6);
}

void nothing_shorter_or_longer_is_understood()
{
    CHECK(!any_other_length_decodes<Survey>(payload_of(Survey{1})));
    CHECK(!any_other_length_decodes<Trial>(payload_of(sample_trial())));
    CHECK(!any_other_length_decodes<Surveyed>(payload_of(sample_surveyed())));
    CHECK(!any_other_length_decodes<Step>(payload_of(Step{1, 2, "text"})));
    CHECK(!any_other_length_decodes<Finished>(payload_of(Finished{1})));
}

void no_kind_is_read_as_another_nor_as_a_message_of_a_sign_in()
{
    const auto trial = payload_of(sample_trial());
    Survey survey;
    Judge judge;
    Deliver deliver;
    CHECK(!decode(trial, survey) && !decode(trial, judge) && !decode(trial, deliver));
    CHECK(delivery_kind_of(trial) == DeliveryKind::trial && !kind_of(trial));
    CHECK(!kind_of(payload_of(Survey{1})) && !kind_of(payload_of(sample_surveyed())));
    CHECK(!kind_of(payload_of(Step{1, 2, "text"})) && !kind_of(payload_of(Finished{1})));
}

void limits_hold_to_the_byte()
{
    const std::string name(32, 'n');
    const std::string typed(64, '5');
    CHECK(frame_of(Survey{1}).size() == 15);
    CHECK(frame_of(Finished{1}).size() == 10);
    CHECK(frame_of(Trial{1, Carriage::text_message, "US", typed, "en", name}).size() == 131);
    const std::string said(200, 's');
    auto surveyed = sample_surveyed();
    surveyed.provider = name;
    surveyed.kind = std::string_view(name).substr(0, 16);
    surveyed.said = said;
    CHECK(frame_of(surveyed).size() == 373);
    const std::string text(300, 't');
    CHECK(frame_of(Step{1, 2, text}).size() == 320);

    const std::string longer_text = text + "t";
    const std::string longer_said = said + "s";
    const std::string longer_name = name + "n";
    const std::string longer_typed = typed + "5";
    CHECK(!encodes(Step{1, 2, longer_text}) && !encodes(Step{1, 2, ""}));
    surveyed.said = longer_said;
    CHECK(!encodes(surveyed));
    CHECK(!encodes(Trial{1, Carriage::text_message, "US", longer_typed, "en", ""}));
    CHECK(!encodes(Trial{1, Carriage::text_message, "US", "", "en", ""}));
    CHECK(!encodes(Trial{1, Carriage::text_message, "US", typed, "en", longer_name}));
}

void a_trial_names_its_language_region_and_provider_in_their_letters()
{
    for (const char* language : {"", "e", "EN", "e1", "eng"}) {
        auto trial = sample_trial();
        trial.language = language;
        CHECK(!encodes(trial));
    }
    for (const char* region : {"", "us", "U", "U1", "USA"}) {
        auto trial = sample_trial();
        trial.region = region;
        CHECK(!encodes(trial));
    }
    for (const char* provider : {"Trunk", "../x", "a b", "a\n", "a.toml"}) {
        auto trial = sample_trial();
        trial.provider = provider;
        CHECK(!encodes(trial));
    }
    auto by_route = sample_trial();
    by_route.provider = "";
    CHECK(encodes(by_route));
}

void what_reaches_a_terminal_is_one_showable_line()
{
    for (const char* text : {"two\nlines", "\x1b[2J", "\xff", "\x7f"}) {
        CHECK(!encodes(Step{1, 2, text}));
        auto surveyed = sample_surveyed();
        surveyed.said = text;
        CHECK(!encodes(surveyed));
    }
}

void a_survey_says_nothing_that_makes_no_sense()
{
    auto rested = sample_surveyed();
    rested.breaker = BreakerState::closed; // and 28 seconds of rest
    CHECK(!encodes(rested));
    for (const int value : {0, 4, 255}) {
        auto odd = sample_surveyed();
        odd.breaker = static_cast<BreakerState>(value);
        CHECK(!encodes(odd));
    }
    for (auto flag : {&Surveyed::text_message, &Surveyed::voice_call, &Surveyed::degraded}) {
        auto odd = sample_surveyed();
        odd.*flag = 2;
        CHECK(!encodes(odd));
    }
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(each_message_comes_back_as_it_was_sent),
        SENTENCE(nothing_shorter_or_longer_is_understood),
        SENTENCE(no_kind_is_read_as_another_nor_as_a_message_of_a_sign_in),
        SENTENCE(limits_hold_to_the_byte),
        SENTENCE(a_trial_names_its_language_region_and_provider_in_their_letters),
        SENTENCE(what_reaches_a_terminal_is_one_showable_line),
        SENTENCE(a_survey_says_nothing_that_makes_no_sense),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
