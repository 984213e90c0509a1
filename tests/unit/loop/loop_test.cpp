#include "loop/loop.h"

#include "base/unique_fd.h"
#include "loop/listener.h"
#include "loop/peer.h"
#include "loop/signal_watch.h"

#include "support/temporary_directory.h"

#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "support/cmocka.h"

using namespace ssp;
using ssp::testing::TemporaryDirectory;

namespace {

void turn(Loop& loop, int times = 20)
{
    for (int i = 0; i < times; ++i)
        loop.run_once(std::chrono::milliseconds(0));
}

template <class Done> bool turn_until(Loop& loop, Done done)
{
    for (int i = 0; i < 20000 && !done(); ++i)
        loop.run_once(std::chrono::milliseconds(1));
    return done();
}

sockaddr_un address_of(const std::string& path)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    return address;
}

UniqueFd listening(const std::string& path)
{
    UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    const auto address = address_of(path);
    CHECK(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    CHECK(::listen(socket.get(), 200) == 0);
    return socket;
}

UniqueFd connected(const std::string& path)
{
    UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const auto address = address_of(path);
    CHECK(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    return socket;
}

} // namespace

static void a_job_runs_on_the_next_turn_and_may_ask_for_another()
{
    Loop loop;
    int ran = 0;
    loop.later([&] {
        ++ran;
        loop.later([&] { ++ran; });
    });
    CHECK(ran == 0);
    loop.run_once(std::chrono::milliseconds(0));
    CHECK(ran == 1);
    loop.run_once(std::chrono::milliseconds(0));
    CHECK(ran == 2);
}

static void run_ends_with_the_code_that_stop_was_given()
{
    Loop loop;
    loop.later([&] { loop.stop(7); });
    CHECK(loop.run() == 7);
}

static void what_tidies_up_after_the_loop_has_ended_is_no_fault()
{
    Loop loop;
    const UniqueFd event(::eventfd(1, EFD_CLOEXEC));
    IoWatch watch(loop, event.get(), EPOLLIN, [](std::uint32_t) {});
    Timer used(loop, [] {});
    used.arm(std::chrono::hours(1));
    Timer unused(loop, [] {});
    loop.later([&loop] { loop.stop(0); });
    CHECK(loop.run() == 0);
    used.arm(std::chrono::hours(2));
    unused.arm(std::chrono::hours(2));
    watch.set_events(EPOLLOUT);
    watch.stop();
    loop.later([] { CHECK(false); });
    used.disarm();
    unused.disarm();
}

static void a_timer_calls_once_and_can_be_armed_from_inside_itself()
{
    Loop loop;
    int rings = 0;
    std::unique_ptr<Timer> timer;
    timer = std::make_unique<Timer>(loop, [&] {
        if (++rings < 3)
            timer->arm(std::chrono::milliseconds(1));
    });
    timer->arm(std::chrono::milliseconds(1));
    CHECK(turn_until(loop, [&] { return rings == 3; }));
    turn(loop);
    CHECK(rings == 3);
}

static void a_timer_that_was_disarmed_or_destroyed_does_not_call()
{
    Loop loop;
    int rings = 0;
    Timer disarmed(loop, [&] { ++rings; });
    disarmed.disarm();
    disarmed.arm(std::chrono::milliseconds(0));
    disarmed.disarm();
    {
        Timer gone(loop, [&] { ++rings; });
        gone.arm(std::chrono::milliseconds(0));
    }
    int later = 0;
    Timer afterwards(loop, [&] { ++later; });
    afterwards.arm(std::chrono::milliseconds(30));
    CHECK(turn_until(loop, [&] { return later == 1; }));
    CHECK(rings == 0);
}

static void a_watch_that_was_stopped_hears_no_hang_up()
{
    Loop loop;
    int ends[2];
    CHECK(::pipe2(ends, O_CLOEXEC) == 0);
    const UniqueFd reader(ends[0]);
    UniqueFd writer(ends[1]);
    int calls = 0;
    IoWatch watch(loop, reader.get(), EPOLLIN, [&](std::uint32_t) { ++calls; });
    CHECK(::write(writer.get(), "x", 1) == 1);
    turn(loop, 1);
    CHECK(calls == 1);
    watch.stop();
    writer.reset();
    turn(loop);
    CHECK(calls == 1);
}

static void a_signal_arrives_on_the_loop()
{
    Loop loop;
    int came = 0;
    const SignalWatch watch(loop, SIGHUP, [&] { ++came; });
    CHECK(::raise(SIGHUP) == 0);
    CHECK(came == 0);
    CHECK(turn_until(loop, [&] { return came == 1; }));
}

static void a_listener_accepts_everybody_and_the_kernel_names_them()
{
    Loop loop;
    const TemporaryDirectory directory;
    const auto path = directory.path("a.sock");
    std::vector<UniqueFd> accepted;
    const Listener listener(loop, listening(path), [&](UniqueFd fd) { accepted.push_back(std::move(fd)); });
    std::vector<UniqueFd> clients;
    for (int i = 0; i < 150; ++i)
        clients.push_back(connected(path));
    CHECK(turn_until(loop, [&] { return accepted.size() == 150; }));
    const auto peer = peer_of(accepted.front().get());
    CHECK(peer && peer->uid == ::geteuid() && peer->gid == ::getegid() && peer->pid == ::getpid());
    CHECK((::fcntl(accepted.front().get(), F_GETFL) & O_NONBLOCK) != 0);
    CHECK((::fcntl(accepted.front().get(), F_GETFD) & FD_CLOEXEC) != 0);
}

static void a_caller_s_own_address_says_nothing_about_it()
{
    Loop loop;
    const TemporaryDirectory directory;
    const auto path = directory.path("a.sock");
    UniqueFd accepted;
    const Listener listener(loop, listening(path), [&](UniqueFd fd) { accepted = std::move(fd); });
    const UniqueFd client(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un own = {};
    own.sun_family = AF_UNIX;
    const std::string name = std::string(1, '\0') + ";uid=0;pid=1;" + std::to_string(::getpid());
    std::memcpy(own.sun_path, name.data(), name.size());
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    CHECK(::bind(client.get(), reinterpret_cast<const sockaddr*>(&own), length) == 0);
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    CHECK(::connect(client.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    CHECK(turn_until(loop, [&] { return accepted.get() >= 0; }));
    const auto peer = peer_of(accepted.get());
    CHECK(peer && peer->uid == ::geteuid() && peer->gid == ::getegid() && peer->pid == ::getpid());
}

static void what_is_no_socket_has_no_peer()
{
    const UniqueFd file(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    CHECK(!peer_of(file.get()));
}

static void a_listener_without_descriptors_rests_and_serves_later()
{
    Loop loop;
    const TemporaryDirectory directory;
    const auto path = directory.path("a.sock");
    std::vector<UniqueFd> accepted;
    const Listener listener(loop, listening(path), [&](UniqueFd fd) { accepted.push_back(std::move(fd)); });
    const auto client = connected(path);

    rlimit before{};
    CHECK(::getrlimit(RLIMIT_NOFILE, &before) == 0);
    const UniqueFd lowest_free(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    rlimit none = before;
    none.rlim_cur = static_cast<rlim_t>(lowest_free.get()) + 1;
    CHECK(::setrlimit(RLIMIT_NOFILE, &none) == 0);
    turn(loop, 100); // level-triggered: a loop that span would have logged 100 lines
    const auto while_short = accepted.size();
    CHECK(::setrlimit(RLIMIT_NOFILE, &before) == 0);
    CHECK(while_short == 0);
    CHECK(turn_until(loop, [&] { return accepted.size() == 1; }));
}

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(a_job_runs_on_the_next_turn_and_may_ask_for_another),
        SENTENCE(run_ends_with_the_code_that_stop_was_given),
        SENTENCE(what_tidies_up_after_the_loop_has_ended_is_no_fault),
        SENTENCE(a_timer_calls_once_and_can_be_armed_from_inside_itself),
        SENTENCE(a_timer_that_was_disarmed_or_destroyed_does_not_call),
        SENTENCE(a_watch_that_was_stopped_hears_no_hang_up),
        SENTENCE(a_signal_arrives_on_the_loop),
        SENTENCE(a_listener_accepts_everybody_and_the_kernel_names_them),
        SENTENCE(a_caller_s_own_address_says_nothing_about_it),
        SENTENCE(what_is_no_socket_has_no_peer),
        SENTENCE(a_listener_without_descriptors_rests_and_serves_later),
    };
    return cmocka_run_group_tests_name("loop", tests, nullptr, nullptr);
}
