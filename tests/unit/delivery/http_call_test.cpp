// A call whose gateway tells how it goes on.
#include "http_provider.h"

#include "messages.h"
#include "support/cmocka.h"

using namespace ssp;
using namespace ssp::testing;

namespace {

const std::string file_of_calls =
    call_head + request_head +
    "auth = \"basic\"\nusername = \"u\"\npassword = \"p\"\nraw = \"{code}\"\n"
    "[answer]\nid = \"json:/sid\"\n"
    "[status]\nurl = \"http://127.0.0.1:PORT/Calls/{id}.json?r={reference}\"\nstate = \"json:/status\"\n"
    "calling = [\"queued\", \"initiated\"]\nringing = [\"ringing\"]\nspeaking = [\"in-progress\"]\n"
    "played = [\"completed\"]\nbusy = [\"busy\"]\nno-answer = [\"no-answer\"]\nfailed = [\"failed\", "
    "\"canceled\"]\n";

std::vector<CallState> states_of(HttpFile& file, OngoingCall& call)
{
    std::vector<CallState> states;
    while (states.empty() || !is_end(states.back())) {
        const auto next = run(file.loop, call.next());
        CHECK(next.has_value());
        states.push_back(*next);
    }
    return states;
}

void a_call_is_followed_to_its_end()
{
    AnsweringGateway gateway;
    gateway.answers = {R"(201 Created|{"sid":"CA/1"})",
                       R"(200 OK|{"status":"ringing"})",
                       "500 Oops|",
                       R"(200 OK|{"status":"something new"})",
                       R"(200 OK|{"status":"ringing"})",
                       R"(200 OK|{"status":"busy"})"};
    HttpFile file(gateway);
    const auto handover = file.send(file_of_calls, voice_call());
    CHECK(handover.outcome == DeliveryOutcome::accepted && handover.call != nullptr);
    const auto states = states_of(file, *handover.call);
    CHECK((states == std::vector{CallState::ringing, CallState::busy}));
    CHECK(gateway.requests() == 6);
    CHECK_TEXT(gateway.target(1), "GET /Calls/CA%2F1.json?r=aabbccddeeff00aabbccddeeff00aabb");
    CHECK_TEXT(gateway.field("Authorization", 1), "Basic dTpw");
    CHECK(gateway.request(1).find("54321") == std::string::npos);
}

void a_call_that_the_gateway_forgot_is_over()
{
    AnsweringGateway gateway;
    gateway.answers = {R"(201 Created|{"sid":"1"})", "404 Not yet|", R"(200 OK|{"status":"in-progress"})",
                       "404 Gone|"};
    HttpFile file(gateway);
    const auto handover = file.send(file_of_calls, voice_call());
    const auto states = states_of(file, *handover.call);
    CHECK((states == std::vector{CallState::speaking, CallState::played}));
}

void a_call_that_was_not_accepted_is_not_followed()
{
    AnsweringGateway gateway;
    gateway.answers = {"400 No|{}"};
    HttpFile file(gateway);
    CHECK(file.send(file_of_calls, voice_call()).call == nullptr);
}

void nobody_asks_about_a_call_that_was_let_go()
{
    AnsweringGateway gateway;
    gateway.answers = {R"(201 Created|{"sid":"1"})"};
    HttpFile file(gateway);
    auto handover = file.send(file_of_calls, voice_call());
    {
        RootTask<CallState> next(handover.call->next());
        next.start([] {});
        file.loop.run_once(std::chrono::milliseconds(1));
    }
    handover.call.reset();
    CHECK(gateway.requests() == 1);
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(a_call_is_followed_to_its_end),
        SENTENCE(a_call_that_the_gateway_forgot_is_over),
        SENTENCE(a_call_that_was_not_accepted_is_not_followed),
        SENTENCE(nobody_asks_about_a_call_that_was_let_go),
    };
    return cmocka_run_group_tests_name("delivery http call", tests, nullptr, nullptr);
}
