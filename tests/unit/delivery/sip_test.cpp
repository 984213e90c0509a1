// The provider, with a script in the place of ssp-mfa-call; real calls are in tests/calls and tests/system.
#include "delivery/providers/sip.h"

#include <memory>
#include <nlohmann/json.hpp>
#include <vector>

#include "messages.h"
#include "opened.h"
#include "script.h"
#include "support/cmocka.h"
#include "support/manual_clock.h"

using namespace ssp;
using namespace ssp::testing;

namespace {

constexpr const char* hangs_up_when_asked = "trap 'echo hung-up; echo asked > $folder/asked; exit 1' TERM\n";

/// A provider whose call program is a script.
struct Trunk {
    explicit Trunk(std::string_view text, int max_calls = 4) : script(text)
    {
        config.program = script.path;
        config.proxy = "sips:sbc.example.org";
        config.from = "sip:+12055550100@example.org";
        config.user = "trunk";
        config.password = SecretString(std::string_view("hunter\"2"));
        config.srtp = MediaSecurity::required;
        config.max_calls = max_calls;
        provider = std::make_unique<SipProvider>("trunk", config, programs);
    }
    Handover send(Seconds deadline = Seconds(20))
    {
        auto message = voice_call();
        message.deadline = deadline;
        auto handover = run(loop, provider->send(message));
        CHECK(handover.has_value());
        CHECK(handover->said.size() <= 200);
        return std::move(*handover);
    }
    CallState next(const Handover& handover)
    {
        const auto state = run(loop, handover.call->next());
        CHECK(state.has_value());
        return *state;
    }
    /// How the call stands and goes on, to its end.
    std::vector<CallState> course(const Handover& handover)
    {
        std::vector<CallState> states{handover.call->state()};
        while (!is_end(states.back()))
            states.push_back(next(handover));
        return states;
    }

    Script script;
    Loop loop;
    Programs programs{loop};
    SipProviderConfig config;
    std::unique_ptr<SipProvider> provider;
};

using States = std::vector<CallState>;

void the_call_program_gets_account_number_and_digits_as_one_line()
{
    Trunk trunk("cat > $folder/input\necho ringing\necho played");
    auto message = voice_call();
    message.language = "fr";
    const auto handover = run(trunk.loop, trunk.provider->send(message));
    CHECK(handover && handover->outcome == DeliveryOutcome::accepted);
    const auto input = trunk.script.wrote("input");
    CHECK(input.ends_with("\n") && input.find('\n') == input.size() - 1);
    const auto expected = nlohmann::json::parse(R"({
        "account": {"proxy": "sips:sbc.example.org", "from": "sip:+12055550100@example.org", "user": "trunk",
                    "password": "hunter\"2", "register": false, "ca_file": "", "srtp": "required"},
        "to": "+12055550123", "digits": "54321", "language": "fr", "confirm_key": true, "ring_seconds": 25,
        "total_seconds": 70, "recordings": "/usr/share/asterisk/sounds",
        "reference": "aabbccddeeff00aabbccddeeff00aabb"})");
    CHECK_TEXT(nlohmann::json::parse(input).dump(), expected.dump());
}

void no_secret_is_among_its_words_or_in_its_environment()
{
    Trunk trunk(
        "tr '\\0' ' ' < /proc/$$/cmdline > $folder/words\ntr '\\0' ' ' < /proc/$$/environ >> $folder/words\n"
        "echo >> $folder/words\necho ringing\necho played");
    CHECK(trunk.send().outcome == DeliveryOutcome::accepted);
    CHECK_TEXT(trunk.script.wrote("words"),
               "/bin/sh " + trunk.script.path + " PATH=/usr/local/bin:/usr/bin:/bin \n");
}

void a_call_is_accepted_when_the_phone_rings_and_told_to_its_end()
{
    Trunk trunk("echo calling\necho ringing\nuntil [ -e $folder/go ]; do sleep 0.01; done\n"
                "echo answered\necho speaking\necho played\nexit 0");
    const auto handover = trunk.send();
    CHECK(handover.outcome == DeliveryOutcome::accepted && handover.call != nullptr);
    CHECK_TEXT(handover.said, "ringing");
    CHECK(handover.call->state() == CallState::ringing);
    trunk.script.directory.write("go", "");
    CHECK(trunk.course(handover) ==
          (States{CallState::ringing, CallState::answered, CallState::speaking, CallState::played}));
}

