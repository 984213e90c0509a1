#include "delivery/phone_number.h"

#include <fmt/format.h>
#include <string>

#include "support/cmocka.h"

using namespace ssp;

namespace {

PhoneRules rules_of(std::vector<std::string> regions)
{
    PhoneRules rules;
    rules.regions = std::move(regions);
    return rules;
}

/// The number when usable, else the reason.
std::string verdict(const NumberJudge& judge, std::string_view typed, Channel channel,
                    const std::string& region)
{
    const auto judgement = judge.judge(typed, channel, region);
    CHECK(judgement.usable == judgement.reason.empty());
    CHECK(judgement.usable != judgement.e164.empty());
    return judgement.usable ? std::string(judgement.e164.reveal()) : judgement.reason;
}

std::string in_the_us(std::string_view typed, Channel channel = Channel::text_message)
{
    static const NumberJudge judge{rules_of({"US"})};
    return verdict(judge, typed, channel, "US");
}

std::string in_germany(std::string_view typed, Channel channel = Channel::text_message)
{
    static const NumberJudge judge{rules_of({"DE"})};
    return verdict(judge, typed, channel, "DE");
}

constexpr const char* digits_only = "Use digits only, with + and the country code for another country.";
constexpr const char* other_country = "Numbers of this country cannot be used here.";
constexpr const char* this_kind = "Numbers of this kind cannot be used here.";
constexpr const char* not_mobile = "This is not the number of a mobile phone.";
constexpr const char* no_such = "There is no such telephone number. Check it, and the area code.";

void a_number_is_read_as_people_write_it()
{
    for (const char* typed : {"205 555 0123", "(205) 555-0123", "205.555.0123", "205/555/0123", "2055550123",
                              "1 205 555 0123", "+1 205 555 0123", "+12055550123", "  +1 (205) 555-0123 "})
        CHECK_TEXT(in_the_us(typed), "+12055550123");
    for (const char* typed : {"0151 23456789", "+49 151 23456789", "(0151) 234 56 789"})
        CHECK_TEXT(in_germany(typed), "+4915123456789");
}

void a_line_in_a_house_gets_calls_but_no_text()
{
    CHECK_TEXT(in_germany("030 901820", Channel::voice_call), "+4930901820");
    CHECK_TEXT(in_germany("030 901820"), not_mobile);
}

void letters_extensions_and_digits_of_other_scripts_are_refused()
{
    for (const char* typed :
         {"205x5550123", "205-555-0123;ext=9", "205 555 0123 x9", "205 555 0123#9", "tel:+1-205-555-0123",
          "2055550123;isub=1", "1-800-FLOWERS", "205 555 O123", "205 555 0123 or 4", "*67 205 555 0123",
          "205,555,0123", "alice", "0x7B",
          "\xd9\xa2\xd9\xa0\xd9\xa5\xd9\xa5\xd9\xa5\xd9\xa5\xd9\xa0\xd9\xa1\xd9\xa2\xd9\xa3",
          "\xef\xbc\x92\xef\xbc\x90\xef\xbc\x95 555 0123", "\xe2\x80\xaa+1 205 555 0123"})
        CHECK_TEXT(in_the_us(typed), digits_only);
}

void bytes_that_are_no_number_are_refused()
{
    for (const char* typed : {"", " ", "+", "()", "---", "+ +", "1+2055550123", "++12055550123", "\x1b[2J",
                              "\xff\xfe", "+1 205 555 0123\n+1900", "205\t5550123", "%s%n", "'; DROP TABLE"})
        CHECK_TEXT(in_the_us(typed), digits_only);
    CHECK_TEXT(in_the_us(std::string_view("2055550123\0", 11)), digits_only);
    CHECK_TEXT(in_the_us(std::string_view("\0", 1)), digits_only);
}

void forty_characters_are_the_most()
{
    CHECK_TEXT(in_the_us("2055550123" + std::string(30, ' ')), "+12055550123");
    for (const std::size_t length : {std::size_t{41}, std::size_t{64}})
        CHECK_TEXT(in_the_us(std::string(length, '5')), "A telephone number has at most 40 characters.");
    CHECK_TEXT(in_the_us(std::string(40, '5')), "This is not a telephone number.");
}

void short_long_and_empty_places_in_the_plan_are_refused()
{
    for (const char* typed : {"911", "112", "123", "0"})
        CHECK(!in_the_us(typed).starts_with("+"));
    CHECK_TEXT(in_the_us("911"), "This number is too short.");
    CHECK_TEXT(in_the_us("555 0123"), "The area code is missing.");
    CHECK_TEXT(in_the_us("205 555 01234"), "This number is too long.");
    CHECK_TEXT(in_the_us("105 555 0123"), no_such);
    CHECK_TEXT(in_the_us("205 155 0123"), no_such);
    CHECK(!in_the_us("+999 123 4567").starts_with("+"));
}

void a_number_of_more_than_15_digits_is_refused()
{
    CHECK_TEXT(in_germany("+49 97693 4577 493 42", Channel::voice_call), "This number is too long.");
    CHECK_TEXT(in_germany("+49 97693 4577 493 4", Channel::voice_call), "+499769345774934");
}

void a_number_of_a_country_that_is_not_listed_is_refused()
{
    // +1 is no country: the islands of the North American plan cost like abroad.
    for (const char* typed : {"+49 151 23456789", "+1 876 920 1234", "+1 242 357 1234", "+252 61 2345678",
                              "+53 5 1234567", "+1 416 555 0123"})
        CHECK_TEXT(in_the_us(typed), other_country);
    const NumberJudge both{rules_of({"US", "CA"})};
    CHECK_TEXT(verdict(both, "+1 416 555 0123", Channel::text_message, "US"), "+14165550123");
}

void satellites_and_numbers_of_no_country_are_refused()
{
    for (const char* typed : {"+881 612345678", "+882 16 12345678", "+883 510012345", "+979 123456789"})
        CHECK_TEXT(in_the_us(typed), other_country);
}

void paid_and_shared_lines_are_refused_for_every_channel()
{
    PhoneRules everything = rules_of({"US", "DE", "GB"});
    everything.text_types = {"mobile", "fixed-line", "fixed-line-or-mobile", "voip", "premium-rate"};
    everything.voice_types = everything.text_types;
    const NumberJudge judge{everything};
    for (const auto channel : {Channel::text_message, Channel::voice_call}) {
        for (const char* typed : {"900 234 5678", "+1 900 234 5678", "(205) 976-1234", "+1 212 976 1234",
                                  "800 234 5678", "+49 900 1 123456", "+44 909 879 0000", "+44 70 1234 5678"})
            CHECK_TEXT(verdict(judge, typed, channel, "US"), this_kind);
        CHECK_TEXT(verdict(judge, "0900 1 123456", channel, "DE"), this_kind);
    }
}

void a_type_must_be_listed_for_the_channel()
{
    auto rules = rules_of({"GB"});
    const NumberJudge strict{rules};
    CHECK_TEXT(verdict(strict, "056 0000 1234", Channel::voice_call, "GB"),
               "Numbers of this kind cannot be called from here.");
    rules.voice_types.emplace_back("voip");
    const NumberJudge wide{rules};
    CHECK_TEXT(verdict(wide, "056 0000 1234", Channel::voice_call, "GB"), "+445600001234");
    CHECK_TEXT(verdict(wide, "056 0000 1234", Channel::text_message, "GB"), not_mobile);
}

void a_denied_prefix_is_refused()
{
    auto rules = rules_of({"US"});
    rules.deny_prefixes = {"+1205", "+1212555"};
    const NumberJudge judge{rules};
    CHECK_TEXT(verdict(judge, "205 555 0123", Channel::text_message, "US"),
               "This number cannot be used here.");
    CHECK_TEXT(verdict(judge, "212 555 0123", Channel::text_message, "US"),
               "This number cannot be used here.");
    CHECK_TEXT(verdict(judge, "212 556 0123", Channel::text_message, "US"), "+12125560123");
}

void what_was_typed_is_always_the_end_of_the_number()
{
    const NumberJudge judge{rules_of({"US", "GB", "IT", "RU"})};
    CHECK_TEXT(verdict(judge, "01144 7400 123456", Channel::text_message, "US"),
               "Begin with + and the country code.");
    CHECK_TEXT(verdict(judge, "8 912 345 67 89", Channel::text_message, "RU"),
               "Begin with + and the country code.");
    CHECK_TEXT(verdict(judge, "07400 123456", Channel::text_message, "GB"), "+447400123456");
    CHECK_TEXT(verdict(judge, "06 1234 5678", Channel::voice_call, "IT"), "+390612345678");
}

void a_number_without_plus_needs_a_region_that_exists()
{
    const NumberJudge judge{rules_of({"US"})};
    CHECK(!judge.judge("205 555 0123", Channel::text_message, "ZZ").usable);
    CHECK(!judge.judge("205 555 0123", Channel::text_message, "").usable);
    CHECK(judge.judge("+1 205 555 0123", Channel::text_message, "ZZ").usable);
}

void a_number_is_permitted_again_only_as_it_was_frozen()
{
    const NumberJudge judge{rules_of({"US"})};
    CHECK(judge.permits("+12055550123", Channel::text_message));
    for (const char* odd :
         {"2055550123", "+1 205 555 0123", "+12055550123 ", "+19002345678", "+4915123456789", ""})
        CHECK(!judge.permits(odd, Channel::text_message));
}

void a_mask_shows_two_digits()
{
    CHECK_TEXT(masked("+12055550123"), "ending 23");
    CHECK_TEXT(masked(""), "ending ");
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(a_number_is_read_as_people_write_it),
        SENTENCE(a_line_in_a_house_gets_calls_but_no_text),
        SENTENCE(letters_extensions_and_digits_of_other_scripts_are_refused),
        SENTENCE(bytes_that_are_no_number_are_refused),
        SENTENCE(forty_characters_are_the_most),
        SENTENCE(short_long_and_empty_places_in_the_plan_are_refused),
        SENTENCE(a_number_of_more_than_15_digits_is_refused),
        SENTENCE(a_number_of_a_country_that_is_not_listed_is_refused),
        SENTENCE(satellites_and_numbers_of_no_country_are_refused),
        SENTENCE(paid_and_shared_lines_are_refused_for_every_channel),
        SENTENCE(a_type_must_be_listed_for_the_channel),
        SENTENCE(a_denied_prefix_is_refused),
        SENTENCE(what_was_typed_is_always_the_end_of_the_number),
        SENTENCE(a_number_without_plus_needs_a_region_that_exists),
        SENTENCE(a_number_is_permitted_again_only_as_it_was_frozen),
        SENTENCE(a_mask_shows_two_digits),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
