#include "loop/daemon_options.h"

#include <algorithm>
#include <cstdio>
#include <fmt/format.h>
#include <getopt.h>
#include <string_view>
#include <sysexits.h>

namespace ssp {

namespace {

std::string usage(const char* program, const char* purpose)
{
    return fmt::format("Usage: {} [--config FILE] [--check]\n"
                       "{}\n"
                       "\n"
                       "  --config FILE  read FILE instead of /etc/ssp-mfa/ssp-mfa.toml\n"
                       "  --check        read the configuration, say what is wrong with it, and end\n"
                       "  --version      say the version, and end\n"
                       "  --help         say this, and end\n",
                       program, purpose);
}

} // namespace

DaemonOptions read_daemon_options(int argc, char** argv, const char* program, const char* purpose)
{
    const option known[] = {{"config", required_argument, nullptr, 'c'},
                            {"check", no_argument, nullptr, 'k'},
                            {"version", no_argument, nullptr, 'v'},
                            {"help", no_argument, nullptr, 'h'},
                            {nullptr, 0, nullptr, 0}};
    DaemonOptions options;
    for (int letter = 0; (letter = ::getopt_long(argc, argv, "", known, nullptr)) != -1;) {
        if (letter == 'c') {
            options.config = optarg;
        } else if (letter == 'k') {
            options.check = true;
        } else if (letter == 'v') {
            std::printf("%s %s\n", program, SSP_VERSION);
            options.exit_code = EX_OK;
            return options;
        } else {
            std::fputs(usage(program, purpose).c_str(), letter == 'h' ? stdout : stderr);
            options.exit_code = letter == 'h' ? EX_OK : EX_USAGE;
            return options;
        }
    }
    if (optind < argc) {
        std::fprintf(stderr, "%s: %s: not expected\n%s", program, argv[optind],
                     usage(program, purpose).c_str());
        options.exit_code = EX_USAGE;
    }
    return options;
}

void report(Severity severity, const Error& error)
{
    std::string_view rest = error.detail;
    while (!rest.empty()) {
        const auto end = std::min(rest.find('\n'), rest.size());
        journal(severity, rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
}

} // namespace ssp
