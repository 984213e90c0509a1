#include "loop/syscall_filter.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <seccomp.h>
#include <vector>

namespace ssp {

const unsigned SyscallFilter::permitted = SCMP_ACT_ALLOW;
const unsigned SyscallFilter::killed = SCMP_ACT_KILL_PROCESS;

void SyscallFilter::Deleter::operator()(void* context) const { ::seccomp_release(context); }

SyscallFilter::SyscallFilter(Others others)
    : context_(::seccomp_init(others == Others::allowed ? SCMP_ACT_ALLOW : SCMP_ACT_ERRNO(ENOSYS)))
{
    if (!context_) {
        trouble_ = "no filter of system calls can be made";
        return;
    }
    note("threads", ::seccomp_attr_set(context_.get(), SCMP_FLTATR_CTL_TSYNC, 1));
    note("foreign calls", ::seccomp_attr_set(context_.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS));
    note("log", ::seccomp_attr_set(context_.get(), SCMP_FLTATR_CTL_LOG, 1));
    note("tree", ::seccomp_attr_set(context_.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2));
}

void SyscallFilter::note(const char* what, int result)
{
    if (result < 0 && trouble_.empty())
        trouble_ = fmt::format("{}: {}", what, std::strerror(-result));
}

void SyscallFilter::refuse(std::string_view calls, int error)
{
    add(SCMP_ACT_ERRNO(static_cast<unsigned>(error)), calls);
}

void SyscallFilter::add(unsigned action, std::string_view calls)
{
    while (!calls.empty()) {
        const auto end = std::min(calls.find(' '), calls.size());
        add_when(action, std::string(calls.substr(0, end)).c_str(), {});
        calls.remove_prefix(std::min(end + 1, calls.size()));
    }
}

void SyscallFilter::allow_when(const char* name, std::initializer_list<Argument> arguments)
{
    add_when(permitted, name, arguments);
}

void SyscallFilter::refuse_when(const char* name, int error, std::initializer_list<Argument> arguments)
{
    add_when(SCMP_ACT_ERRNO(static_cast<unsigned>(error)), name, arguments);
}

void SyscallFilter::add_when(unsigned action, const char* name, std::initializer_list<Argument> arguments)
{
    const int call = context_ ? ::seccomp_syscall_resolve_name(name) : __NR_SCMP_ERROR;
    if (call == __NR_SCMP_ERROR)
        return;
    std::vector<scmp_arg_cmp> tests;
    for (const auto& one : arguments) {
        // "Not equal" knows no mask.
        if (one.equal)
            tests.push_back({one.number, SCMP_CMP_MASKED_EQ, one.mask, one.value});
        else
            tests.push_back({one.number, SCMP_CMP_NE, one.value, 0});
    }
    note(name, ::seccomp_rule_add_array(context_.get(), action, call, static_cast<unsigned>(tests.size()),
                                        tests.data()));
}

Result<void> SyscallFilter::load()
{
    if (trouble_.empty())
        note("seccomp", ::seccomp_load(context_.get()));
    if (!trouble_.empty())
        return Error{ErrorKind::internal, trouble_};
    return {};
}

const std::string_view calls_of_an_intruder =
    // other processes
    "process_vm_readv process_vm_writev process_madvise pidfd_getfd kcmp "
    // the tree of files
    "mount umount umount2 pivot_root move_mount open_tree fsopen fsconfig fsmount fspick mount_setattr "
    "open_by_handle_at swapon swapoff quotactl quotactl_fd "
    // the kernel, and the machine
    "bpf init_module finit_module delete_module kexec_load kexec_file_load reboot acct iopl ioperm "
    "lookup_dcookie nfsservctl vhangup sethostname setdomainname "
    // the clock
    "settimeofday clock_settime stime";

} // namespace ssp
