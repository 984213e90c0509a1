// A child gets its sockets as systemd would give them; what it made of them is its exit code.
#include "loop/activation.h"

#include "support/temporary_directory.h"

#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <functional>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include "support/cmocka.h"

using namespace ssp;
using ssp::testing::TemporaryDirectory;

namespace {

UniqueFd bound(const std::string& path, int type = SOCK_STREAM, bool listens = true)
{
    UniqueFd socket(::socket(AF_UNIX, type, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    CHECK(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    if (listens)
        CHECK(::listen(socket.get(), 5) == 0);
    return socket;
}

/// Runs `judge` on what activated_sockets() says in a child that was handed `sockets`. True: it agreed.
bool in_a_child(const std::vector<int>& sockets,
                const std::function<bool(const Result<std::vector<ActivatedSocket>>&)>& judge,
                bool for_another_process = false)
{
    const pid_t child = ::fork();
    if (child == 0) {
        std::vector<int> moved;
        for (const int fd : sockets)
            moved.push_back(::fcntl(fd, F_DUPFD, 100));
        for (std::size_t i = 0; i < moved.size(); ++i)
            ::dup2(moved[i], 3 + static_cast<int>(i));
        ::setenv("LISTEN_PID", std::to_string(::getpid() + (for_another_process ? 1 : 0)).c_str(), 1);
        ::setenv("LISTEN_FDS", std::to_string(moved.size()).c_str(), 1);
        const auto taken = activated_sockets();
        const bool agreed =
            judge(taken) && std::getenv("LISTEN_FDS") == nullptr && std::getenv("LISTEN_PID") == nullptr;
        ::_exit(agreed ? 0 : 1);
    }
    int status = 0;
    CHECK(::waitpid(child, &status, 0) == child);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

} // namespace

static void each_socket_comes_with_its_name_closed_on_exec_and_non_blocking()
{
    const TemporaryDirectory directory;
    const auto one = bound(directory.path("signin.sock"));
    const auto two = bound(directory.path("self.sock"));
    CHECK(in_a_child({one.get(), two.get()}, [](const auto& taken) {
        return taken && taken->size() == 2 && (*taken)[0].name == "signin.sock" &&
               (*taken)[1].name == "self.sock" &&
               (::fcntl((*taken)[0].fd.get(), F_GETFD) & FD_CLOEXEC) != 0 &&
               (::fcntl((*taken)[0].fd.get(), F_GETFL) & O_NONBLOCK) != 0;
    }));
}

static void sockets_for_another_process_are_not_taken()
{
    const TemporaryDirectory directory;
    const auto one = bound(directory.path("signin.sock"));
    CHECK(in_a_child(
        {one.get()}, [](const auto& taken) { return taken && taken->empty(); }, true));
}

static void what_is_no_listening_stream_socket_with_a_path_is_refused()
{
    const TemporaryDirectory directory;
    const auto refused = [](const auto& taken) {
        return !taken && taken.error().kind == ErrorKind::configuration;
    };
    const UniqueFd file(::open("/dev/null", O_RDONLY));
    const auto silent = bound(directory.path("a.sock"), SOCK_STREAM, false);
    const auto datagram = bound(directory.path("b.sock"), SOCK_DGRAM, false);
    UniqueFd nameless(::socket(AF_UNIX, SOCK_STREAM, 0));
    sockaddr_un autobind{};
    autobind.sun_family = AF_UNIX;
    CHECK(::bind(nameless.get(), reinterpret_cast<const sockaddr*>(&autobind), sizeof(sa_family_t)) == 0);
    CHECK(::listen(nameless.get(), 5) == 0);
    CHECK(in_a_child({file.get()}, refused));
    CHECK(in_a_child({silent.get()}, refused));
    CHECK(in_a_child({datagram.get()}, refused));
    CHECK(in_a_child({nameless.get()}, refused));
}

static void two_sockets_of_one_name_are_refused()
{
    const TemporaryDirectory one;
    const TemporaryDirectory two;
    const auto first = bound(one.path("signin.sock"));
    const auto second = bound(two.path("signin.sock"));
    CHECK(in_a_child({first.get(), second.get()}, [](const auto& taken) { return !taken; }));
}

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(each_socket_comes_with_its_name_closed_on_exec_and_non_blocking),
        SENTENCE(sockets_for_another_process_are_not_taken),
        SENTENCE(what_is_no_listening_stream_socket_with_a_path_is_refused),
        SENTENCE(two_sockets_of_one_name_are_refused),
    };
    return cmocka_run_group_tests_name("activation", tests, nullptr, nullptr);
}
