#include "command/verb.h"

#include "command/request.h"
#include "config/reader.h"
#include "protocol/codec.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <pwd.h>

namespace ssp::command {

namespace {

constexpr std::array verbs{&status_verb, &devices_verb, &recovery_codes_verb, &user_verb,
                           &init_verb,   &key_verb,     &send_test_verb,      &providers_verb,
                           &audit_verb,  &repair_verb,  &backup_verb,         &restore_verb};

HelperDoor door_of(const HelperConfig& config, Door door)
{
    HelperDoor helper;
    helper.socket = door == Door::self ? config.self_socket : config.admin_socket;
    helper.trusted_uids = {0};
    if (const auto* user = ::getpwnam(config.user.c_str()))
        helper.trusted_uids.push_back(user->pw_uid);
    return helper;
}

ExitCode exit_code_of(protocol::Decision decision)
{
    switch (decision) {
    case protocol::Decision::accepted: return ExitCode::done;
    case protocol::Decision::rejected:
    case protocol::Decision::locked:
    case protocol::Decision::not_enrolled: return ExitCode::refused;
    case protocol::Decision::unavailable: break;
    }
    say("ssp-mfad cannot do this at the moment. Its journal says why: journalctl -u ssp-mfad");
    return ExitCode::unreachable;
}

ExitCode exit_code_of(const Error& error)
{
    say(error.detail);
    switch (error.kind) {
    case ErrorKind::claimant_left: return ExitCode::refused;
    case ErrorKind::not_permitted: return ExitCode::usage;
    default: return ExitCode::unreachable;
    }
}

} // namespace

std::span<const Verb* const> all_verbs() { return verbs; }

void say(const std::string& sentences)
{
    std::string line = sentences;
    if (!protocol::is_showable(line))
        for (char& c : line)
            if (c != '\n' && (c < 0x20 || c == 0x7f)) // bytes above 0x7f are negative
                c = '?';
    std::fprintf(stderr, "%s\n", line.c_str());
}

void print_rows(const Invocation& invocation, const std::vector<ResultRow>& rows, Layout layout)
{
    const auto text = invocation.json ? as_json(rows) : for_people(rows, layout);
    std::fwrite(text.data(), 1, text.size(), stdout);
}

ExitCode refuse_words(const Invocation& invocation, const std::string& what_is_wrong)
{
    const auto verb = invocation.words.empty() ? std::string() : invocation.words.front() + " ";
    say("ssp-mfa: " + what_is_wrong + "\nHelp: ssp-mfa " + verb + "--help");
    return ExitCode::usage;
}

Result<Outcome> ask_at(const HelperConfig& config, Door door, const std::vector<std::string>& words)
{
    auto terminal = Terminal::of_this_process();
    return ask_helper(door_of(config, door), words, terminal, say);
}

std::string complaint_about_reason(const Invocation& invocation, const std::string& verb)
{
    constexpr std::size_t max_reason_bytes = 200;
    const auto& reason = invocation.reason;
    if (!reason)
        return verb + " needs --reason=TEXT: it goes into the audit trail.";
    const bool printable = std::ranges::all_of(*reason, [](char c) { return c >= 0x20 && c < 0x7f; });
    if (reason->empty() || reason->size() > max_reason_bytes || !printable)
        return "a reason has 1 to 200 printable ASCII characters.";
    return {};
}

ExitCode carry_out(const Invocation& invocation, Door door, Layout layout)
{
    const auto config = read_helper_config(invocation.config_file);
    if (!config) {
        say("ssp-mfa: the configuration cannot be used.\n" + config.error().detail);
        return ExitCode::usage;
    }
    auto words = invocation.words;
    if (invocation.reason)
        words.push_back("--reason=" + *invocation.reason);
    const auto outcome = ask_at(*config, door, words);
    print_rows(invocation, outcome ? outcome->rows : std::vector<ResultRow>(), layout);
    return outcome ? exit_code_of(outcome->decision) : exit_code_of(outcome.error());
}

} // namespace ssp::command
