// `ssp-mfa providers` and `ssp-mfa send-test` against a scripted ssp-mfa-deliveryd. argv: the program.
#include "program_host.h"

#include "protocol/delivery_codec.h"
#include "protocol/inspection_codec.h"

#include <optional>

using namespace ssp;
using namespace ssp::testing;
using namespace std::string_literals;
using protocol::CallProgress;

namespace {

protocol::Surveyed sample(std::string_view name)
{
    protocol::Surveyed of;
    of.number = 1;
    of.provider = name;
    of.kind = "http";
    of.text_message = 1;
    of.accepted = 11;
    of.queued = 1;
    of.retry = 1;
    of.p50 = 80;
    of.p95 = 200;
    of.last_success = 1795424400;
    of.last_error = 1795424460;
    of.said = "HTTP 503";
    return of;
}

/// What the command sent.
struct Heard {
    protocol::Carriage carriage{};
    std::string typed;
    std::string region;
    std::string language;
    std::string provider;
};

Heard hear_trial(HelperSide& side)
{
    protocol::Trial trial;
    if (!protocol::decode(side.receive(), trial) || trial.number != 1)
        throw std::runtime_error("no trial came");
    return {trial.carriage, std::string(trial.typed), std::string(trial.region), std::string(trial.language),
            std::string(trial.provider)};
}

void providers_are_shown_with_what_an_administrator_needs()
{
    Host host;
    const auto ended = host.run_with("delivery.sock",
                                     [](HelperSide& side) {
                                         protocol::Survey survey;
                                         if (!protocol::decode(side.receive(), survey) || survey.number != 1)
                                             return;
                                         side.send(sample("kannel"));
                                         auto trunk = protocol::Surveyed{};
                                         trunk.number = 1;
                                         trunk.provider = "trunk";
                                         trunk.kind = "sip";
                                         trunk.voice_call = 1;
                                         trunk.breaker = protocol::BreakerState::open;
                                         trunk.rest = 28;
                                         trunk.credentials = 1;
                                         trunk.last_error = 1795424460;
                                         side.send(trunk);
                                         side.send(protocol::Finished{1});
                                     },
                                     {"providers"});
    CHECK(ended.status == 0);
    CHECK_TEXT(ended.out, "provider:        kannel\n"
                          "kind:            http\n"
                          "channels:        text-message\n"
                          "state:           is asked\n"
                          "handed over:     12 of 13 (92 %)\n"
                          "hand over time:  half within 80 ms, 95 % within 200 ms\n"
                          "last success:    2026-11-23 09:00:00 UTC\n"
                          "last error:      2026-11-23 09:01:00 UTC: HTTP 503\n"
                          "\n"
                          "provider:        trunk\n"
                          "kind:            sip\n"
                          "channels:        voice-call\n"
                          "state:           failed too often; not asked for 28 s more\n"
                          "handed over:     0 of 1 (0 %)\n"
                          "last success:    never\n"
                          "last error:      2026-11-23 09:01:00 UTC\n");
    CHECK_TEXT(ended.err, "");
}

void programs_get_every_figure()
{
    Host host;
    const auto ended = host.run_with("delivery.sock",
                                     [](HelperSide& side) {
                                         (void)side.receive();
                                         auto of = sample("kannel");
                                         of.degraded = 1;
                                         side.send(of);
                                         side.send(protocol::Finished{1});
                                     },
                                     {"providers", "--json"});
    CHECK(ended.status == 0);
    const auto rows = json_of(ended);
    CHECK(rows.size() == 1 && rows[0]["provider"] == "kannel" && rows[0]["breaker"] == "closed");
    CHECK(rows[0]["degraded"] == "yes" && rows[0]["tried"] == "13" && rows[0]["accepted"] == "11");
    CHECK(rows[0]["success_rate"] == "92 %" && rows[0]["p95_ms"] == "200");
    CHECK(rows[0]["last_error"] == "HTTP 503");
}

void without_any_provider_it_says_what_that_means()
{
    Host host;
    const auto ended = host.run_with("delivery.sock",
                                     [](HelperSide& side) {
                                         (void)side.receive();
                                         side.send(protocol::Finished{1});
                                     },
                                     {"providers"});
    CHECK(ended.status == 0 && ended.out.empty() && says(ended.err, "No provider is configured"));
}

void a_trial_shows_each_step_and_how_it_ended()
{
    Host host;
    Heard heard;
    const auto ended = host.run_with("delivery.sock",
                                     [&](HelperSide& side) {
                                         heard = hear_trial(side);
                                         side.send(protocol::Step{1, 0, "kannel: asked"});
                                         side.send(protocol::Step{1, 85, "kannel: accepted after 85 ms"});
                                         side.send(protocol::Delivered{1, protocol::Handover::accepted});
                                         side.send(protocol::Finished{1});
                                     },
                                     {"send-test", "205 555 0123"});
    CHECK(ended.status == 0);
    CHECK(ended.out.starts_with("      0 ms  kannel: asked\n     85 ms  kannel: accepted after 85 ms\n"));
    CHECK(ended.out.ends_with(" ms  accepted; look whether it arrives\n"));
    CHECK(heard.carriage == protocol::Carriage::text_message && heard.typed == "205 555 0123");
    CHECK(heard.region == "US" && heard.language == "en" && heard.provider.empty());
}

void a_call_is_shown_to_its_end_and_is_good_only_when_the_digits_were_spoken()
{
    for (const auto& [last, status, words] :
         {std::tuple{CallProgress::played, 0, "played"}, std::tuple{CallProgress::no_key, 1, "no-key"},
          std::tuple{CallProgress::busy, 1, "busy"}, std::tuple{CallProgress::failed, 1, "failed"}}) {
        Host host;
        Heard heard;
        const auto ended = host.run_with(
            "delivery.sock",
            [&heard, end = last](HelperSide& side) {
                heard = hear_trial(side);
                side.send(protocol::Called{1, CallProgress::ringing});
                side.send(protocol::Delivered{1, protocol::Handover::accepted});
                side.send(protocol::Called{1, CallProgress::answered});
                side.send(protocol::Called{1, end});
                side.send(protocol::Finished{1});
            },
            {"send-test", "--channel", "voice-call", "--provider", "trunk", "--language=es", "1"});
        CHECK(ended.status == status);
        CHECK(says(ended.out, "call: the telephone rings\n") && says(ended.out, "waits for the key 1\n"));
        CHECK(ended.out.ends_with("accepted, and the call ended: "s + words + "\n"));
        CHECK(heard.carriage == protocol::Carriage::voice_call && heard.provider == "trunk");
        CHECK(heard.language == "es");
    }
}

void what_was_not_handed_over_is_refused_with_the_reason()
{
    using enum protocol::Handover;
    for (const auto& [outcome, part] :
         {std::pair{bad_number, "bad-number: this number"}, std::pair{retry, "retry: nothing was sent"},
          std::pair{credentials, "credentials: "}, std::pair{configuration, "configuration: "},
          std::pair{unknown, "unknown: it may have been sent"}}) {
        Host host;
        const auto ended = host.run_with("delivery.sock",
                                         [end = outcome](HelperSide& side) {
                                             (void)hear_trial(side);
                                             side.send(protocol::Delivered{1, end});
                                             side.send(protocol::Finished{1});
                                         },
                                         {"send-test", "205 555 0123"});
        CHECK(ended.status == 1 && says(ended.out, part));
    }
}

void the_steps_of_a_trial_are_json_as_well()
{
    Host host;
    const auto ended = host.run_with("delivery.sock",
                                     [](HelperSide& side) {
                                         (void)hear_trial(side);
                                         side.send(protocol::Step{1, 7, "kannel: asked"});
                                         side.send(protocol::Delivered{1, protocol::Handover::queued});
                                         side.send(protocol::Finished{1});
                                     },
                                     {"--json", "send-test", "205 555 0123"});
    CHECK(ended.status == 0);
    const auto rows = json_of(ended);
    CHECK(rows.size() == 2 && rows[0]["ms"] == "7" && rows[0]["step"] == "kannel: asked");
    CHECK(rows[1]["outcome"] == "queued" && rows[1]["call"] == "");
}

void a_number_that_is_not_an_argument_is_asked_for()
{
    Host host;
    Heard heard;
    const auto ended = host.run_with(
        "delivery.sock",
        [&](HelperSide& side) {
            heard = hear_trial(side);
            side.send(protocol::Delivered{1, protocol::Handover::accepted});
            side.send(protocol::Finished{1});
        },
        {"send-test"}, "+1 205 555 0123\n");
    CHECK(ended.status == 0 && heard.typed == "+1 205 555 0123");
    CHECK(says(ended.err, "Telephone number: "));
    CHECK(host.run({"send-test", "--json"}, "").status == 1);
    CHECK(host.run({"send-test"}, std::string(65, '5') + "\n").status == 1);
}

void a_daemon_that_is_not_there_breaks_off_or_talks_nonsense_is_status_3()
{
    const auto fails_with = [](const Script& script) {
        for (const auto& words : {Words{"providers", "--json"}, Words{"send-test", "--json", "1"}}) {
            Host host;
            const auto ended = host.run_with("delivery.sock", script, words);
            CHECK(ended.status == 3 && json_of(ended).is_array() && !ended.err.empty());
            for (const char c : ended.out + ended.err)
                CHECK(c == '\n' || (c >= 0x20 && c < 0x7f));
        }
    };
    Host host;
    const auto absent = host.run({"providers"});
    CHECK(absent.status == 3 && says(absent.err, "ssp-mfa-deliveryd cannot be reached"));
    fails_with([](HelperSide& side) { (void)side.receive(); });
    fails_with([](HelperSide& side) {
        (void)side.receive();
        side.send(protocol::Finished{2});
    });
    fails_with([](HelperSide& side) {
        (void)side.receive();
        side.send(protocol::Step{2, 0, "of another trial"});
        side.send(protocol::Delivered{1, protocol::Handover::accepted});
        side.send(protocol::Finished{1});
    });
    fails_with([](HelperSide& side) {
        (void)side.receive();
        side.send(protocol::Deliver{1, protocol::Carriage::text_message, 20, "+12", "x", "", "K7",
                                    "0123456789abcdef0123456789abcdef", "en"}); // a request, no answer
    });
    fails_with([](HelperSide& side) {
        (void)side.receive();
        side.send_bytes("\x05\0\x55\x1b[2J"s);
    });
}

void a_trial_that_finishes_without_an_outcome_is_no_trial()
{
    Host host;
    const auto ended = host.run_with("delivery.sock",
                                     [](HelperSide& side) {
                                         (void)hear_trial(side);
                                         side.send(protocol::Finished{1});
                                     },
                                     {"send-test", "205 555 0123"});
    CHECK(ended.status == 3 && says(ended.err, "makes no sense"));
}

} // namespace

int main(int argc, char* argv[])
{
    if (argc != 2)
        return 2;
    program = argv[1];
    const CMUnitTest tests[] = {
        SENTENCE(providers_are_shown_with_what_an_administrator_needs),
        SENTENCE(programs_get_every_figure),
        SENTENCE(without_any_provider_it_says_what_that_means),
        SENTENCE(a_trial_shows_each_step_and_how_it_ended),
        SENTENCE(a_call_is_shown_to_its_end_and_is_good_only_when_the_digits_were_spoken),
        SENTENCE(what_was_not_handed_over_is_refused_with_the_reason),
        SENTENCE(the_steps_of_a_trial_are_json_as_well),
        SENTENCE(a_number_that_is_not_an_argument_is_asked_for),
        SENTENCE(a_trial_that_finishes_without_an_outcome_is_no_trial),
        SENTENCE(a_daemon_that_is_not_there_breaks_off_or_talks_nonsense_is_status_3),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
