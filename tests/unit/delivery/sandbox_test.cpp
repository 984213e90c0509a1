// Enters the sandbox of ssp-mfa-deliveryd and tries to get out, and tries what its programs do for a living.
#include "delivery/sandbox.h"

#include "support/confined_child.h"

#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <spawn.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "support/cmocka.h"

using namespace ssp;
using namespace ssp::testing;

namespace {

int call(long number) { return error_of(::syscall(number, 0, 0, 0, 0, 0)); }

/// Runs a shell's line and says how it ended.
int run(const char* line)
{
    char name[] = "/bin/sh";
    char option[] = "-c";
    std::string text = line;
    char* words[] = {name, option, text.data(), nullptr};
    char* none[] = {nullptr};
    pid_t child = 0;
    if (const int failed = ::posix_spawn(&child, name, nullptr, nullptr, words, none); failed != 0)
        return failed;
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 200;
}

} // namespace

static void reaching_for_other_processes_mounts_or_the_kernel_kills_it()
{
    for (const long number : {SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_pidfd_getfd,
                              SYS_mount, SYS_umount2, SYS_fsopen, SYS_pivot_root, SYS_bpf, SYS_init_module,
                              SYS_kexec_load, SYS_clock_settime, SYS_sethostname, SYS_open_by_handle_at}) {
        CHECK_TEXT(outcome(enter_delivery_sandbox, [number] { return call(number); }), killed_for_it);
        CHECK(outcome(not_at_all, [number] { return call(number); }) != killed_for_it);
    }
}

static void what_ordinary_programs_only_try_fails_and_kills_nobody()
{
    for (const long number : {SYS_io_uring_setup, SYS_userfaultfd, SYS_perf_event_open, SYS_unshare,
                              SYS_setns, SYS_chroot, SYS_fanotify_init})
        CHECK_TEXT(outcome(enter_delivery_sandbox, [number] { return call(number); }), refused_with(EPERM));
    for (const long number : {SYS_keyctl, SYS_add_key, SYS_request_key, SYS_clone3})
        CHECK_TEXT(outcome(enter_delivery_sandbox, [number] { return call(number); }), refused_with(ENOSYS));
    const auto new_network = [] {
        return error_of(
            ::syscall(SYS_clone, static_cast<unsigned long>(CLONE_NEWUSER | CLONE_NEWNET), 0, 0, 0, 0));
    };
    CHECK_TEXT(outcome(enter_delivery_sandbox, new_network), refused_with(EPERM));
    CHECK_TEXT(outcome(enter_delivery_sandbox, [] { return error_of(::ioctl(0, TIOCSTI, "x")); }),
               refused_with(EPERM));
}

static void only_sockets_of_the_internet_and_of_this_host_are_opened()
{
    const auto open_one = [](int family, int type) {
        return [family, type] { return error_of(::socket(family, type, 0)); };
    };
    for (const int family : {AF_INET, AF_INET6, AF_UNIX})
        CHECK_TEXT(outcome(enter_delivery_sandbox, open_one(family, SOCK_STREAM)), "worked");
    CHECK_TEXT(outcome(not_at_all, open_one(AF_NETLINK, SOCK_RAW)), "worked");
    for (const int family : {AF_NETLINK, AF_PACKET, AF_VSOCK, AF_ALG, AF_BLUETOOTH, AF_CAN, AF_KEY})
        CHECK_TEXT(outcome(enter_delivery_sandbox, open_one(family, SOCK_RAW)), refused_with(EAFNOSUPPORT));
}

static void its_programs_run_and_are_shut_in_too()
{
    CHECK_TEXT(
        outcome(enter_delivery_sandbox, [] { return run("echo x | (cat; true) > /dev/null; exit 7"); }),
        refused_with(7));
    CHECK_TEXT(outcome(enter_delivery_sandbox, [] { return run("unshare -U true"); }), refused_with(1));
    // A signal of a program is its exit code and 128.
    CHECK_TEXT(outcome(enter_delivery_sandbox, [] { return run("(mount --bind / /mnt); exit $?"); }),
               refused_with(128 + SIGSYS));
}

static void threads_and_names_work()
{
    const auto thread_once = [] {
        pthread_t thread{};
        const int made = ::pthread_create(
            &thread, nullptr, [](void*) -> void* { return nullptr; }, nullptr);
        return made != 0 ? made : ::pthread_join(thread, nullptr);
    };
    CHECK_TEXT(outcome(enter_delivery_sandbox, thread_once), "worked");
    CHECK_TEXT(outcome(enter_delivery_sandbox, [] { return run("getent ahosts localhost > /dev/null"); }),
               "worked");
}

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(reaching_for_other_processes_mounts_or_the_kernel_kills_it),
        SENTENCE(what_ordinary_programs_only_try_fails_and_kills_nobody),
        SENTENCE(only_sockets_of_the_internet_and_of_this_host_are_opened),
        SENTENCE(its_programs_run_and_are_shut_in_too),
        SENTENCE(threads_and_names_work),
    };
    return cmocka_run_group_tests_name("sandbox of ssp-mfa-deliveryd", tests, nullptr, nullptr);
}
