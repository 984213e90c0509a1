#include "loop/bus_error.h"

#include "loop/journal.h"

#include <csignal>
#include <sysexits.h>
#include <unistd.h>

namespace ssp {

namespace {

std::string last_words; // made before the signal can come

void end(int signal, siginfo_t* info, void*)
{
    if (info->si_code != BUS_ADRERR) { // a mistake of ours: it happens again, and ends as one
        ::signal(signal, SIG_DFL);
        return;
    }
    [[maybe_unused]] const auto ignored = ::write(STDERR_FILENO, last_words.data(), last_words.size());
    ::_exit(EX_IOERR);
}

} // namespace

void end_at_bus_error(const std::string& sentence)
{
    last_words = raw_journal_line(Severity::alert, sentence);
    struct sigaction action {};
    action.sa_sigaction = end;
    action.sa_flags = SA_SIGINFO;
    ::sigaction(SIGBUS, &action, nullptr);
}

} // namespace ssp
