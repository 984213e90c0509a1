#include "call/recorded_voice.h"
#include "call/synthetic_voice.h"

#include "sounds.h"
#include "support/cmocka.h"
#include "support/temporary_directory.h"

using namespace ssp;
using namespace ssp::testing;

namespace {

/// Digit n of the set is the value 10 * set + n; `words` come after.
void write_set(const TemporaryDirectory& folder, const std::string& name, int set,
               std::vector<std::string> words)
{
    for (int digit = 0; digit <= 9; ++digit)
        words.push_back("digits/" + std::to_string(digit));
    for (const auto& word : words) {
        const int value =
            word.starts_with("digits/") ? 100 * set + std::stoi(word.substr(7)) : 100 * set + 50;
        folder.write((name.empty() ? "" : name + "/") + word + ".wav",
                     wave_file({static_cast<std::int16_t>(value)}));
    }
}

/// Which set speaks; 0: the synthesiser.
int set_of(const TemporaryDirectory& folder, std::string_view language, bool press_key = true)
{
    const auto voice = find_voice(folder.path(), language, press_key);
    CHECK(voice.has_value());
    if (dynamic_cast<const SyntheticVoice*>(voice->get()) != nullptr)
        return 0;
    return (*voice)->say_digit('0').value().samples().front() / 100;
}

void the_language_that_was_asked_for_speaks()
{
    const TemporaryDirectory folder;
    write_set(folder, "en_US_f_Allison", 1, {"vm-press"});
    write_set(folder, "es_MX_f_Allison", 2, {"vm-press"});
    CHECK(set_of(folder, "es") == 2);
    CHECK(set_of(folder, "en") == 1);
}

void a_language_without_recordings_becomes_english()
{
    const TemporaryDirectory folder;
    write_set(folder, "en_US_f_Allison", 1, {"vm-press"});
    CHECK(set_of(folder, "fi") == 1);
}

void a_set_with_a_digit_missing_does_not_speak()
{
    const TemporaryDirectory folder;
    write_set(folder, "en", 1, {"vm-press"});
    write_set(folder, "es", 2, {"vm-press"});
    std::filesystem::remove(folder.path("es/digits/7.wav"));
    CHECK(set_of(folder, "es") == 1);
}

void a_set_that_cannot_ask_for_the_key_does_not_ask()
{
    const TemporaryDirectory folder;
    write_set(folder, "en", 1, {"vm-press"});
    write_set(folder, "es", 2, {});
    CHECK(set_of(folder, "es", true) == 1);
    CHECK(set_of(folder, "es", false) == 2);
}

void the_beginning_of_a_name_is_not_the_language()
{
    const TemporaryDirectory folder;
    write_set(folder, "english", 1, {"vm-press"});
    write_set(folder, "en-GB", 2, {"vm-press"});
    CHECK(set_of(folder, "en") == 2);
}

void a_site_with_one_set_puts_it_right_there()
{
    const TemporaryDirectory folder;
    write_set(folder, "", 3, {"press-1"});
    CHECK(set_of(folder, "de") == 3);
}

void without_recordings_the_synthesiser_speaks()
{
    const TemporaryDirectory folder;
    CHECK(SyntheticVoice::is_installed());
    CHECK(set_of(folder, "es") == 0);
    const auto voice = find_voice(folder.path("nowhere"), "en", true);
    const auto digit = (*voice)->say_digit('4');
    CHECK(digit && digit->length() > std::chrono::milliseconds(200) &&
          digit->length() < std::chrono::seconds(2));
    CHECK((*voice)->say(Phrase::press_key).value().length() > std::chrono::seconds(1));
}

void a_site_s_own_words_come_before_asterisk_s()
{
    const TemporaryDirectory folder;
    write_set(folder, "en", 1, {"vm-press", "to-listen-to-it", "vm-password"});
    const RecordedVoice voice(folder.path("en"));
    CHECK_TEXT(runs(voice.say(Phrase::press_key).value().samples()), "150x1 101x1 150x1");
    folder.write("en/press-1.wav", wave_file({7}));
    folder.write("en/your-code.wav", wave_file({8}));
    CHECK_TEXT(runs(voice.say(Phrase::press_key).value().samples()), "7x1");
    CHECK_TEXT(runs(voice.say(Phrase::introduction).value().samples()), "8x1");
    CHECK(voice.say(Phrase::greeting).value().empty());
}

void a_file_that_is_no_sound_is_an_error_and_not_a_silence()
{
    const TemporaryDirectory folder;
    write_set(folder, "en", 1, {"vm-press"});
    folder.write("en/digits/4.wav", "not a sound");
    const RecordedVoice voice(folder.path("en"));
    CHECK(!voice.say_digit('4') && voice.say_digit('5'));
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(the_language_that_was_asked_for_speaks),
        SENTENCE(a_language_without_recordings_becomes_english),
        SENTENCE(a_set_with_a_digit_missing_does_not_speak),
        SENTENCE(a_set_that_cannot_ask_for_the_key_does_not_ask),
        SENTENCE(the_beginning_of_a_name_is_not_the_language),
        SENTENCE(a_site_with_one_set_puts_it_right_there),
        SENTENCE(without_recordings_the_synthesiser_speaks),
        SENTENCE(a_site_s_own_words_come_before_asterisk_s),
        SENTENCE(a_file_that_is_no_sound_is_an_error_and_not_a_silence),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
