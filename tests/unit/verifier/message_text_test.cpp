// Codes in words.
#include "verifier/message_text.h"

#include "support/cmocka.h"

using namespace ssp;

namespace {

const SecretString code(std::string_view("012345"));

std::string text_with(const MessageWording& wording, Seconds life = Seconds(300),
                      std::string_view origin = "", std::string_view organisation = "Example Corp")
{
    const MessageParts parts{"K7", code, organisation, "desk 0100", life, origin};
    return std::string(message_text(wording, parts).reveal());
}

void the_english_message_is_tag_code_and_warning()
{
    CHECK_TEXT(text_with({}),
               "K7 012345 is your Example Corp sign-in code, valid 5 minutes. Do not share it with anyone.");
}

void every_placeholder_is_filled_in()
{
    MessageWording wording;
    wording.text = "{tag} {code} {organisation}|{support}|{life}";
    CHECK_TEXT(text_with(wording), "K7 012345 Example Corp|desk 0100|5 minutes");
}

void a_life_is_said_in_the_words_of_the_language()
{
    MessageWording wording;
    wording.text = "{tag} {code} {life}";
    wording.seconds = "{n} Sekunden";
    wording.minute = "1 Minute";
    wording.minutes = "{n} Minuten";
    CHECK_TEXT(text_with(wording, Seconds(30)), "K7 012345 30 Sekunden");
    CHECK_TEXT(text_with(wording, Seconds(60)), "K7 012345 1 Minute");
    CHECK_TEXT(text_with(wording, Seconds(119)), "K7 012345 119 Sekunden");
    CHECK_TEXT(text_with(wording, Seconds(599)), "K7 012345 10 Minuten");
}

void an_origin_has_the_last_line_for_itself()
{
    const auto text = text_with({}, Seconds(300), "login.example.com");
    CHECK_TEXT(text.substr(text.find('\n')), "\n@login.example.com #012345");
}

void a_backtick_which_messages_cannot_say_becomes_an_apostrophe()
{
    CHECK(text_with({}, Seconds(300), "", "A`B").find("your A'B sign-in") != std::string::npos);
}

void a_value_that_looks_like_a_placeholder_stays_as_it_is()
{
    CHECK(text_with({}, Seconds(300), "", "{code}").find("your {code} sign-in") != std::string::npos);
}

void a_call_says_the_code_digit_by_digit_and_twice()
{
    CHECK_TEXT(
        std::string(spoken_text({}, "Example", SecretString(std::string_view("47192"))).reveal()),
        "Hello. Your Example sign-in code is 4, 7, 1, 9, 2. Again, your code is 4, 7, 1, 9, 2. Goodbye.");
}

void digits_are_spoken_one_by_one()
{
    CHECK_TEXT(std::string(spoken_digits(SecretString(std::string_view("471"))).reveal()), "4, 7, 1");
    CHECK_TEXT(std::string(spoken_digits(SecretString(std::string_view("4"))).reveal()), "4");
    CHECK(spoken_digits({}).empty());
}

void a_language_without_wording_is_english()
{
    MessageWordings wordings{{"en", {}}, {"de", {}}};
    wordings["de"].minute = "1 Minute";
    CHECK_TEXT(wording_of(wordings, "de").minute, "1 Minute");
    CHECK_TEXT(wording_of(wordings, "fr").minute, "1 minute");
    CHECK_TEXT(wording_of({}, "fr").minute, "1 minute");
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(the_english_message_is_tag_code_and_warning),
        SENTENCE(every_placeholder_is_filled_in),
        SENTENCE(a_life_is_said_in_the_words_of_the_language),
        SENTENCE(an_origin_has_the_last_line_for_itself),
        SENTENCE(a_backtick_which_messages_cannot_say_becomes_an_apostrophe),
        SENTENCE(a_value_that_looks_like_a_placeholder_stays_as_it_is),
        SENTENCE(a_call_says_the_code_digit_by_digit_and_twice),
        SENTENCE(digits_are_spoken_one_by_one),
        SENTENCE(a_language_without_wording_is_english),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
