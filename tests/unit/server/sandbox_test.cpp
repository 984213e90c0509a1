// Enters the sandbox of ssp-mfad and tries to get out. Built without sanitizers, which it makes exceptions
// for. Every attempt is made without the sandbox too, so that it is known to be one.
#include "server/sandbox.h"

#include "loop/file_rules.h"
#include "loop/sandbox.h"

#include "support/confined_child.h"
#include "support/temporary_directory.h"

#include <csignal>
#include <linux/capability.h>
#include <pthread.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include "support/cmocka.h"

using namespace ssp;
using namespace ssp::testing;

namespace {

/// Folders as on a host, which anybody may use: only the sandbox stands in the way.
struct House {
    House()
    {
        ::chmod(directory.path().c_str(), 0755);
        for (const char* name : {"state", "etc", "elsewhere"}) {
            ::mkdir(directory.path(name).c_str(), 0777);
            ::chmod(directory.path(name).c_str(), 0777);
        }
        for (const char* name : {"state/ssp-mfa.db", "etc/ssp-mfa.toml", "elsewhere/file"})
            ::chmod(directory.write(name, "text").c_str(), 0666);
    }
    std::function<void()> sandbox() const
    {
        return [this] {
            const auto entered = enter_sandbox({directory.path("etc/ssp-mfa.toml"), directory.path("etc/key"),
                                                "", directory.path("state/ssp-mfa.db")});
            if (!entered)
                ::_exit(254);
        };
    }
    int open_it(const char* name, int flags) const
    {
        return error_of(::open(directory.path(name).c_str(), flags, 0600));
    }
    TemporaryDirectory directory;
};

bool has_landlock() { return ::syscall(SYS_landlock_create_ruleset, nullptr, 0, 1) > 0; }

int run_a_program()
{
    char name[] = "/bin/true";
    char* words[] = {name, nullptr};
    char* none[] = {nullptr};
    return error_of(::execve(name, words, none));
}

int spawn_a_program()
{
    char name[] = "/bin/true";
    char* words[] = {name, nullptr};
    char* none[] = {nullptr};
    pid_t child = 0;
    return ::posix_spawn(&child, name, nullptr, nullptr, words, none);
}

int call(long number) { return error_of(::syscall(number, 0, 0, 0, 0, 0)); }

int open_socket(int family, int type) { return error_of(::socket(family, type, 0)); }

int make_memory_executable()
{
    void* page = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return page == MAP_FAILED ? errno : error_of(::mprotect(page, 4096, PROT_READ | PROT_EXEC));
}

int map_executable_memory()
{
    return ::mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED
               ? errno
               : 0;
}

} // namespace

static void running_a_program_kills_it()
{
    const House house;
    CHECK_TEXT(outcome(not_at_all, run_a_program), "worked");
    CHECK_TEXT(outcome(house.sandbox(), run_a_program), killed_for_it);
    CHECK_TEXT(outcome(house.sandbox(), [] { return call(SYS_execveat); }), killed_for_it);
    CHECK_TEXT(outcome(not_at_all, spawn_a_program), "worked");
    CHECK(outcome(house.sandbox(), spawn_a_program) != "worked"); // it cannot even make the process
}

static void reaching_for_other_processes_mounts_or_the_kernel_kills_it()
{
    const House house;
    for (const long number : {SYS_ptrace,
                              SYS_process_vm_readv,
                              SYS_process_vm_writev,
                              SYS_pidfd_getfd,
                              SYS_mount,
                              SYS_umount2,
                              SYS_fsopen,
                              SYS_open_tree,
                              SYS_move_mount,
                              SYS_pivot_root,
                              SYS_chroot,
                              SYS_setns,
                              SYS_unshare,
                              SYS_bpf,
                              SYS_keyctl,
                              SYS_add_key,
                              SYS_request_key,
                              SYS_init_module,
                              SYS_finit_module,
                              SYS_kexec_load,
                              SYS_perf_event_open,
                              SYS_userfaultfd,
                              SYS_io_uring_setup,
                              SYS_clock_settime,
                              SYS_settimeofday,
                              SYS_sethostname,
                              SYS_open_by_handle_at}) {
        CHECK_TEXT(outcome(house.sandbox(), [number] { return call(number); }), killed_for_it);
        CHECK(outcome(not_at_all, [number] { return call(number); }) != killed_for_it);
    }
}

