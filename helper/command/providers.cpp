#include "command/inspection.h"
#include "command/verb.h"
#include "config/reader.h"

#include <fmt/chrono.h>

namespace ssp::command {

namespace {

std::uint64_t tried(const protocol::Surveyed& of)
{
    return std::uint64_t{of.accepted} + of.queued + of.bad_number + of.retry + of.credentials +
           of.configuration + of.unknown;
}
std::uint64_t handed_over(const protocol::Surveyed& of) { return std::uint64_t{of.accepted} + of.queued; }

/// "92 %", or "-" when nothing was tried.
std::string success_rate(const protocol::Surveyed& of)
{
    const auto all = tried(of);
    return all == 0 ? "-" : fmt::format("{} %", handed_over(of) * 100 / all);
}

std::string at(std::uint64_t since_1970)
{
    if (since_1970 == 0)
        return "never";
    return fmt::format("{:%F %T} UTC", fmt::gmtime(static_cast<std::time_t>(since_1970)));
}

std::string channels(const protocol::Surveyed& of)
{
    std::string list = of.text_message != 0 ? "text-message" : "";
    if (of.voice_call != 0)
        list += list.empty() ? "voice-call" : ", voice-call";
    return list;
}

std::string state_of(const protocol::Surveyed& of)
{
    switch (of.breaker) {
    case protocol::BreakerState::open:
        return fmt::format("failed too often; not asked for {} s more", of.rest);
    case protocol::BreakerState::half_open: return "failed too often; the next message finds out";
    case protocol::BreakerState::closed: break;
    }
    return of.degraded != 0 ? "degraded: the gateway queues" : "is asked";
}

ResultRow row_for_people(const ProviderHealth& one)
{
    const auto& of = one.figures;
    ResultRow row{
        {"provider", one.name},
        {"kind", one.kind},
        {"channels", channels(of)},
        {"state", state_of(of)},
        {"handed_over", fmt::format("{} of {} ({})", handed_over(of), tried(of), success_rate(of))},
        {"last_success", at(of.last_success)},
        {"last_error", of.last_error == 0 ? "never"
                                          : fmt::format("{}{}{}", at(of.last_error),
                                                        one.said.empty() ? "" : ": ", one.said)},
    };
    if (handed_over(of) != 0)
        row.insert(row.begin() + 5,
                   {"hand_over_time", fmt::format("half within {} ms, 95 % within {} ms", of.p50, of.p95)});
    return row;
}

ResultRow row_for_programs(const ProviderHealth& one)
{
    const auto& of = one.figures;
    const auto text = [](std::uint64_t number) { return std::to_string(number); };
    return {{"provider", one.name},
            {"kind", one.kind},
            {"channels", channels(of)},
            {"breaker", std::string(word(of.breaker))},
            {"rest_seconds", text(of.rest)},
            {"degraded", of.degraded != 0 ? "yes" : "no"},
            {"tried", text(tried(of))},
            {"accepted", text(of.accepted)},
            {"queued", text(of.queued)},
            {"bad_number", text(of.bad_number)},
            {"retry", text(of.retry)},
            {"credentials", text(of.credentials)},
            {"configuration", text(of.configuration)},
            {"unknown", text(of.unknown)},
            {"success_rate", success_rate(of)},
            {"p50_ms", text(of.p50)},
            {"p95_ms", text(of.p95)},
            {"last_success", at(of.last_success)},
            {"last_error_at", at(of.last_error)},
            {"last_error", one.said}};
}

ExitCode run(const Invocation& invocation)
{
    if (invocation.words.size() != 1 || invocation.reason)
        return refuse_words(invocation, "providers stands alone.");
    const auto config = read_helper_config(invocation.config_file);
    if (!config) {
        say("ssp-mfa: the configuration cannot be used.\n" + config.error().detail);
        return ExitCode::usage;
    }
    const auto all = survey_providers(delivery_door(*config));
    std::vector<ResultRow> rows;
    if (all)
        for (const auto& one : *all)
            rows.push_back(invocation.json ? row_for_programs(one) : row_for_people(one));
    print_rows(invocation, rows, Layout::record);
    if (!all) {
        say(all.error().detail);
        return ExitCode::unreachable;
    }
    if (rows.empty())
        say("No provider is configured: nobody gets a code by text message or voice call.");
    return ExitCode::done;
}

} // namespace

const Verb providers_verb{
    "providers",
    "administrator: how the ways to carry a code fare",
    R"(Usage: ssp-mfa providers [--json]

As root: each provider, whether it is asked at the moment, how many messages it
took of those that it was given, how long that took, and what its gateway said
at the last error. Figures count from the start of ssp-mfa-deliveryd, or from
when it last read its configuration. Asks ssp-mfa-deliveryd; sends nothing.
)",
    run,
};

} // namespace ssp::command