void a_call_that_is_answered_at_once_is_accepted_too()
{
    Trunk trunk("echo calling\necho answered\necho no-key\nexit 4");
    const auto handover = trunk.send();
    CHECK(handover.outcome == DeliveryOutcome::accepted);
    CHECK(trunk.course(handover) == (States{CallState::answered, CallState::no_key}));
}

void a_state_that_is_said_twice_is_told_once()
{
    Trunk trunk("echo ringing\necho ringing 183\necho ringing\necho hung-up\nexit 1");
    CHECK(trunk.course(trunk.send()) == (States{CallState::ringing, CallState::hung_up}));
}

void every_last_word_after_the_ring_is_told()
{
    const std::pair<const char*, CallState> table[] = {
        {"played", CallState::played},       {"no-key", CallState::no_key},
        {"hung-up", CallState::hung_up},     {"busy 486 Busy Here", CallState::busy},
        {"no-answer", CallState::no_answer}, {"refused 603 Decline", CallState::refused},
        {"failed", CallState::failed},
    };
    for (const auto& [word, state] : table) {
        Trunk trunk(fmt::format("echo ringing\necho '{}'\nexit 3", word));
        CHECK(trunk.course(trunk.send()) == (States{CallState::ringing, state}));
    }
}

void a_callee_who_is_busy_or_refuses_before_the_ring_is_no_failure_of_the_trunk()
{
    const std::pair<const char*, CallState> table[] = {
        {"busy 486 Busy Here", CallState::busy},
        {"no-answer 480 Temporarily Unavailable", CallState::no_answer},
        {"refused 603 Decline", CallState::refused},
    };
    for (const auto& [words, state] : table) {
        Trunk trunk(fmt::format("echo calling\necho '{}'\nexit 2", words));
        const auto handover = trunk.send();
        CHECK(handover.call != nullptr);
        CHECK(handover.outcome == DeliveryOutcome::accepted);
        CHECK_TEXT(handover.said, words);
        CHECK(trunk.course(handover) == States{state});
    }
}

void a_call_that_ends_before_the_ring_is_answered_by_its_exit_code()
{
    struct Case {
        int code;
        DeliveryOutcome outcome;
        bool surely_not_sent;
    };
    const Case cases[] = {
        {65, DeliveryOutcome::bad_number, true},    {69, DeliveryOutcome::retry, true},
        {77, DeliveryOutcome::credentials, true},   {78, DeliveryOutcome::configuration, true},
        {64, DeliveryOutcome::configuration, true}, {5, DeliveryOutcome::retry, false},
        {0, DeliveryOutcome::retry, false},
    };
    for (const auto& one : cases) {
        Trunk trunk(fmt::format("echo calling\necho failed 503 Service Unavailable\nexit {}", one.code));
        const auto handover = trunk.send();
        CHECK(handover.outcome == one.outcome && handover.surely_not_sent == one.surely_not_sent);
        CHECK(handover.call == nullptr);
        CHECK_TEXT(handover.said, fmt::format("failed 503 Service Unavailable, exit code {}", one.code));
    }
    Trunk silent("exit 69");
    CHECK(silent.send().outcome == DeliveryOutcome::retry);
}

void nothing_but_a_ring_an_answer_or_the_callee_is_an_acceptance()
{
    for (const char* word : {"played", "no-key", "hung-up", "failed", "ring", "RINGING", "unknown"})
        for (int code : {0, 1, 2, 4}) {
            Trunk trunk(fmt::format("echo calling\necho {}\nexit {}", word, code));
            const auto handover = trunk.send();
            CHECK(handover.outcome != DeliveryOutcome::accepted && handover.call == nullptr);
        }
}

