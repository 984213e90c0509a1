#include "call/request.h"

#include "support/cmocka.h"

using namespace ssp;

namespace {

const std::string account =
    R"("account":{"proxy":"sips:sbc.example:5061","from":"sip:+12055550100@example.com","user":"u","password":"p",)"
    R"("register":true,"ca_file":"/etc/ca.pem","srtp":"required"})";
const std::string number = R"("to":"+12055550123")";
const std::string digits = R"("digits":"01234")";

Result<CallRequest> read(const std::string& members)
{
    return read_request(SecretString("{" + members + "}"));
}

void refused(const std::string& members, ErrorKind kind = ErrorKind::configuration)
{
    const auto read_ = read(members);
    if (read_ || read_.error().kind != kind)
        throw ssp::testing::CheckFailed("not refused as it should be: " + members);
    CHECK(read_.error().detail.find("01234") == std::string::npos); // the code
    CHECK(read_.error().detail.find("2055550123") == std::string::npos);
}

void everything_that_a_request_says_is_read()
{
    const auto request = read(account + "," + number + "," + digits +
                              R"(,"language":"es","confirm_key":false,"ring_seconds":30,"total_seconds":90,)"
                              R"("recordings":"/srv/sounds","reference":"aabb")");
    CHECK(request.has_value());
    CHECK_TEXT(request->account.proxy, "sips:sbc.example:5061");
    CHECK_TEXT(request->account.from, "sip:+12055550100@example.com");
    CHECK_TEXT(request->account.user, "u");
    CHECK(request->account.password.equals("p") && request->account.registers);
    CHECK_TEXT(request->account.ca_file, "/etc/ca.pem");
    CHECK(request->account.srtp == Srtp::required);
    CHECK(request->to.equals("+12055550123") && request->digits.equals("01234"));
    CHECK_TEXT(request->language + " " + request->recordings, "es /srv/sounds");
    CHECK(!request->confirm_key && request->ring_seconds == 30 && request->total_seconds == 90);
}

void what_is_left_out_is_safe()
{
    const auto request = read(account + "," + number + "," + digits);
    CHECK(request.has_value());
    CHECK(request->confirm_key && request->ring_seconds == 25 && request->total_seconds == 60);
    CHECK_TEXT(request->language, "en");
}

void a_request_without_account_digits_or_number_is_refused()
{
    refused(account + "," + number);
    refused(number + "," + digits);
    refused(account + "," + digits, ErrorKind::not_permitted);
}

void what_is_no_telephone_number_is_not_dialled()
{
    for (const char* to : {"12055550123", "+1205555012345678", "+1205555012a", "+1205@evil.example", "+12",
                           "sip:+12055550123@x", "", "+1205555\\u000d\\u000a0123"})
        refused(account + "," + digits + R"(,"to":")" + to + "\"", ErrorKind::not_permitted);
}

void digits_are_digits()
{
    for (const char* code : {"123", "12345678901", "12a45", "", " 12345", "+1234"})
        refused(account + "," + number + R"(,"digits":")" + code + "\"");
    refused(account + "," + number + R"(,"digits":12345)");
}

void a_line_end_in_a_header_is_refused()
{
    for (const char* member : {"proxy", "from", "user", "ca_file"})
        refused(R"("account":{"proxy":"sip:a","from":"sip:a@b",")" + std::string(member) +
                R"(":"x\r\nVia: y"},)" + number + "," + digits);
    refused(R"("account":{"proxy":"sip:a","from":"sip:a@b","user":"x\", realm=\"y"},)" + number + "," +
            digits);
}

void numbers_out_of_bounds_are_refused()
{
    for (const char* member :
         {R"("ring_seconds":0)", R"("ring_seconds":121)", R"("ring_seconds":-1)", R"("total_seconds":1e9)",
          R"("total_seconds":99999999999999999999)", R"("ring_seconds":"25")", R"("confirm_key":1)"})
        refused(account + "," + number + "," + digits + "," + member);
}

void what_is_not_known_is_refused()
{
    const std::string good = account + "," + number + "," + digits;
    for (const char* member : {R"("digit":"1")", R"("account.user":"x","x":"y")", R"("language":"../../etc")",
                               R"("language":"e")", R"("language":"EN")", R"("recordings":"sounds")",
                               R"("to":["+12055550123"])", R"("digits":{"a":"b"})", R"("to":null)"})
        refused(good + "," + member);
}

void a_stranger_s_member_name_does_not_get_into_the_message()
{
    const auto read_ = read(account + "," + R"("\u001b[2J01234":"x")");
    CHECK(!read_ && read_.error().detail.find('\x1b') == std::string::npos);
}

void bytes_that_are_no_object_are_refused()
{
    for (const char* text : {"", "{", "[]", "12345", "\"01234\"", "null", "{\"to\":\"+12055550123\"", "{}{}",
                             "\x80", "{\"a\":\"\xff\"}"})
        CHECK(!read_request(SecretString(std::string_view(text))));
    CHECK(!read_request(SecretString("{\"to\":\"" + std::string(20000, '1') + "\"}")));
    CHECK(!read_request(SecretString(std::string(16000, '['))));
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(everything_that_a_request_says_is_read),
        SENTENCE(what_is_left_out_is_safe),
        SENTENCE(a_request_without_account_digits_or_number_is_refused),
        SENTENCE(what_is_no_telephone_number_is_not_dialled),
        SENTENCE(digits_are_digits),
        SENTENCE(a_line_end_in_a_header_is_refused),
        SENTENCE(numbers_out_of_bounds_are_refused),
        SENTENCE(what_is_not_known_is_refused),
        SENTENCE(a_stranger_s_member_name_does_not_get_into_the_message),
        SENTENCE(bytes_that_are_no_object_are_refused),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
