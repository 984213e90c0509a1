#include "call/script.h"

#include <algorithm>
#include <optional>

#include "sounds.h"
#include "support/cmocka.h"

using namespace ssp;
using namespace ssp::testing;

namespace {

/// Says each word as 800 samples of one value: digits 100 to 109, phrases 1 to 4.
class Numbers final : public Voice {
public:
    Result<Audio> say(Phrase phrase) const override
    {
        if (phrase == silent_)
            return Audio{};
        return word(static_cast<std::int16_t>(1 + static_cast<int>(phrase)));
    }
    Result<Audio> say_digit(char digit) const override
    {
        if (digit == broken_)
            return Error{ErrorKind::configuration, "broken"};
        return word(static_cast<std::int16_t>(100 + digit - '0'));
    }
    std::optional<Phrase> silent_;
    char broken_ = 0;

private:
    static Audio word(std::int16_t value) { return Audio(std::vector<std::int16_t>(800, value)); }
};

SecretString code() { return SecretString(std::string_view("40917")); }

Playback playback(bool press_key) { return {make_script(Numbers{}, code(), press_key).value(), press_key}; }

/// Plays until the stage changes; what was heard.
std::vector<std::int16_t> heard(Playback& play)
{
    std::vector<std::int16_t> all;
    const auto stage = play.stage();
    while (play.stage() == stage && all.size() < 60 * Audio::rate) {
        std::array<std::int16_t, Playback::frame_size> frame{};
        play.next(frame);
        all.insert(all.end(), frame.begin(), frame.end());
    }
    return all;
}

bool has_digit(const std::vector<std::int16_t>& samples)
{
    return std::any_of(samples.begin(), samples.end(), [](std::int16_t sample) { return sample >= 100; });
}

void a_code_is_spoken_digit_by_digit_and_twice()
{
    const auto script = make_script(Numbers{}, code(), true);
    CHECK(script.has_value());
    CHECK_TEXT(runs(script->request.samples()), "0x8000 1x800 0x2400 2x800 0x22400");
    const std::string reading = "104x800 0x2400 100x800 0x2400 109x800 0x2400 101x800 0x2400 107x800";
    CHECK_TEXT(runs(script->code.samples()),
               "3x800 0x2400 " + reading + " 0x7200 " + reading + " 0x2400 4x800 0x4800");
}

void the_same_digit_twice_is_heard_twice()
{
    const auto script = make_script(Numbers{}, SecretString(std::string_view("1111")), true);
    const std::string reading = "101x800 0x2400 101x800 0x2400 101x800 0x2400 101x800";
    CHECK(runs(script.value().code.samples()).find(reading) != std::string::npos);
}

void without_a_key_the_greeting_comes_first_and_then_the_code()
{
    const auto script = make_script(Numbers{}, code(), false);
    CHECK(script.value().request.empty());
    CHECK(runs(script->code.samples()).starts_with("0x8000 1x800 0x2400 3x800 0x2400 104x800"));
}

void a_voice_without_words_for_a_phrase_leaves_it_out()
{
    Numbers voice;
    voice.silent_ = Phrase::greeting;
    CHECK(runs(make_script(voice, code(), true).value().request.samples()).starts_with("0x8000 2x800"));
}

void a_digit_that_cannot_be_said_is_no_call()
{
    Numbers voice;
    voice.broken_ = '9';
    CHECK(!make_script(voice, code(), true));
}

void nobody_presses_and_no_digit_of_the_code_is_heard()
{
    auto play = playback(true);
    const auto all = heard(play);
    CHECK(play.stage() == Playback::Stage::no_key);
    CHECK(!has_digit(all));
    CHECK(all.size() == 3UL * 34400); // the request three times
    play.press();                     // too late
    CHECK(play.stage() == Playback::Stage::no_key);
    std::array<std::int16_t, Playback::frame_size> frame{};
    play.next(frame);
    CHECK_TEXT(runs(frame), "0x160");
}

void a_pressed_key_begins_the_code_wherever_the_request_is()
{
    for (const int frames : {0, 1, 70, 300, 600}) {
        auto play = playback(true);
        std::array<std::int16_t, Playback::frame_size> frame{};
        for (int i = 0; i < frames; ++i)
            play.next(frame);
        CHECK(play.stage() == Playback::Stage::asking);
        play.press();
        CHECK(play.stage() == Playback::Stage::speaking && !play.spoken_once());
        const auto all = heard(play);
        CHECK(play.stage() == Playback::Stage::played && play.spoken_once());
        CHECK(runs(all).starts_with("3x800 0x2400 104x800"));
    }
}

void a_second_key_does_not_begin_again()
{
    auto play = playback(true);
    play.press();
    std::array<std::int16_t, Playback::frame_size> frame{};
    play.next(frame);
    play.press();
    play.next(frame);
    CHECK_TEXT(runs(frame), "3x160");
    for (int i = 0; i < 4; ++i)
        play.next(frame);
    CHECK_TEXT(runs(frame), "0x160"); // beyond the introduction: it went on
}

void it_is_known_when_the_code_was_spoken_once()
{
    auto play = playback(false);
    std::array<std::int16_t, Playback::frame_size> frame{};
    int spoken = 0;
    while (!play.spoken_once()) {
        play.next(frame);
        spoken += frame.back() == 107 ? 1 : 0;
    }
    CHECK(spoken >= 4 && play.stage() == Playback::Stage::speaking);
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(a_code_is_spoken_digit_by_digit_and_twice),
        SENTENCE(the_same_digit_twice_is_heard_twice),
        SENTENCE(without_a_key_the_greeting_comes_first_and_then_the_code),
        SENTENCE(a_voice_without_words_for_a_phrase_leaves_it_out),
        SENTENCE(a_digit_that_cannot_be_said_is_no_call),
        SENTENCE(nobody_presses_and_no_digit_of_the_code_is_heard),
        SENTENCE(a_pressed_key_begins_the_code_wherever_the_request_is),
        SENTENCE(a_second_key_does_not_begin_again),
        SENTENCE(it_is_known_when_the_code_was_spoken_once),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
