// Who feeds systemd's watchdog, and how often a daemon may end to be started again.
#include "base/unique_fd.h"
#include "loop/heartbeat.h"
#include "loop/last_end.h"

#include "support/temporary_directory.h"

#include <cstdlib>
#include <cstring>
#include <optional>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "support/cmocka.h"

using namespace ssp;
using namespace ssp::testing;

namespace {

/// What systemd would hear of this process.
class Notices {
public:
    Notices() : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0))
    {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        const auto path = folder_.path("notify");
        std::memcpy(address.sun_path, path.data(), path.size());
        CHECK(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
        ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
        ::setenv("WATCHDOG_USEC", "30000", 1);
        ::unsetenv("WATCHDOG_PID");
    }
    ~Notices()
    {
        ::unsetenv("NOTIFY_SOCKET");
        ::unsetenv("WATCHDOG_USEC");
    }
    Notices(const Notices&) = delete;
    Notices& operator=(const Notices&) = delete;

    int feedings()
    {
        char said[256];
        for (ssize_t got = 0; (got = ::recv(socket_.get(), said, sizeof said, 0)) > 0;)
            if (std::string_view(said, static_cast<std::size_t>(got)) == "WATCHDOG=1")
                ++feedings_;
        return feedings_;
    }

private:
    TemporaryDirectory folder_;
    UniqueFd socket_;
    int feedings_ = 0;
};

/// A part of a daemon that is asked for a sign of life.
struct Part {
    struct Answer {
        Part& part;
        bool await_ready() const noexcept { return false; }
        void await_suspend(std::coroutine_handle<> who) const { part.waiter = who; }
        void await_resume() const noexcept {}
    };
    Task<void> when_it_answers()
    {
        ++asked;
        Answer answer{*this};
        co_await answer;
    }
    int asked = 0;
    std::coroutine_handle<> waiter;
};

Task<bool> failing_write() { co_return Error{ErrorKind::store_unavailable, "the disk is full"}; }

Task<void> fails()
{
    const bool never_known = co_await failing_write();
    (void)never_known;
}

void turn_until(Loop& loop, const std::function<bool()>& over)
{
    while (!over())
        loop.run_once(std::chrono::milliseconds(10));
}

} // namespace

static void an_answer_feeds_the_watchdog_even_when_it_is_an_error()
{
    Notices notices;
    Loop loop;
    const Heartbeat heartbeat(loop, fails);
    turn_until(loop, [&] { return notices.feedings() >= 3; });
}

static void a_part_that_hangs_stops_the_feeding_and_is_asked_once()
{
    Notices notices;
    Loop loop;
    Part part;
    const Heartbeat heartbeat(loop, [&] { return part.when_it_answers(); });
    turn_until(loop, [&] { return part.asked == 1; });
    int turns = 0;
    Timer later(loop, [&] { ++turns; });
    for (int i = 1; i <= 5; ++i) { // several beats pass
        later.arm(std::chrono::milliseconds(30));
        turn_until(loop, [&] { return turns == i; });
    }
    CHECK(part.asked == 1 && notices.feedings() == 0);
    part.waiter.resume();
    CHECK(notices.feedings() == 1);
    turn_until(loop, [&] { return part.asked == 2; });
}

static void a_part_that_is_gone_is_forgotten_and_the_next_is_asked()
{
    Notices notices;
    Loop loop;
    Part part;
    bool gone = false;
    Heartbeat heartbeat(loop, [&] { return gone ? fails() : part.when_it_answers(); });
    turn_until(loop, [&] { return part.asked == 1; });
    gone = true;
    heartbeat.forget();
    turn_until(loop, [&] { return notices.feedings() >= 1; });
}

static void a_daemon_ends_for_a_restart_once_in_a_quarter_of_an_hour()
{
    const TemporaryDirectory notes;
    constexpr BootTime start = std::chrono::hours(5);
    CHECK(may_end_for_restart(notes.path(), start));
    CHECK(!may_end_for_restart(notes.path(), start + std::chrono::seconds(2)));
    CHECK(!may_end_for_restart(notes.path(), start + std::chrono::minutes(14)));
    CHECK(may_end_for_restart(notes.path(), start + std::chrono::minutes(16)));
    CHECK(!may_end_for_restart(notes.path(), start + std::chrono::minutes(17)));
}

static void a_daemon_that_cannot_note_its_end_does_not_end()
{
    const TemporaryDirectory notes;
    CHECK(!may_end_for_restart("", std::chrono::hours(5)));
    CHECK(!may_end_for_restart(notes.path("missing"), std::chrono::hours(5)));
}

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(an_answer_feeds_the_watchdog_even_when_it_is_an_error),
        SENTENCE(a_part_that_hangs_stops_the_feeding_and_is_asked_once),
        SENTENCE(a_part_that_is_gone_is_forgotten_and_the_next_is_asked),
        SENTENCE(a_daemon_ends_for_a_restart_once_in_a_quarter_of_an_hour),
        SENTENCE(a_daemon_that_cannot_note_its_end_does_not_end),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
