#include "loop/sandbox.h"

#include "loop/journal.h"

#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <string_view>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace ssp {

namespace {

// LeakSanitizer looks at its own process as a debugger does.
#if defined(__has_feature)
constexpr bool traces_itself = __has_feature(address_sanitizer);
#else
constexpr bool traces_itself = false;
#endif

void warn(std::string_view what) { journal(Severity::warning, what, {{"error", std::strerror(errno)}}); }

/// Only without a limit: under one, locking what will be mapped turns later allocations into failures.
void keep_out_of_swap()
{
    rlimit limit{};
    if (::getrlimit(RLIMIT_MEMLOCK, &limit) != 0 || limit.rlim_cur != RLIM_INFINITY) {
        journal(Severity::notice,
                "memory is not locked: LimitMEMLOCK is not infinity, so keys may reach swap");
        return;
    }
    if (::mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) != 0)
        warn("memory is not locked, so keys may reach swap");
}

} // namespace

void enter_sandbox()
{
    // Asked first: a unit may both set the limit and forbid the call.
    rlimit core{};
    if (::getrlimit(RLIMIT_CORE, &core) != 0 || core.rlim_max != 0) {
        const rlimit none{0, 0};
        if (::setrlimit(RLIMIT_CORE, &none) != 0)
            warn("core files are not switched off");
    }
    if (!traces_itself && ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
        warn("this process can be traced");
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        warn("new privileges are not switched off");
    keep_out_of_swap();
}

Result<void> refuse_root(const char* socket)
{
    uid_t real = 0;
    uid_t effective = 0;
    uid_t saved = 0;
    if (::getresuid(&real, &effective, &saved) != 0 || real == 0 || effective == 0 || saved == 0)
        return Error{ErrorKind::not_permitted,
                     fmt::format("refuses to run as root: start {} and let systemd do the rest", socket)};
    return {};
}

} // namespace ssp
