#include "command/invocation.h"

#include <getopt.h>

namespace ssp::command {

namespace {

enum OptionValue {
    config = 256,
    reason,
    channel,
    provider,
    language,
    head,
    from,
    to,
    force,
    json,
    help,
    version
}; // above every short option

constexpr option long_options[] = {
    {"config", required_argument, nullptr, config},
    {"reason", required_argument, nullptr, reason},
    {"channel", required_argument, nullptr, channel},
    {"provider", required_argument, nullptr, provider},
    {"language", required_argument, nullptr, language},
    {"head", required_argument, nullptr, head},
    {"from", required_argument, nullptr, from},
    {"to", required_argument, nullptr, to},
    {"force", no_argument, nullptr, force},
    {"json", no_argument, nullptr, json},
    {"help", no_argument, nullptr, help},
    {"version", no_argument, nullptr, version},
    {nullptr, 0, nullptr, 0},
};

/// `last_read`: the word that getopt_long() stands behind. It says more only through `optopt`.
std::string complaint_about(const std::string& last_read)
{
    if (optopt == 0)
        return "The option " + last_read + " is unknown here.";
    for (const auto& known : long_options)
        if (known.val == optopt)
            return "The option --" + std::string(known.name) + " takes no value.";
    return "The option -" + std::string(1, static_cast<char>(optopt)) + " is unknown here.";
}

} // namespace

Result<Invocation> read_command_line(int argc, char* argv[])
{
    Invocation invocation;
    optind = 0; // glibc: start anew, however often this is called
    opterr = 0;
    for (;;) {
        const int found = getopt_long(argc, argv, ":", long_options, nullptr);
        if (found == -1)
            break;
        switch (found) {
        case config: invocation.config_file = optarg; break;
        case reason: invocation.reason = optarg; break;
        case channel: invocation.trial.channel = optarg; break;
        case provider: invocation.trial.provider = optarg; break;
        case language: invocation.trial.language = optarg; break;
        case head: invocation.audit.head = optarg; break;
        case from: invocation.audit.from = optarg; break;
        case to: invocation.audit.to = optarg; break;
        case force: invocation.force = true; break;
        case json: invocation.json = true; break;
        case help: invocation.help = true; break;
        case version: invocation.version = true; break;
        case ':':
            return Error{ErrorKind::malformed,
                         "The option " + std::string(argv[optind - 1]) + " needs a value."};
        default: return Error{ErrorKind::malformed, complaint_about(argv[optind - 1])};
        }
    }
    for (int i = optind; i < argc; ++i)
        invocation.words.emplace_back(argv[i]);
    return invocation;
}

} // namespace ssp::command
