#include "call/audio.h"

#include "call/g711.h"

#include "sounds.h"
#include "support/cmocka.h"

using namespace ssp;
using namespace ssp::testing;

namespace {

void a_wave_file_gives_its_samples()
{
    const auto audio = read_wave(wave_file({1, -2, 32767, -32768}));
    CHECK(audio.has_value());
    CHECK_TEXT(runs(audio->samples()), "1x1 -2x1 32767x1 -32768x1");
}

void chunks_that_nobody_needs_are_passed_over()
{
    std::string file = wave_file({7, 7});
    file.insert(12, "LIST" + little_endian(3, 4) + "abc" + '\0'); // an odd size is padded
    CHECK_TEXT(runs(read_wave(file).value().samples()), "7x2");
}

void twice_the_rate_is_halved()
{
    const auto audio = read_wave(wave_file(std::vector<std::int16_t>(100, 1000), 16000));
    CHECK_TEXT(runs(audio.value().samples()), "1000x50");
}

void sound_of_another_kind_is_refused()
{
    CHECK(!read_wave(wave_file({1, 2}, 44100)));
    auto stereo = wave_file({1, 2});
    stereo[22] = 2;
    CHECK(!read_wave(stereo));
    auto mu_law = wave_file({1, 2});
    mu_law[20] = 7;
    CHECK(!read_wave(mu_law));
    CHECK(!read_wave(wave_file({})));
    CHECK(!read_wave(wave_file(std::vector<std::int16_t>(8000UL * 61, 1))));
}

void a_file_that_ends_anywhere_is_no_reason_to_read_on()
{
    const auto whole = wave_file({1, 2, 3});
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const auto audio = read_wave(std::string_view(whole).substr(0, size));
        CHECK(!audio || audio->samples().size() <= 3);
    }
    auto lies = whole;
    lies.replace(40, 4, "\xff\xff\xff\xff"); // the size of the sound
    CHECK_TEXT(runs(read_wave(lies).value().samples()), "1x1 2x1 3x1");
    lies = whole;
    lies.replace(16, 4, "\xff\xff\xff\xff"); // the size of the format
    CHECK(!read_wave(lies));
}

void silence_is_as_long_as_it_was_asked_for()
{
    Audio audio;
    audio.append_silence(std::chrono::milliseconds(250));
    CHECK(audio.samples().size() == 2000 && audio.length() == std::chrono::milliseconds(250));
}

// ITU-T G.711, and what sox makes of the same samples.
void both_codecs_encode_as_the_recommendation_says()
{
    const struct {
        int sample;
        int mu_law;
        int a_law;
    } expected[] = {{0, 0xff, 0xd5},      {8, 0xfe, 0xd5},     {-8, 0x7e, 0x55},
                    {1000, 0xce, 0xfa},   {-1000, 0x4e, 0x7a}, {32767, 0x80, 0xaa},
                    {-32768, 0x00, 0x2a}, {5000, 0xab, 0x86},  {-5000, 0x2b, 0x06}};
    for (const auto& row : expected) {
        const auto sample = static_cast<std::int16_t>(row.sample);
        CHECK(encoded(Codec::mu_law, sample) == row.mu_law);
        CHECK(encoded(Codec::a_law, sample) == row.a_law);
    }
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(a_wave_file_gives_its_samples),
        SENTENCE(chunks_that_nobody_needs_are_passed_over),
        SENTENCE(twice_the_rate_is_halved),
        SENTENCE(sound_of_another_kind_is_refused),
        SENTENCE(a_file_that_ends_anywhere_is_no_reason_to_read_on),
        SENTENCE(silence_is_as_long_as_it_was_asked_for),
        SENTENCE(both_codecs_encode_as_the_recommendation_says),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
