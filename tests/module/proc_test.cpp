// What the kernel says in /proc of this process, or does not say: taken whole, or the sign-in is refused.
#include "pam_host.h"
#include "scripted_helper.h"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <map>
#include <optional>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "support/cmocka.h"

using namespace ssp::protocol;
using namespace ssp::testing;

namespace {

/// Content of a file of /proc, or the error with which it cannot be opened.
struct Planted {
    std::string content;
    int error = 0;
};
std::map<std::string, Planted> planted;
bool as_descriptor_0 = false; ///< what the module opens, as when the program's standard input is closed

int open_planted(const char* path, int flags)
{
    const auto found = planted.find(path);
    if (found == planted.end())
        return static_cast<int>(syscall(SYS_openat, AT_FDCWD, path, flags, 0));
    if (found->second.error != 0) {
        errno = found->second.error;
        return -1;
    }
    const int fd = memfd_create("planted", MFD_CLOEXEC);
    if (write(fd, found->second.content.data(), found->second.content.size()) < 0 ||
        lseek(fd, 0, SEEK_SET) != 0)
        std::abort();
    if (!as_descriptor_0)
        return fd;
    dup3(fd, 0, O_CLOEXEC);
    close(fd);
    return 0;
}

constexpr std::uint32_t no_session = 0xffffffffU;

/// Signs in at login. Nothing: refused as a fault of this host. Otherwise what the helper was told.
std::optional<std::uint32_t> session_told(const Planted& sessionid)
{
    planted = {{"/proc/self/sessionid", sessionid}};
    std::uint32_t told = 0;
    ScriptedHelper helper([&](Line& line) {
        told = line.begin().audit_session;
        line.verdict(Decision::accepted);
    });
    pam_handle host;
    host.items = {{PAM_SERVICE, "login"}, {PAM_USER, "root"}, {PAM_TTY, "/dev/tty1"}};
    const int code = authenticate(host, helper.arguments());
    helper.stop();
    planted.clear();
    CHECK(code == PAM_SUCCESS || (code == PAM_SYSTEM_ERR && helper.connections() == 0));
    return code == PAM_SUCCESS ? std::optional(told) : std::nullopt;
}

void the_number_of_a_session_is_taken_whole()
{
    CHECK(session_told({"7"}) == 7U && session_told({"7\n"}) == 7U && session_told({"10"}) == 10U);
    CHECK(session_told({"4294967294"}) == 4294967294U && session_told({"4294967295"}) == no_session);
    for (const char* wrong : {"4294967296", "99999999999999999999999", "7x", "x", "7 8", "-1", " 7", "\n",
                              "/", ":", "1234567890123456789012345678901234567890"})
        CHECK(!session_told({wrong}));
}

void a_kernel_that_knows_no_sessions_is_no_fault_and_one_that_fails_is()
{
    CHECK(session_told({"", ENOENT}) == no_session);
    CHECK(session_told({""}) == no_session);
    CHECK(!session_told({"", EACCES}) && !session_told({"", EMFILE}));
}

/// The connection that the helper is told of, with `stat` in the place of /proc/self/stat.
std::optional<std::string> connection_told(const Planted& stat)
{
    planted = {{"/proc/self/stat", stat}};
    std::string told;
    ScriptedHelper helper([&](Line& line) {
        told = line.begin().connection;
        line.verdict(Decision::accepted);
    });
    pam_handle host;
    host.items = {{PAM_SERVICE, "sudo"}, {PAM_USER, "root"}, {PAM_TTY, "/dev/pts/1"}};
    const int code = authenticate(host, helper.arguments());
    helper.stop();
    planted.clear();
    return code == PAM_SUCCESS ? std::optional(told) : std::nullopt;
}

void a_connection_is_named_by_its_process_and_when_that_began_whatever_the_program_is_called()
{
    const std::string own = std::to_string(getpid()) + " ";
    const std::string fields = " S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 7654321 20 21\n";
    for (const char* name : {"sudo", "a) S 9", "((", "x y z 1 2 3", ")"})
        CHECK(connection_told({"4711 (" + std::string(name) + ")" + fields}) == own + "7654321");
    CHECK(connection_told({"4711 (sudo) S 1 2 3\n"}) == own);
    CHECK(connection_told({""}) == own);
    CHECK(!connection_told({"", EACCES}));
}

void a_program_with_its_standard_input_closed_is_served()
{
    const int kept = fcntl(0, F_DUPFD_CLOEXEC, 100);
    CHECK(kept >= 0);
    as_descriptor_0 = true;
    const auto told = session_told({"7"});
    as_descriptor_0 = false;
    const bool closed = fcntl(0, F_GETFD) < 0;
    dup2(kept, 0);
    close(kept);
    CHECK(told == 7U && closed);
}

} // namespace

// Built with large files: this is open64(), as in the module.
extern "C" int open(const char* path, int flags, ...) { return open_planted(path, flags); }

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(the_number_of_a_session_is_taken_whole),
        SENTENCE(a_kernel_that_knows_no_sessions_is_no_fault_and_one_that_fails_is),
        SENTENCE(a_connection_is_named_by_its_process_and_when_that_began_whatever_the_program_is_called),
        SENTENCE(a_program_with_its_standard_input_closed_is_served),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