static void it_makes_no_process_but_threads()
{
    const House house;
    const auto fork_once = [] {
        const pid_t child = ::fork();
        if (child == 0)
            ::_exit(0);
        return error_of(child);
    };
    CHECK_TEXT(outcome(not_at_all, fork_once), "worked");
    CHECK_TEXT(outcome(house.sandbox(), fork_once), refused_with(ENOSYS));
    const auto thread_once = [] {
        pthread_t thread{};
        const int made = ::pthread_create(
            &thread, nullptr, [](void*) -> void* { return nullptr; }, nullptr);
        return made != 0 ? made : ::pthread_join(thread, nullptr);
    };
    CHECK_TEXT(outcome(house.sandbox(), thread_once), "worked");
}

static void it_signals_nobody_else()
{
    const House house;
    const auto signal_parent = [] { return error_of(::kill(::getppid(), 0)); };
    CHECK_TEXT(outcome(house.sandbox(), signal_parent), refused_with(ENOSYS));
    CHECK_TEXT(outcome(house.sandbox(), [] { return error_of(::kill(::getpid(), 0)); }), "worked");
    CHECK_TEXT(outcome(house.sandbox(), []() -> int { std::abort(); }), "killed " + std::to_string(SIGABRT));
}

static void it_opens_no_socket_but_unix()
{
    const House house;
    for (const int family : {AF_INET, AF_INET6, AF_NETLINK, AF_PACKET, AF_VSOCK, AF_ALG})
        CHECK_TEXT(outcome(house.sandbox(), [family] { return open_socket(family, SOCK_RAW); }),
                   refused_with(EAFNOSUPPORT));
    CHECK_TEXT(outcome(not_at_all, [] { return open_socket(AF_INET, SOCK_STREAM); }), "worked");
    CHECK_TEXT(outcome(house.sandbox(), [] { return open_socket(AF_INET, SOCK_STREAM); }),
               refused_with(EAFNOSUPPORT));
    CHECK_TEXT(outcome(house.sandbox(), [] { return open_socket(AF_UNIX, SOCK_DGRAM); }), "worked");
}

static void it_makes_no_memory_executable()
{
    const House house;
    CHECK_TEXT(outcome(not_at_all, make_memory_executable), "worked");
    CHECK_TEXT(outcome(house.sandbox(), make_memory_executable), refused_with(ENOSYS));
    CHECK_TEXT(outcome(not_at_all, map_executable_memory), "worked");
    CHECK_TEXT(outcome(house.sandbox(), map_executable_memory), refused_with(ENOSYS));
}

static void it_stays_hidden()
{
    const House house;
    const auto enter = [&house] {
        hide_memory();
        house.sandbox()();
    };
    CHECK_TEXT(outcome(enter, [] { return ::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0); }), "worked"); // 0: it is not
    CHECK_TEXT(outcome(enter, [] { return error_of(::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)); }),
               refused_with(ENOSYS));
    CHECK_TEXT(outcome(enter,
                       [] {
                           rlimit core{};
                           return ::getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_max == 0 ? 0 : 1;
                       }),
               "worked");
}

static void only_the_state_can_be_written_and_only_the_configuration_read()
{
    if (!has_landlock())
        return skip();
    const House house;
    const auto in = house.sandbox();
    const auto with = [&house](const char* name, int flags) {
        return [&house, name, flags] { return house.open_it(name, flags); };
    };
    const auto denied = refused_with(EACCES);
    CHECK_TEXT(outcome(in, with("state/ssp-mfa.db", O_RDWR)), "worked");
    CHECK_TEXT(outcome(in, with("state/ssp-mfa.db-wal", O_RDWR | O_CREAT | O_EXCL)), "worked");
    CHECK_TEXT(
        outcome(in, [&] { return error_of(::unlink(house.directory.path("state/ssp-mfa.db").c_str())); }),
        "worked");
    CHECK_TEXT(outcome(in, with("etc/ssp-mfa.toml", O_RDONLY)), "worked");
    CHECK_TEXT(outcome(not_at_all, with("etc/ssp-mfa.toml", O_RDWR)), "worked");
    CHECK_TEXT(outcome(in, with("etc/ssp-mfa.toml", O_RDWR)), denied);
    CHECK_TEXT(outcome(in, with("etc/ssp-mfa.toml", O_RDONLY | O_TRUNC)), denied);
    for (const int flags : {O_RDONLY, O_WRONLY, O_RDWR | O_TRUNC})
        CHECK_TEXT(outcome(in, with("elsewhere/file", flags)), denied);
    CHECK_TEXT(outcome(in, with("elsewhere/new", O_RDWR | O_CREAT)), denied);
    CHECK_TEXT(outcome(not_at_all, with("elsewhere", O_RDONLY | O_DIRECTORY)), "worked");
    CHECK_TEXT(outcome(in, with("elsewhere", O_RDONLY | O_DIRECTORY)), denied);
    CHECK_TEXT(
        outcome(in, [&] { return error_of(::mkdir(house.directory.path("state/folder").c_str(), 0700)); }),
        // mkdir() is not among the calls it may make
        refused_with(ENOSYS));
    for (const char* path : {"/etc/passwd", "/etc/shadow", "/proc/1/status", "/"})
        CHECK_TEXT(outcome(in, [path] { return error_of(::open(path, O_RDONLY)); }), denied);
    CHECK_TEXT(outcome(in, [] { return error_of(::open("/etc/passwd", O_WRONLY)); }), denied);
    CHECK_TEXT(outcome(not_at_all, [] { return error_of(::open("/etc/passwd", O_RDONLY)); }), "worked");
}