void a_program_that_dies_before_the_ring_may_have_called()
{
    Trunk trunk("echo calling\nkill -9 $$");
    const auto handover = trunk.send();
    CHECK(handover.outcome == DeliveryOutcome::unknown && !handover.surely_not_sent);
}

void a_program_that_dies_after_the_ring_ends_the_call_as_failed()
{
    for (const char* death : {"kill -9 $$", "exit 0", "exit 7"}) {
        Trunk trunk(fmt::format("echo ringing\n{}", death));
        CHECK(trunk.course(trunk.send()) == (States{CallState::ringing, CallState::failed}));
    }
}

void garbage_and_floods_end_the_call()
{
    for (const char* garbage : {"echo nonsense", "echo", "printf '\\033[2J\\n'", "exec yes ringing",
                                "exec yes", "exec cat /dev/zero", "printf '%201s\\n' x"}) {
        Trunk before(fmt::format("{}echo calling\n{}\nsleep 1000 & wait", hangs_up_when_asked, garbage));
        if (std::string_view(garbage) != "exec yes ringing")
            CHECK(before.send().outcome == DeliveryOutcome::unknown);
        Trunk after(fmt::format("{}echo ringing\n{}\nsleep 1000 & wait", hangs_up_when_asked, garbage));
        CHECK(after.course(after.send()) == (States{CallState::ringing, CallState::failed}));
    }
}

void a_carrier_s_words_are_shown_without_the_number()
{
    Trunk trunk("echo 'refused 404 User +12055550123 not found (ext 123)'\nexit 2");
    CHECK_TEXT(trunk.send().said, "refused 404 User +# not found (ext 123)");
}

void a_call_that_never_rings_is_hung_up_at_the_deadline()
{
    Trunk trunk(fmt::format("{}echo calling\nsleep 1000 & wait", hangs_up_when_asked));
    const auto handover = trunk.send(Seconds(1));
    CHECK(handover.outcome == DeliveryOutcome::retry && !handover.surely_not_sent);
    trunk.script.wait_for(trunk.loop, "asked");
}

void the_deadline_of_the_message_is_for_the_ring_not_for_the_call()
{
    Trunk trunk("echo ringing\nsleep 1.5\necho played");
    CHECK(trunk.course(trunk.send(Seconds(1))) == (States{CallState::ringing, CallState::played}));
}

void whoever_lets_go_of_the_call_hangs_up()
{
    Trunk trunk(fmt::format("{}echo ringing\nsleep 1000 & wait", hangs_up_when_asked));
    auto handover = trunk.send();
    CHECK(handover.call->state() == CallState::ringing);
    handover.call.reset();
    trunk.script.wait_for(trunk.loop, "asked");
}

void a_person_who_leaves_before_the_ring_hangs_up()
{
    Trunk trunk(
        fmt::format("{}echo calling\necho ready > $folder/ready\nsleep 1000 & wait", hangs_up_when_asked));
    const auto message = voice_call();
    {
        RootTask<Handover> sending(trunk.provider->send(message));
        sending.start([] { CHECK(false); });
        trunk.script.wait_for(trunk.loop, "ready");
    }
    trunk.script.wait_for(trunk.loop, "asked");
}

void a_person_who_leaves_while_the_call_is_awaited_hangs_up()
{
    Trunk trunk(fmt::format("{}echo ringing\nsleep 1000 & wait", hangs_up_when_asked));
    auto handover = trunk.send();
    CHECK(handover.call->state() == CallState::ringing);
    {
        RootTask<CallState> following(handover.call->next());
        following.start([] { CHECK(false); });
    }
    handover.call.reset();
    trunk.script.wait_for(trunk.loop, "asked");
}

void a_call_outlives_its_provider()
{
    Trunk trunk("echo ringing\nuntil [ -e $folder/go ]; do sleep 0.01; done\necho played");
    const auto handover = trunk.send();
    CHECK(handover.call->state() == CallState::ringing);
    trunk.provider.reset(); // as a reload of the configuration does
    trunk.script.directory.write("go", "");
    CHECK(trunk.next(handover) == CallState::played);
}

