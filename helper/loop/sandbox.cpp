#include "loop/sandbox.h"

#include "loop/journal.h"

#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <fmt/format.h>
#include <linux/capability.h>
#include <memory>
#include <string_view>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace ssp {

#if defined(__has_feature)
const bool traces_itself = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
const bool traces_itself = false;
#endif

namespace {

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

/// capget(2) and capset(2) have no function in libc.
struct Capabilities {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    std::array<__user_cap_data_struct, 2> sets{};

    bool read() { return ::syscall(SYS_capget, &header, sets.data()) == 0; }
    bool write() { return ::syscall(SYS_capset, &header, sets.data()) == 0; }
};

} // namespace

void hide_memory()
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
    keep_out_of_swap();
}

void give_up_privileges()
{
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        warn("new privileges are not switched off");
    ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    // Needs CAP_SETPCAP; without it this is the unit's to do, and matters to nobody who gains nothing by
    // running something.
    for (unsigned long one = 0; ::prctl(PR_CAPBSET_READ, one, 0, 0, 0) >= 0; ++one)
        if (::prctl(PR_CAPBSET_DROP, one, 0, 0, 0) != 0)
            break;
    Capabilities capabilities;
    if (!capabilities.read())
        return warn("capabilities cannot be read");
    bool any = false;
    for (const auto& set : capabilities.sets)
        any = any || (set.permitted | set.effective | set.inheritable) != 0;
    capabilities.sets = {};
    if (any && !capabilities.write())
        warn("capabilities cannot be given up");
}

Result<void> refuse_privileges(const char* socket)
{
    uid_t real = 0;
    uid_t effective = 0;
    uid_t saved = 0;
    if (::getresuid(&real, &effective, &saved) != 0 || real == 0 || effective == 0 || saved == 0)
        return Error{ErrorKind::not_permitted,
                     fmt::format("refuses to run as root: start {} and let systemd do the rest", socket)};
    Capabilities capabilities;
    if (!capabilities.read())
        return Error{ErrorKind::not_permitted, "refuses to run: its capabilities cannot be read"};
    for (const auto& set : capabilities.sets)
        if ((set.permitted | set.effective) != 0)
            return Error{
                ErrorKind::not_permitted,
                fmt::format("refuses to run with capabilities, which it does not need: take them out "
                            "of the service's unit (AmbientCapabilities=), then start {}",
                            socket)};
    return {};
}

Result<void> refuse_writable(const std::string& file)
{
    const std::unique_ptr<char, decltype(&std::free)> whole(::realpath(file.c_str(), nullptr), &std::free);
    if (!whole)
        return Error{ErrorKind::not_permitted, fmt::format("{}: {}", file, std::strerror(errno))};
    for (std::string path = whole.get(); !path.empty();) {
        struct stat status {};
        if (::lstat(path.c_str(), &status) != 0)
            return Error{ErrorKind::not_permitted, fmt::format("{}: {}", path, std::strerror(errno))};
        const bool shared = (status.st_mode & (S_IWGRP | S_IWOTH)) != 0;
        const bool sticky = S_ISDIR(status.st_mode) && (status.st_mode & S_ISVTX) != 0;
        if (status.st_uid != 0 || (shared && !sticky))
            return Error{
                ErrorKind::not_permitted,
                fmt::format("refuses to run: somebody other than root can change {}; "
                            "make it root's and writable by root alone (chown root {}; chmod go-w {})",
                            path, path, path)};
        if (path == "/")
            break;
        const auto slash = path.rfind('/');
        path.resize(slash == 0 ? 1 : slash);
    }
    return {};
}

Result<void> refuse_writable_program() { return refuse_writable("/proc/self/exe"); }

bool has_system_call_filter() { return ::prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == 2; }

} // namespace ssp