static void a_folder_that_is_not_there_is_left_out_and_the_rest_is_restricted()
{
    if (!has_landlock())
        return skip();
    const House house;
    const auto enter = [&house] {
        if (!enter_sandbox({house.directory.path("etc/ssp-mfa.toml"), "/no/such/key", "/no/credentials",
                            house.directory.path("not-there/ssp-mfa.db")}))
            ::_exit(254);
    };
    CHECK_TEXT(outcome(enter, [&] { return house.open_it("etc/ssp-mfa.toml", O_RDONLY); }), "worked");
    CHECK_TEXT(outcome(enter, [&] { return house.open_it("state/ssp-mfa.db", O_RDONLY); }),
               refused_with(EACCES));
}

static void a_filter_of_calls_is_in_force()
{
    const House house;
    const auto filtered = [] { return has_system_call_filter() ? 0 : 1; };
    CHECK_TEXT(outcome(not_at_all, filtered), "errno 1");
    CHECK_TEXT(outcome(house.sandbox(), filtered), "worked");
}

static void a_program_that_others_may_change_is_refused()
{
    if (::geteuid() != 0)
        return skip(); // what is not root's is refused anyway
    TemporaryDirectory directory;
    ::chmod(directory.path().c_str(), 0755);
    ::mkdir(directory.path("bin").c_str(), 0755);
    const auto file = directory.write("bin/program", "");
    ::chmod(file.c_str(), 0755);
    CHECK(refuse_writable(file));
    for (const auto& path : {file, directory.path("bin")}) {
        for (const mode_t mode : {0775U, 0757U, 0777U}) {
            ::chmod(path.c_str(), mode);
            const auto refused = refuse_writable(file);
            CHECK(!refused && refused.error().kind == ErrorKind::not_permitted);
            CHECK(refused.error().detail.find("can change " + path + ";") != std::string::npos);
        }
        ::chmod(path.c_str(), 0755);
        CHECK(::chown(path.c_str(), 65534, 65534) == 0);
        CHECK(!refuse_writable(file));
        CHECK(::chown(path.c_str(), 0, 0) == 0);
        CHECK(refuse_writable(file));
    }
    CHECK(!refuse_writable(directory.path("not-there")));
}

static void capabilities_are_refused_and_given_up()
{
    if (::geteuid() != 0)
        return skip();
    const auto as = [](bool keep) {
        return [keep] {
            const pid_t pid = ::fork();
            if (pid == 0) {
                const int nowhere = ::open("/dev/null", O_WRONLY);
                ::dup2(nowhere, STDERR_FILENO);
                ::prctl(PR_SET_KEEPCAPS, keep ? 1 : 0, 0, 0, 0);
                if (::setgid(65534) != 0 || ::setuid(65534) != 0)
                    ::_exit(255);
                const bool refused = !refuse_privileges("a.socket");
                give_up_privileges();
                const bool clean = static_cast<bool>(refuse_privileges("a.socket"));
                ::_exit((refused ? 1 : 0) + (clean ? 2 : 0));
            }
            int status = 0;
            ::waitpid(pid, &status, 0);
            return WEXITSTATUS(status);
        };
    };
    CHECK(as(true)() == 3);
    CHECK(as(false)() == 2);
    CHECK(!refuse_privileges("a.socket")); // root itself
}

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(running_a_program_kills_it),
        SENTENCE(reaching_for_other_processes_mounts_or_the_kernel_kills_it),
        SENTENCE(it_makes_no_process_but_threads),
        SENTENCE(it_signals_nobody_else),
        SENTENCE(it_opens_no_socket_but_unix),
        SENTENCE(it_makes_no_memory_executable),
        SENTENCE(it_stays_hidden),
        SENTENCE(only_the_state_can_be_written_and_only_the_configuration_read),
        SENTENCE(a_folder_that_is_not_there_is_left_out_and_the_rest_is_restricted),
        SENTENCE(a_filter_of_calls_is_in_force),
        SENTENCE(a_program_that_others_may_change_is_refused),
        SENTENCE(capabilities_are_refused_and_given_up),
    };
    return cmocka_run_group_tests_name("sandbox of ssp-mfad", tests, nullptr, nullptr);
}
