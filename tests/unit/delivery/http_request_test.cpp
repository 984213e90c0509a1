// What an HTTP provider sends: addresses, header fields and bodies, and that no message breaks out of its
// place.
#include "http_provider.h"

#include "messages.h"
#include "support/cmocka.h"

using namespace ssp;
using namespace ssp::testing;

namespace {

/// Everything that means something to some format.
constexpr std::string_view hostile = "a\"b&c<d>e'f\\g\nh{to}i%41=j;k\r\nX-Evil: 1\r\n\r\n/../?l#m";

void a_form_has_each_value_in_its_place()
{
    AnsweringGateway gateway;
    HttpFile file(gateway);
    const auto handover = file.send(text_head + "[set]\nsender = \"+15005550006\"\n" + request_head +
                                        "form = { To = \"{to}\", From = \"{sender}\", Body = \"{text}\", "
                                        "Validity = \"{ttl}\", Limit = 60, Log = false }\n",
                                    text_message("K7 123456 & more"));
    CHECK(handover.outcome == DeliveryOutcome::accepted && !handover.surely_not_sent);
    CHECK_TEXT(handover.said, "HTTP 200");
    CHECK_TEXT(gateway.target(), "POST /send");
    CHECK_TEXT(gateway.field("Content-Type"), "application/x-www-form-urlencoded");
    CHECK_TEXT(gateway.body(), "Body=K7%20123456%20%26%20more&From=%2B15005550006&Limit=60&Log=false&"
                               "To=%2B12055550123&Validity=300");
}

void json_keeps_the_tree_of_the_file()
{
    AnsweringGateway gateway;
    HttpFile file(gateway);
    file.send(
        text_head +
            "[request]\nurl = \"http://127.0.0.1:PORT/send\"\nallow_http = true\n"
            "[request.json]\nto = [ { type = \"phone\", number = \"{to|digits}\" } ]\n"
            "text = \"{text}\"\nttl = \"{ttl|int}\"\nms = \"{ttl|ms|int}\"\nmsisdn = \"{to|digits|int}\"\n"
            "limit = 60\nflash = false\nempty = {}\nnone = []\nquoted = \"say \\\"{tag}\\\"\"\n"
            "[request.json.deep.deeper]\nlist = [1, \"{reference}\", [true]]\n",
        text_message("K7 \"1\""));
    CHECK_TEXT(gateway.field("Content-Type"), "application/json");
    CHECK_TEXT(gateway.body(),
               R"({"deep":{"deeper":{"list":[1,"aabbccddeeff00aabbccddeeff00aabb",[true]]}},"empty":{},)"
               R"("flash":false,"limit":60,"ms":300000,"msisdn":12055550123,"none":[],"quoted":"say \"K7\"",)"
               R"("text":"K7 \"1\"","to":[{"number":"12055550123","type":"phone"}],"ttl":300})");
}

void a_raw_body_and_header_fields_are_as_they_are_written()
{
    AnsweringGateway gateway;
    HttpFile file(gateway);
    file.send(text_head + request_head +
                  "raw = \"{text}\"\nheaders = { X-To = \"{to}\", X-Validity = \"{ttl|minutes}\", X-Empty = "
                  "\"\" }\n"
                  "query = { b = \"{tag}\", a = \"1 2\" }\n",
              text_message("K7 123456"));
    CHECK_TEXT(gateway.target(), "POST /send?a=1%202&b=K7");
    CHECK_TEXT(gateway.field("X-To"), "+12055550123");
    CHECK_TEXT(gateway.field("X-Validity"), "5");
    CHECK_TEXT(gateway.field("X-Empty"), "");
    CHECK_TEXT(gateway.field("Content-Type"), "text/plain; charset=UTF-8");
    CHECK_TEXT(gateway.body(), "K7 123456");
}

void a_get_puts_everything_into_the_address()
{
    AnsweringGateway gateway;
    HttpFile file(gateway);
    file.send(text_head +
                  "[request]\nmethod = \"GET\"\nallow_http = true\n"
                  "url = \"http://127.0.0.1:PORT/to/{to}/x?fixed=1\"\nquery = { text = \"{text}\" }\n",
              text_message("K7 1&2"));
    CHECK_TEXT(gateway.target(), "GET /to/%2B12055550123/x?fixed=1&text=K7%201%262");
    CHECK_TEXT(gateway.body(), "");
}

void a_call_has_its_digits_words_and_times()
{
    AnsweringGateway gateway;
    HttpFile file(gateway);
    auto call = voice_call();
    file.send(
        call_head + request_head +
            "[request.json]\ncode = \"{code}\"\nspoken = \"{digits_spoken}\"\nspeech = \"{speech}\"\n"
            "ring = \"{ring_timeout|int}\"\nlanguage = \"{language}\"\nxml = \"<Say>{speech|xml}</Say>\"\n",
        call);
    const std::string speech =
        "Hello. Your SSP sign-in code is 5, 4, 3, 2, 1. Again, your code is 5, 4, 3, 2, 1. Goodbye.";
    CHECK_TEXT(gateway.body(), R"({"code":"54321","language":"en","ring":25,"speech":")" + speech +
                                   R"(","spoken":"5, 4, 3, 2, 1","xml":"<Say>)" + speech + R"(</Say>"})");
    file.whole.wordings["es"].speech = "Hola de {organisation}: {digits}.";
    file.whole.organisation = "R&D";
    call.language = "es";
    file.send(call_head + request_head + "raw = \"{speech|xml}\"\n", call);
    CHECK_TEXT(gateway.body(1), "Hola de R&amp;D: 5, 4, 3, 2, 1.");
}

