#include "command/inspection.h"
#include "command/terminal.h"
#include "command/verb.h"
#include "config/reader.h"

#include <algorithm>
#include <cstdio>
#include <fmt/format.h>
#include <optional>

namespace ssp::command {

namespace {

bool is_small(char c) { return c >= 'a' && c <= 'z'; }

/// What is wrong with the words; "" when nothing is.
std::string complaint_about(const Invocation& invocation)
{
    const auto& [channel, provider, language] = invocation.trial;
    if (invocation.reason)
        return "send-test takes no reason.";
    if (invocation.words.size() > 2)
        return "send-test takes one telephone number; put it in quotes if it has spaces.";
    if (invocation.words.size() == 2 &&
        (invocation.words[1].empty() || invocation.words[1].size() > protocol::max_typed_bytes))
        return "a telephone number has 1 to 64 characters.";
    if (channel && *channel != "text-message" && *channel != "voice-call")
        return "--channel is text-message or voice-call.";
    const auto of_name = [](char c) { return is_small(c) || (c >= '0' && c <= '9') || c == '-'; };
    if (provider && (provider->empty() || provider->size() > 32 || !std::ranges::all_of(*provider, of_name)))
        return "--provider is the name of a file in providers.d, without .toml.";
    if (language && (language->size() != 2 || !std::ranges::all_of(*language, is_small)))
        return "--language is two small letters, as en.";
    return {};
}

/// From the command line, or asked: arguments can be read by everybody on this host.
Result<SecretString> number_of(const Invocation& invocation)
{
    if (invocation.words.size() == 2)
        return SecretString(invocation.words[1]);
    auto terminal = Terminal::of_this_process();
    auto typed = terminal.ask("Telephone number: ", true);
    if (typed && (typed->empty() || typed->size() > protocol::max_typed_bytes))
        return Error{ErrorKind::claimant_left, "A telephone number has 1 to 64 characters."};
    return typed;
}

void print_step(std::chrono::milliseconds at, std::string_view step)
{
    std::fputs(fmt::format("{:>7} ms  {}\n", at.count(), step).c_str(), stdout);
    std::fflush(stdout); // each step as it happens, in a pipe too
}

bool arrived(const TrialEnd& end)
{
    const bool handed_over =
        end.handover == protocol::Handover::accepted || end.handover == protocol::Handover::queued;
    return handed_over && (!end.call || *end.call == protocol::CallProgress::played);
}

std::string sentence_of(const TrialEnd& end, bool voice_call)
{
    switch (end.handover) {
    case protocol::Handover::accepted:
        if (end.call)
            return fmt::format("accepted, and the call ended: {}", word(*end.call));
        return voice_call ? "accepted; how the call goes on is not told by this provider"
                          : "accepted; look whether it arrives";
    case protocol::Handover::queued: return "queued by the gateway: it may come late";
    case protocol::Handover::bad_number: return "bad-number: this number gets no messages";
    case protocol::Handover::retry: return "retry: nothing was sent; later it may work";
    case protocol::Handover::credentials:
        return "credentials: nothing was sent; the gateway does not know us";
    case protocol::Handover::configuration:
        return "configuration: nothing was sent; this host is set up wrongly";
    case protocol::Handover::unknown: break;
    }
    return "unknown: it may have been sent";
}

ExitCode run_with(const Invocation& invocation, const HelperConfig& config, const SecretString& typed)
{
    const auto& wanted = invocation.trial;
    const auto language = wanted.language.value_or("en");
    const auto provider = wanted.provider.value_or("");
    protocol::Trial trial;
    const bool voice_call = wanted.channel == "voice-call";
    trial.carriage = voice_call ? protocol::Carriage::voice_call : protocol::Carriage::text_message;
    trial.region = config.policy.region;
    trial.typed = typed.reveal();
    trial.language = language;
    trial.provider = provider;

    std::vector<ResultRow> rows;
    const auto tell = [&](std::chrono::milliseconds at, std::string_view step) {
        if (invocation.json)
            rows.push_back({{"ms", std::to_string(at.count())}, {"step", std::string(step)}});
        else
            print_step(at, step);
    };
    const auto end = run_trial(delivery_door(config), trial, tell);
    if (end && invocation.json)
        rows.push_back({{"ms", std::to_string(end->took.count())},
                        {"outcome", std::string(word(end->handover))},
                        {"call", end->call ? std::string(word(*end->call)) : ""}});
    else if (end)
        print_step(end->took, sentence_of(*end, voice_call));
    if (invocation.json)
        print_rows(invocation, rows, Layout::table);
    if (!end) {
        say(end.error().detail);
        return ExitCode::unreachable;
    }
    return arrived(*end) ? ExitCode::done : ExitCode::refused;
}

ExitCode run(const Invocation& invocation)
{
    if (const auto complaint = complaint_about(invocation); !complaint.empty())
        return refuse_words(invocation, complaint);
    const auto config = read_helper_config(invocation.config_file);
    if (!config) {
        say("ssp-mfa: the configuration cannot be used.\n" + config.error().detail);
        return ExitCode::usage;
    }
    const auto typed = number_of(invocation);
    if (!typed) {
        if (invocation.json)
            print_rows(invocation, {}, Layout::table);
        say(typed.error().detail);
        return ExitCode::refused;
    }
    return run_with(invocation, *config, *typed);
}

} // namespace

const Verb send_test_verb{
    "send-test",
    "administrator: send a message without a code, and see each step",
    R"(Usage: ssp-mfa send-test [--channel=text-message|voice-call] [--provider=NAME]
                         [--language=LANG] [--json] [NUMBER]

As root: hands over a message that holds no code (a sentence, or the digits
00000), and shows each step as it happens, with the time since the beginning:
what is thought of the number, who is asked, what the gateway said, how a call
goes on. It costs what a message costs.
  --channel    text-message if not said
  --provider   ask this one alone, even if it failed too often; a message that
               it takes ends its rest. Not said: by the routes, as for a code
  --language   of a call, as en, es, fr or de

NUMBER is typed as at a sign-in. Everybody on this host can read arguments:
without NUMBER it is asked for. Exit status 0: the message was accepted, and a
call was heard to its end if the provider tells.
)",
    run,
    Verb::Options::of_trial,
};

} // namespace ssp::command
