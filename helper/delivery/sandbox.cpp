// What ssp-mfa-deliveryd and its programs may not do, top to bottom (ssp-mfa-deliveryd(8), "SANDBOX").
//
// A deny-list, where ssp-mfad has an allow-list: its programs are the administrator's, they inherit all of
// this, and nobody here knows what they need. For the same reason there is no rule for files; the unit has
// one (ProtectSystem=strict, ReadWritePaths=), and an allow-list of calls that the distribution keeps.
#include "delivery/sandbox.h"

#include "loop/journal.h"
#include "loop/sandbox.h"
#include "loop/syscall_filter.h"

#include <cerrno>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace ssp {

void enter_delivery_sandbox()
{
    give_up_privileges();
    SyscallFilter filter(SyscallFilter::Others::allowed);
    filter.kill(calls_of_an_intruder);
    if (!traces_itself)
        filter.kill("ptrace");
    // Ordinary programs try these and do without.
    filter.refuse("io_uring_setup io_uring_enter io_uring_register userfaultfd perf_event_open fanotify_init "
                  "name_to_handle_at setns unshare chroot adjtimex clock_adjtime syslog",
                  EPERM);
    // No namespaces of its own. clone3() hides its flags in memory; libc falls back to clone().
    filter.refuse("keyctl add_key request_key clone3", ENOSYS);
    for (const int flag : {CLONE_NEWNS, CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET, CLONE_NEWUTS, CLONE_NEWIPC,
                           CLONE_NEWCGROUP})
        filter.refuse_when("clone", EPERM, {{0, static_cast<unsigned>(flag), static_cast<unsigned>(flag)}});
    // No typing into somebody's terminal.
    filter.refuse_when("ioctl", EPERM, {{1, 0xffffffffULL, TIOCSTI}});
    // As in the unit. The kernel itself knows no family beyond AF_MAX.
    for (unsigned long long family = 0; family < AF_MAX; ++family)
        if (family != AF_UNIX && family != AF_INET && family != AF_INET6)
            filter.refuse_when("socket", EAFNOSUPPORT, {{0, 0xffffffffULL, family}});
    if (const auto loaded = filter.load(); !loaded)
        journal(Severity::warning, "system calls are not restricted, but by the unit if that does it",
                {{"error", loaded.error().detail}});
}

} // namespace ssp