void every_filter_does_what_it_says()
{
    AnsweringGateway gateway;
    HttpFile file(gateway);
    file.clock.set_wall(WallTime(Seconds(1'700'000'000)));
    file.send(
        text_head + "[set]\nn = 61\nname = \"a b\"\n" + request_head +
            "raw = \"{to|digits} {text|xml} {text|url} {ttl|ms} {n|minutes} {ttl|iso} {n|ms|int} {name|url} "
            "{{to} }\"\n",
        text_message("<&> \"'"));
    CHECK_TEXT(gateway.body(), "12055550123 &lt;&amp;&gt; &quot;&apos; %3C%26%3E%20%22%27 300000 2 "
                               "2023-11-14T22:18:20Z 61000 a%20b {to} }");
}

void a_hostile_text_stays_inside_of_its_value()
{
    AnsweringGateway gateway;
    HttpFile file(gateway);
    const auto message = text_message(hostile);
    file.send(text_head + request_head + "form = { a = \"{text}\", b = \"2\" }\n", message);
    CHECK_TEXT(gateway.body(0), "a=a%22b%26c%3Cd%3Ee%27f%5Cg%0Ah%7Bto%7Di%2541%3Dj%3Bk%0D%0AX-Evil%3A%201%0D%"
                                "0A%0D%0A%2F..%2F%3Fl%23m&b=2");
    file.send(text_head + request_head + "[request.json]\na = \"{text}\"\nb = 2\n", message);
    CHECK_TEXT(gateway.body(1), R"({"a":"a\"b&c<d>e'f\\g\u000Ah{to}i%41=j;k\u000D\u000AX-Evil: 1\u000D\u000A)"
                                R"(\u000D\u000A/../?l#m","b":2})");
    file.send(text_head +
                  "[request]\nallow_http = true\nurl = \"http://127.0.0.1:PORT/a/{text}/b?c={text}&d=1\"\n",
              message);
    const std::string encoded =
        "a%22b%26c%3Cd%3Ee%27f%5Cg%0Ah%7Bto%7Di%2541%3Dj%3Bk%0D%0AX-Evil%3A%201%0D%0A%0D%0A%2F..%2F%3Fl%23m";
    CHECK_TEXT(gateway.target(2), "POST /a/" + encoded + "/b?c=" + encoded + "&d=1");
    CHECK_TEXT(gateway.field("X-Evil", 2), "-");
    file.send(text_head + request_head + "raw = \"<t>{text|xml}</t>\"\n", message);
    CHECK(gateway.body(3).find("a&quot;b&amp;c&lt;d&gt;e&apos;f\\g\n") != std::string::npos);
}

void no_message_begins_a_header_field()
{
    AnsweringGateway gateway;
    HttpFile file(gateway);
    for (const char* text : {"a\r\nX-Evil: 1", "a\nX-Evil: 1", "a\rb", "a\x7f"}) {
        const auto handover =
            file.send(text_head + request_head + "headers = { X-Text = \"{text}\" }\n", text_message(text));
        CHECK(handover.outcome == DeliveryOutcome::configuration && handover.surely_not_sent);
        CHECK_TEXT(handover.said, "header X-Text would have a line end");
    }
    CHECK(gateway.requests() == 0);
}

void a_secret_goes_only_where_the_file_puts_it()
{
    AnsweringGateway gateway;
    HttpFile file(gateway);
    file.directory.write("sid", "AC/1?x\n");
    const auto handover =
        file.send(text_head + "[secrets]\nsid = \"DIR/sid\"\n[request]\nallow_http = true\n"
                              "url = \"http://127.0.0.1:PORT/Accounts/{secret.sid}/Messages\"\n"
                              "headers = { X-Key = \"{secret.sid}\" }\n",
                  text_message());
    CHECK_TEXT(gateway.target(), "POST /Accounts/AC%2F1%3Fx/Messages");
    CHECK_TEXT(gateway.field("X-Key"), "AC/1?x");
    CHECK(handover.said.find("AC/") == std::string::npos);
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(a_form_has_each_value_in_its_place),
        SENTENCE(json_keeps_the_tree_of_the_file),
        SENTENCE(a_raw_body_and_header_fields_are_as_they_are_written),
        SENTENCE(a_get_puts_everything_into_the_address),
        SENTENCE(a_call_has_its_digits_words_and_times),
        SENTENCE(every_filter_does_what_it_says),
        SENTENCE(a_hostile_text_stays_inside_of_its_value),
        SENTENCE(no_message_begins_a_header_field),
        SENTENCE(a_secret_goes_only_where_the_file_puts_it),
    };
    return cmocka_run_group_tests_name("delivery http request", tests, nullptr, nullptr);
}