void more_calls_than_the_trunk_bears_are_not_begun()
{
    Trunk trunk("echo $$ >> $folder/begun\necho ringing\nsleep 1000", 2);
    auto first = trunk.send();
    auto second = trunk.send();
    CHECK(first.outcome == DeliveryOutcome::accepted && second.outcome == DeliveryOutcome::accepted);
    const auto begun = trunk.script.wrote("begun");
    const auto third = trunk.send();
    CHECK(third.outcome == DeliveryOutcome::retry && third.surely_not_sent && third.is_full);
    CHECK_TEXT(third.said, "2 calls under way");
    CHECK_TEXT(trunk.script.wrote("begun"), begun);
    second.call.reset();
    CHECK(trunk.send().outcome == DeliveryOutcome::accepted);
    CHECK(trunk.send().outcome == DeliveryOutcome::accepted); // the one before was let go of at once
}

void a_call_that_failed_leaves_its_place()
{
    Trunk trunk("echo failed\nexit 69", 1);
    for (int i = 0; i < 3; ++i)
        CHECK(trunk.send().said.starts_with("failed"));
}

void a_program_that_is_not_there_called_nobody()
{
    Trunk trunk("exit 0");
    trunk.config.program = "/nonexistent/ssp-mfa-call";
    trunk.provider = std::make_unique<SipProvider>("trunk", trunk.config, trunk.programs);
    const auto handover = trunk.send();
    CHECK(handover.outcome == DeliveryOutcome::configuration && handover.surely_not_sent);
}

void a_provider_without_its_program_or_authorities_does_not_load()
{
    const auto verdict = [&](const char* program, const char* authorities) {
        ProviderConfig config;
        config.name = "trunk";
        config.kind = ProviderKind::sip;
        config.sip.program = program;
        config.sip.ca_file = authorities;
        const auto provider = opened(config);
        return provider ? std::string("good") : provider.error().detail;
    };
    CHECK_TEXT(verdict("/bin/true", ""), "good");
    CHECK_TEXT(verdict("/nonexistent/call", ""),
               "provider trunk: /nonexistent/call: No such file or directory");
    CHECK_TEXT(verdict("/bin/true", "/nonexistent/ca"),
               "provider trunk: /nonexistent/ca: No such file or directory");
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(the_call_program_gets_account_number_and_digits_as_one_line),
        SENTENCE(no_secret_is_among_its_words_or_in_its_environment),
        SENTENCE(a_call_is_accepted_when_the_phone_rings_and_told_to_its_end),
        SENTENCE(a_call_that_is_answered_at_once_is_accepted_too),
        SENTENCE(a_state_that_is_said_twice_is_told_once),
        SENTENCE(every_last_word_after_the_ring_is_told),
        SENTENCE(a_callee_who_is_busy_or_refuses_before_the_ring_is_no_failure_of_the_trunk),
        SENTENCE(a_call_that_ends_before_the_ring_is_answered_by_its_exit_code),
        SENTENCE(nothing_but_a_ring_an_answer_or_the_callee_is_an_acceptance),
        SENTENCE(a_program_that_dies_before_the_ring_may_have_called),
        SENTENCE(a_program_that_dies_after_the_ring_ends_the_call_as_failed),
        SENTENCE(garbage_and_floods_end_the_call),
        SENTENCE(a_carrier_s_words_are_shown_without_the_number),
        SENTENCE(a_call_that_never_rings_is_hung_up_at_the_deadline),
        SENTENCE(the_deadline_of_the_message_is_for_the_ring_not_for_the_call),
        SENTENCE(whoever_lets_go_of_the_call_hangs_up),
        SENTENCE(a_person_who_leaves_before_the_ring_hangs_up),
        SENTENCE(a_person_who_leaves_while_the_call_is_awaited_hangs_up),
        SENTENCE(a_call_outlives_its_provider),
        SENTENCE(more_calls_than_the_trunk_bears_are_not_begun),
        SENTENCE(a_call_that_failed_leaves_its_place),
        SENTENCE(a_program_that_is_not_there_called_nobody),
        SENTENCE(a_provider_without_its_program_or_authorities_does_not_load),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
