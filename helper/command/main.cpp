// `ssp-mfa`: the command for staff, the support desk and administrators (ssp-mfa(1)).
#include "command/verb.h"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <string>

namespace ssp::command {

namespace {

void print_help()
{
    std::string text = "Usage: ssp-mfa [--config FILE] [--json] VERB ...\n\n";
    for (const auto* verb : all_verbs())
        text += "  " + std::string(verb->name) + std::string(16 - verb->name.size(), ' ') +
                std::string(verb->summary) + "\n";
    text += "\n  --config FILE   read this instead of /etc/ssp-mfa/ssp-mfa.toml\n"
            "  --json          print results as JSON\n"
            "  --help          this text; behind a verb, help for it\n"
            "  --version       the version\n"
            "\nExit status: 0 done, 1 refused, 2 wrong usage or configuration, 3 ssp-mfad unreachable.\n"
            "Manual: ssp-mfa(1)\n";
    std::fputs(text.c_str(), stdout);
}

ExitCode run(int argc, char* argv[])
{
    const auto invocation = read_command_line(argc, argv);
    if (!invocation)
        return refuse_words({}, invocation.error().detail);
    if (invocation->version) {
        std::puts("ssp-mfa " SSP_VERSION);
        return ExitCode::done;
    }
    if (invocation->words.empty()) {
        if (!invocation->help)
            return refuse_words(*invocation, "say what to do.");
        print_help();
        return ExitCode::done;
    }
    const auto verbs = all_verbs();
    const auto verb = std::ranges::find(verbs, invocation->words.front(), &Verb::name);
    if (verb == verbs.end())
        return refuse_words({}, "\"" + invocation->words.front() + "\" is no verb of this command.");
    if (invocation->help) {
        std::fwrite((*verb)->help.data(), 1, (*verb)->help.size(), stdout);
        return ExitCode::done;
    }
    if (invocation->trial != Invocation::Trial{} && (*verb)->options != Verb::Options::of_trial)
        return refuse_words(*invocation, "--channel, --provider and --language belong to send-test.");
    if (invocation->audit != Invocation::Audit{} && (*verb)->options != Verb::Options::of_audit)
        return refuse_words(*invocation, "--head, --from and --to belong to audit.");
    if (invocation->force && (*verb)->options != Verb::Options::of_backup)
        return refuse_words(*invocation, "--force belongs to backup.");
    return (*verb)->run(*invocation);
}

int run_and_report(int argc, char* argv[])
{
    try {
        auto code = run(argc, argv);
        if (std::fflush(stdout) != 0) {
            say("ssp-mfa: the result could not be written.");
            code = ExitCode::refused;
        }
        return static_cast<int>(code);
    } catch (const std::exception& e) { // out of memory, a library
        std::fprintf(stderr, "ssp-mfa: %s\n", e.what());
        return static_cast<int>(ExitCode::refused);
    }
}

} // namespace

} // namespace ssp::command

int main(int argc, char* argv[]) { return ssp::command::run_and_report(argc, argv); }
