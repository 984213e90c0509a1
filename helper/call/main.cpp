// ssp-mfa-call: request -> voice -> script -> call. One process for each call.
#include "call/confinement.h"
#include "call/request.h"
#include "call/script.h"
#include "call/sip_address.h"
#include "call/sip_call.h"
#include "call/voice.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <string_view>
#include <sysexits.h>
#include <unistd.h>

namespace {

using namespace ssp;

constexpr const char* usage =
    "Usage: ssp-mfa-call < REQUEST\n"
    "Calls a telephone by SIP and speaks a code. Made for ssp-mfa-deliveryd; see ssp-mfa-call(8).\n"
    "\n"
    "  --version  say the version, and end\n"
    "  --help     say this, and end\n";

SipCall* running = nullptr;

void print(std::string_view line)
{
    std::fwrite(line.data(), 1, line.size(), stdout);
    std::fputc('\n', stdout);
    std::fflush(stdout);
}

int finish(const Outcome& outcome)
{
    std::string line(word(outcome.end));
    if (!outcome.detail.empty())
        line += ' ' + outcome.detail;
    print(line);
    return exit_code(outcome.end);
}

int finish(const Error& error)
{
    const bool number = error.kind == ErrorKind::not_permitted;
    return finish(Outcome{number ? CallEnd::undialable : CallEnd::configuration, printable(error.detail)});
}

/// Everything up to the end of standard input; more than a request may have is cut, and is refused then.
SecretString read_input()
{
    auto input = SecretString::zeros(16384 + 1);
    std::size_t used = 0;
    while (used < input.size()) {
        const auto got = ::read(STDIN_FILENO, input.data() + used, input.size() - used);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        used += static_cast<std::size_t>(got);
    }
    return SecretString(input.reveal().substr(0, used));
}

int call(const CallRequest& request, ProxyAddress proxy, std::string domain, Script script)
{
    // The library speaks of strange packets here, in the server's words.
    const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    const int own_errors = ::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    if (nowhere >= 0)
        ::dup2(nowhere, STDERR_FILENO);
    if (::libre_init() != 0)
        return finish(Outcome{CallEnd::configuration, "libre cannot be started"});
    int code = EX_SOFTWARE;
    {
        SipCall::Hooks hooks{print, [&code](const Outcome& outcome) { code = finish(outcome); },
                             [] { ::re_cancel(); }};
        SipCall running_call(request, std::move(proxy), std::move(domain), std::move(script),
                             std::move(hooks));
        running = &running_call;
        running_call.start();
        ::re_main([](int /*signal*/) { running->hang_up(); });
        running = nullptr;
    }
    ::libre_close();
    if (own_errors >= 0)
        ::dup2(own_errors, STDERR_FILENO);
    return code;
}

int run()
{
    const auto request = read_request(read_input());
    if (!request)
        return finish(request.error());
    auto proxy = read_proxy(request->account.proxy);
    if (!proxy)
        return finish(proxy.error());
    auto domain = domain_of(request->account.from);
    if (!domain)
        return finish(domain.error());
    if (request->account.srtp != Srtp::off && proxy->transport != SipTransport::tls)
        return finish(Error{ErrorKind::configuration, "srtp: its keys need a sips: proxy"});
    const auto voice = find_voice(request->recordings, request->language, request->confirm_key);
    if (!voice)
        return finish(voice.error());
    auto script = make_script(**voice, request->digits, request->confirm_key);
    if (!script)
        return finish(script.error());
    forbid_programs();
    return call(*request, std::move(*proxy), std::move(*domain), std::move(*script));
}

} // namespace

int main(int argc, char** argv)
{
    confine();
    ::signal(SIGPIPE, SIG_IGN);
    if (argc > 1) {
        const std::string_view option = argv[1];
        if (option == "--version") {
            std::puts("ssp-mfa-call " SSP_VERSION);
            return EX_OK;
        }
        std::fputs(usage, option == "--help" ? stdout : stderr);
        return option == "--help" ? EX_OK : EX_USAGE;
    }
    return run();
}
