#include "command/state.h"
#include "command/verb.h"
#include "config/reader.h"

#include <cstdlib>

namespace ssp::command {

namespace {

ExitCode run(const Invocation& invocation)
{
    if (invocation.words.size() != 1 || invocation.reason)
        return refuse_words(invocation, "init stands alone.");
    const auto config = read_helper_config(invocation.config_file);
    if (!config) {
        say("ssp-mfa init: the configuration cannot be used.\n" + config.error().detail);
        return ExitCode::usage;
    }
    SystemRandom random;
    Result<std::vector<ResultRow>> made = Error{};
    const auto owner = find_state_owner(config->user);
    if (owner)
        made = make_state(config->database, config->master_key, std::getenv("CREDENTIALS_DIRECTORY"), *owner,
                          random);
    else
        made = owner.error();
    print_rows(invocation, made ? *made : std::vector<ResultRow>(), Layout::table);
    if (!made) {
        say("ssp-mfa init: " + made.error().detail);
        return ExitCode::refused;
    }
    say("Next:\n"
        "  1. Keep a copy of the master key apart from the backups of the database: without it\n"
        "     they cannot be read, and with it they can.\n"
        "  2. systemctl enable --now ssp-mfad.socket ssp-mfa-deliveryd.socket\n"
        "  3. Add pam_ssp_mfa.so to a PAM service: pam_ssp_mfa(8). Keep a root shell open meanwhile.");
    return ExitCode::done;
}

} // namespace

const Verb init_verb{
    "init",
    "administrator: make the database and the master key, once",
    R"(Usage: ssp-mfa init [--json]

Makes the master key and an empty database, once, as root. The configuration
says where they lie and which account runs ssp-mfad and gets them. Nothing is
ever replaced: if one of the two exists, init says so and changes nothing.
A master key that comes as the systemd credential master-key is used instead
of a file.
)",
    run,
};

} // namespace ssp::command
