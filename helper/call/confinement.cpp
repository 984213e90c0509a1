#include "call/confinement.h"

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <vector>

namespace ssp {

namespace {

// The sanitizers look at their own process as a debugger does, and need room for shadow memory.
#if defined(__has_feature)
constexpr bool sanitized = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
constexpr bool sanitized = false;
#endif

constexpr rlim_t most_memory = 512UL << 20U;
constexpr rlim_t most_processor_seconds = 20; ///< a call of five minutes uses about one

void limit(__rlimit_resource resource, rlim_t most)
{
    rlimit now{};
    if (::getrlimit(resource, &now) != 0 || now.rlim_max <= most)
        return;
    const rlimit less{most, most};
    ::setrlimit(resource, &less);
}

} // namespace

void confine()
{
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_CPU, most_processor_seconds);
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0);
    if (sanitized)
        return;
    limit(RLIMIT_AS, most_memory);
    ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    rlimit locked{};
    if (::getrlimit(RLIMIT_MEMLOCK, &locked) == 0 && locked.rlim_cur == RLIM_INFINITY)
        ::mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT);
}

void forbid_programs()
{
#if defined(__x86_64__) || defined(__aarch64__)
#if defined(__x86_64__)
    constexpr unsigned architecture = AUDIT_ARCH_X86_64;
    constexpr unsigned foreign_calls = 0x40000000; // x32: the same calls under other numbers
#else
    constexpr unsigned architecture = AUDIT_ARCH_AARCH64;
    constexpr unsigned foreign_calls = 0x80000000;
#endif
    std::vector<long> forbidden{SYS_execve, SYS_execveat};
    if (!sanitized)
        forbidden.insert(forbidden.end(), {SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev});
    const auto count = static_cast<unsigned char>(forbidden.size());
    std::vector<sock_filter> rules{
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, architecture, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, foreign_calls, static_cast<unsigned char>(count + 1), 0),
    };
    for (unsigned char i = 0; i < count; ++i)
        rules.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<unsigned>(forbidden[i]),
                                 static_cast<unsigned char>(count - i), 0));
    rules.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
    rules.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM));
    const sock_fprog program{static_cast<unsigned short>(rules.size()), rules.data()};
    ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
#endif
}

} // namespace ssp
