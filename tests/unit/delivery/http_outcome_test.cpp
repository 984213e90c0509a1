// What an answer of a gateway means, whoever wrote it.
#include "delivery/http/outcome.h"

#include "http_provider.h"

#include "messages.h"
#include "support/cmocka.h"

using namespace ssp;
using namespace ssp::testing;
using Outcome = DeliveryOutcome;
using Kind = HttpExtraction::Kind;

namespace {

HttpExtraction json(std::string pointer)
{
    return {Kind::json, std::move(pointer), "a.toml:1:2: rule.match"};
}
HttpExtraction regex(std::string text) { return {Kind::regex, std::move(text), "a.toml:1:2: rule.match"}; }

std::string found(const HttpExtraction& what, std::string_view body)
{
    const auto finder = HttpFinder::compile(what);
    CHECK(finder.has_value());
    HttpContent content(body);
    return finder->find(content).value_or("(nothing)");
}

HttpRule rule(std::vector<std::pair<int, int>> statuses, HttpExtraction match, std::vector<std::string> in,
              Outcome outcome)
{
    return {std::move(statuses), std::move(match), std::move(in), outcome};
}

void without_rules_the_status_decides()
{
    const auto outcomes = HttpOutcomes::compile({});
    CHECK(outcomes.has_value());
    const std::pair<int, Outcome> table[] = {
        {200, Outcome::accepted},      {201, Outcome::accepted},      {202, Outcome::accepted},
        {299, Outcome::accepted},      {301, Outcome::configuration}, {307, Outcome::configuration},
        {400, Outcome::configuration}, {401, Outcome::credentials},   {403, Outcome::credentials},
        {404, Outcome::configuration}, {429, Outcome::retry},         {500, Outcome::unknown},
        {502, Outcome::unknown},       {503, Outcome::retry},         {504, Outcome::unknown},
        {600, Outcome::unknown},       {0, Outcome::unknown},
    };
    for (const auto& [status, outcome] : table) {
        const auto judgement = outcomes->judge(status, "whatever");
        CHECK(judgement.outcome == outcome);
        CHECK_TEXT(judgement.said, "HTTP " + std::to_string(status));
    }
    for (int status = 0; status < 1000; ++status)
        CHECK((outcome_of_status(status) == Outcome::accepted) == (status >= 200 && status < 300));
}

void the_first_rule_that_fits_decides()
{
    HttpProviderConfig config;
    config.id = json("/sid");
    config.rules.push_back(rule({{400, 400}}, json("/code"), {"21211", "7"}, Outcome::bad_number));
    config.rules.push_back(rule({}, json("/code"), {"20003"}, Outcome::credentials));
    config.rules.push_back(rule({{500, 599}}, {}, {}, Outcome::retry));
    config.rules.push_back(rule({}, json("/error"), {}, Outcome::configuration));
    const auto outcomes = HttpOutcomes::compile(config);
    CHECK(outcomes.has_value());
    const auto says = [&](int status, std::string_view body, Outcome outcome) {
        const auto judgement = outcomes->judge(status, body);
        CHECK(judgement.outcome == outcome);
        return judgement.said;
    };
    CHECK_TEXT(says(400, R"({"code":21211})", Outcome::bad_number), "HTTP 400, code 21211");
    CHECK_TEXT(says(400, R"({"code":"7"})", Outcome::bad_number), "HTTP 400, code 7");
    CHECK_TEXT(says(401, R"({"code":21211})", Outcome::credentials), "HTTP 401");
    CHECK_TEXT(says(400, R"({"code":20003})", Outcome::credentials), "HTTP 400, code 20003");
    CHECK_TEXT(says(502, "<html>", Outcome::retry), "HTTP 502");
    CHECK_TEXT(says(200, R"({"error":"+12055550123 is no"})", Outcome::configuration), "HTTP 200");
    CHECK_TEXT(says(200, R"({"error":null})", Outcome::accepted), "HTTP 200");
    CHECK_TEXT(says(201, R"({"sid":"SM1"})", Outcome::accepted), "HTTP 201");
    CHECK_TEXT(outcomes->judge(201, R"({"sid":"SM1"})").id, "SM1");
    CHECK_TEXT(outcomes->judge(201, "{\"sid\":\"S\\nM\"}").id, "");
    CHECK_TEXT(outcomes->judge(201, "{\"sid\":\"" + std::string(129, 'x') + "\"}").id, "");
    CHECK_TEXT(outcomes->judge(400, R"({"sid":"SM1"})").id, "");
}

void a_json_pointer_finds_texts_numbers_and_flags()
{
    constexpr std::string_view body =
        R"({"a":{"b":[{"c":"x"},{"c":42}]},"d":true,"e":null,"f/g":"slash","":"empty","h":[],"n":-1.5})";
    CHECK_TEXT(found(json("/a/b/0/c"), body), "x");
    CHECK_TEXT(found(json("/a/b/1/c"), body), "42");
    CHECK_TEXT(found(json("/d"), body), "true");
    CHECK_TEXT(found(json("/f~1g"), body), "slash");
    CHECK_TEXT(found(json("/"), body), "empty");
    CHECK_TEXT(found(json("/h"), body), "");
    CHECK_TEXT(found(json("/n"), body), "-1.5");
    for (const char* missing : {"/e", "/x", "/a/b/2/c", "/a/b/-/c", "/a/b/01/c",
                                "/a/b/99999999999999999999/c", "/a/b/c", "/d/x", "/h/0"})
        CHECK_TEXT(found(json(missing), body), "(nothing)");
    for (const char* no_json : {"", "{", "{\"d\":", "\xff\xfe", "<html>", "nul"})
        CHECK_TEXT(found(json("/d"), no_json), "(nothing)");
}

void a_regular_expression_finds_its_group()
{
    CHECK_TEXT(found(regex("<Code>([^<]+)</Code>"), "<E><Code>Throttled</Code>"), "Throttled");
    CHECK_TEXT(found(regex("^0: (.*)"), "0: Accepted for delivery\n"), "Accepted for delivery");
    CHECK_TEXT(found(regex("Throttl|Internal"), "xThrottlingException"), "Throttl");
    CHECK_TEXT(found(regex("a(b)?"), "a"), "");
    CHECK_TEXT(found(regex(R"(\xff.)"), "\xfe\xff\x80"), "\xff\x80"); // bytes, not letters
    CHECK_TEXT(found(regex("x$"), "no"), "(nothing)");
    const auto says = [](std::string text) {
        return HttpFinder::compile(regex(std::move(text))).error().detail;
    };
    CHECK_TEXT(says("a("), "a.toml:1:2: rule.match: is no regular expression: missing ): a(");
    CHECK_TEXT(says("(a)(b)"), "a.toml:1:2: rule.match: has 2 groups; allowed: one, the others as (?:...)");
    CHECK(says("(?=a)b").starts_with("a.toml:1:2: rule.match: is no regular expression"));
}

void a_hostile_answer_takes_no_stack_and_little_time()
{
    // Each of these is what makes some library recurse or backtrack without end.
    const std::string deep(Transfers::longest_answer, '[');
    CHECK_TEXT(found(json("/a"), deep), "(nothing)");
    const auto nested = std::string(30000, '[') + std::string(30000, ']');
    CHECK_TEXT(found(json("/0/0/0"), nested), "");
    const std::string long_line(Transfers::longest_answer, 'a');
    CHECK_TEXT(found(regex("(?:a+)+b"), long_line), "(nothing)");
    CHECK_TEXT(found(regex("^(?:(?:a|aa)+)+$|x"), long_line + "!"), "(nothing)");
    CHECK(found(regex("(a|b)*c|(?:a*)"), long_line).empty());
    CHECK_TEXT(found(json("/a"), "{\"a\":1" + std::string(60000, '0') + "}"), "(nothing)");
}

void a_state_of_the_transfer_gives_its_own_outcome()
{
    AnsweringGateway gateway;
    HttpFile file(gateway);
    const auto to = [&](std::string_view url) {
        return file.send(text_head + "deadline = \"1s\"\n[request]\nallow_http = true\nurl = \"" +
                             std::string(url) + "\"\nraw = \"{text}\"\n",
                         text_message());
    };
    int closed = 0;
    {
        const Gateway gone([](GatewayPeer&) {});
        closed = gone.port();
    }
    const auto dead = to("http://127.0.0.1:" + std::to_string(closed));
    CHECK(dead.outcome == Outcome::retry && dead.surely_not_sent);
    CHECK_TEXT(dead.said, "Couldn't connect to server");
    Gateway silent([](GatewayPeer& peer) {
        peer.receive();
        peer.hold();
    });
    const auto unclear = to(silent.url());
    CHECK(unclear.outcome == Outcome::unknown && !unclear.surely_not_sent);
    CHECK_TEXT(unclear.said, "sent, no answer: Timeout was reached");
    Gateway huge([](GatewayPeer& peer) {
        peer.receive();
        peer.answer("200 OK", std::string(Transfers::longest_answer + 1, 'x'));
    });
    const auto too_long = to(huge.url());
    CHECK(too_long.outcome == Outcome::unknown && !too_long.surely_not_sent);
    Gateway plain([](GatewayPeer& peer) { peer.answer("200 OK", ""); });
    const auto no_tls = to("https://127.0.0.1:" + std::to_string(plain.port()));
    CHECK(no_tls.outcome == Outcome::retry && no_tls.surely_not_sent);
}

void the_deadline_of_the_message_counts_too()
{
    Gateway silent([](GatewayPeer& peer) {
        peer.receive();
        peer.hold();
    });
    AnsweringGateway unused;
    HttpFile file(unused);
    auto message = text_message();
    message.deadline = Seconds(1);
    const auto handover = file.send(text_head + "deadline = \"60s\"\n[request]\nallow_http = true\nurl = \"" +
                                        silent.url() + "\"\nraw = \"{text}\"\n",
                                    message);
    CHECK(handover.outcome == Outcome::unknown);
}

void an_expression_that_is_none_does_not_load()
{
    AnsweringGateway gateway;
    HttpFile file(gateway);
    std::string why;
    try {
        file.open(text_head + request_head + "[[rule]]\nmatch = \"regex:a(\"\noutcome = \"retry\"\n");
    } catch (const std::runtime_error& error) {
        why = error.what();
    }
    CHECK_TEXT(why, "gateway.toml:7:9: rule.match: is no regular expression: missing ): a(");
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(without_rules_the_status_decides),
        SENTENCE(the_first_rule_that_fits_decides),
        SENTENCE(a_json_pointer_finds_texts_numbers_and_flags),
        SENTENCE(a_regular_expression_finds_its_group),
        SENTENCE(a_hostile_answer_takes_no_stack_and_little_time),
        SENTENCE(a_state_of_the_transfer_gives_its_own_outcome),
        SENTENCE(the_deadline_of_the_message_counts_too),
        SENTENCE(an_expression_that_is_none_does_not_load),
    };
    return cmocka_run_group_tests_name("delivery http outcome", tests, nullptr, nullptr);
}
