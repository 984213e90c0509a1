// What ssp-mfad may do, top to bottom: privileges, files, system calls (ssp-mfad(8), "SANDBOX").
#include "server/sandbox.h"

#include "loop/file_rules.h"
#include "loop/journal.h"
#include "loop/sandbox.h"
#include "loop/syscall_filter.h"

#include <cerrno>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace ssp {

namespace {

std::string folder_of(const std::string& file)
{
    const auto slash = file.rfind('/');
    if (slash == std::string::npos)
        return ".";
    return slash == 0 ? "/" : file.substr(0, slash);
}

/// True when a kernel that can do it does it.
bool restrict_files(const SandboxPaths& paths)
{
    FileRules rules;
    rules.readable = {folder_of(paths.config), folder_of(paths.master_key),
                      // what libc and OpenSSL read when they please
                      "/etc/localtime", "/usr/share/zoneinfo", "/etc/ssl/openssl.cnf", "/usr/lib/ssl",
                      // for SQLite, and by which the store knows a clock that began anew
                      "/dev/urandom", "/proc/sys/kernel/random/boot_id"};
    if (!paths.credentials.empty())
        rules.readable.push_back(paths.credentials);
    rules.writable = {folder_of(paths.database)};
    if (!paths.notes.empty())
        rules.writable.push_back(paths.notes);
    std::vector<std::string> missing;
    const auto abi = enter(rules, missing);
    if (!abi) {
        journal(Severity::warning, "files are not restricted", {{"error", abi.error().detail}});
        return false;
    }
    if (*abi == 0) {
        journal(Severity::notice, "files are not restricted: this kernel has no Landlock");
        return false;
    }
    for (const auto& path : missing)
        if (path == folder_of(paths.database) || path == folder_of(paths.master_key))
            journal(Severity::warning, "a folder is not there; once it is, restart ssp-mfad",
                    {{"folder", path}});
    return true;
}

/// What the sign-ins, the store and the libraries under them do, on Debian 12 and 13.
void allow_the_work(SyscallFilter& filter)
{
    // files, for SQLite and the configuration
    filter.allow(
        "open openat openat2 close close_range read pread64 readv preadv write pwrite64 writev pwritev "
        "lseek _llseek stat stat64 fstat fstat64 lstat lstat64 newfstatat fstatat64 statx statfs statfs64 "
        "fstatfs fstatfs64 access faccessat faccessat2 readlink readlinkat getcwd getdents64 fsync "
        "fdatasync sync_file_range syncfs ftruncate ftruncate64 fallocate fadvise64 flock fchmod fchown "
        "rename renameat renameat2 link linkat unlink unlinkat umask utimensat memfd_create "
        "copy_file_range fcntl fcntl64 dup dup2 dup3 pipe pipe2");
    // memory; executable memory is below
    filter.allow("brk munmap mremap madvise msync mlock mlock2 munlock mlockall membarrier");
    // the loop and its sockets
    filter.allow(
        "epoll_create1 epoll_ctl epoll_wait epoll_pwait epoll_pwait2 poll ppoll select pselect6 eventfd2 "
        "timerfd_create timerfd_settime timerfd_gettime signalfd4 accept4 connect getsockopt setsockopt "
        "getsockname getpeername recvfrom recvmsg sendto sendmsg shutdown");
    // threads, signals, time, chance
    filter.allow(
        "futex futex_waitv futex_time64 set_robust_list get_robust_list rseq set_tid_address sched_yield "
        "sched_getaffinity rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending rt_sigtimedwait "
        "sigaltstack restart_syscall exit exit_group clock_gettime clock_getres clock_nanosleep nanosleep "
        "gettimeofday time getrandom");
    // what it is
    filter.allow("getpid gettid getppid getuid geteuid getgid getegid getresuid getresgid getgroups getpgid "
                 "getsid capget uname sysinfo getrusage times arch_prctl getrlimit");
}

/// The calls of which only one form is harmless.
void allow_parts(SyscallFilter& filter)
{
    const auto self = static_cast<unsigned long long>(::getpid());
    constexpr auto whole = ~0ULL;
    filter.refuse_when("socket", EAFNOSUPPORT, {{0, whole, AF_UNIX, false}});
    filter.allow_when("socket", {{0, whole, AF_UNIX}});
    filter.allow_when("socketpair", {{0, whole, AF_UNIX}});
    filter.allow_when("tgkill", {{0, whole, self}}); // abort()
    filter.allow_when("kill", {{0, whole, self}});
    // A thread, never a process. clone3() hides its flags in memory; libc falls back to this one.
    filter.allow_when("clone", {{0, CLONE_THREAD | CLONE_VM, CLONE_THREAD | CLONE_VM}});
    filter.allow_when("mmap", {{2, PROT_EXEC, 0}});
    filter.allow_when("mmap2", {{2, PROT_EXEC, 0}});
    filter.allow_when("mprotect", {{2, PROT_EXEC, 0}});
    filter.allow_when("prlimit64", {{0, whole, 0}}); // of nobody else
    // Being dumpable again is not among these.
    for (const int what : {PR_SET_NAME, PR_GET_NAME, PR_GET_DUMPABLE, PR_GET_SECCOMP, PR_SET_VMA})
        filter.allow_when("prctl", {{0, whole, static_cast<unsigned>(what)}});
    // FIONBIO, FIONREAD, TCGETS
    for (const unsigned long long request : {0x5421ULL, 0x541BULL, 0x5401ULL})
        filter.allow_when("ioctl", {{1, 0xffffffffULL, request}});
}

bool filter_calls()
{
    SyscallFilter filter(traces_itself ? SyscallFilter::Others::allowed : SyscallFilter::Others::unknown);
    filter.kill(calls_of_an_intruder);
    filter.kill("io_uring_setup io_uring_enter io_uring_register userfaultfd perf_event_open keyctl add_key "
                "request_key setns unshare chroot");
    if (traces_itself) {
        filter.refuse_when("socket", EAFNOSUPPORT, {{0, ~0ULL, AF_UNIX, false}});
    } else {
        filter.kill("execve execveat ptrace");
        allow_the_work(filter);
        allow_parts(filter);
    }
    const auto loaded = filter.load();
    if (!loaded)
        journal(Severity::warning, "system calls are not restricted, but by the unit if that does it",
                {{"error", loaded.error().detail}});
    return has_system_call_filter();
}

} // namespace

Result<void> enter_sandbox(const SandboxPaths& paths)
{
    give_up_privileges();
    const bool files = !traces_itself && restrict_files(paths);
    const bool calls = filter_calls();
    if (!files && !calls)
        return Error{
            ErrorKind::internal,
            "refuses to run unconfined: this kernel restricts neither files (Landlock) nor system calls "
            "(seccomp); boot one that does, as Debian's"};
    return {};
}

} // namespace ssp
