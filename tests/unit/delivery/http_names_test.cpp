// Names that cannot be resolved. getaddrinfo() is the test's own: what DNS does cannot be had on loopback.
#include "delivery/http/transfers.h"

#include "support/run_on_loop.h"

#include <atomic>
#include <ctime>
#include <dlfcn.h>
#include <list>
#include <netdb.h>
#include <semaphore>
#include <string_view>

#include "gateway.h"
#include "support/cmocka.h"

using namespace ssp;
using namespace ssp::testing;
using End = HttpAnswer::End;

namespace {

std::atomic<int> hanging = 0;
std::counting_semaphore<1000> go_on(0);

} // namespace

/// Hangs for names that begin with "hang", as a resolver does whose servers are silent.
extern "C" __attribute__((visibility("default"))) int getaddrinfo(const char* name, const char* service,
                                                                  const addrinfo* hints, addrinfo** found)
{
    const std::string_view asked = name == nullptr ? "" : name;
    if (asked.starts_with("hang")) {
        ++hanging;
        go_on.acquire();
        --hanging;
        return EAI_AGAIN;
    }
    if (asked.starts_with("unknown"))
        return EAI_NONAME;
    using Real = int (*)(const char*, const char*, const addrinfo*, addrinfo**);
    static const auto real = reinterpret_cast<Real>(::dlsym(RTLD_NEXT, "getaddrinfo"));
    return real(name, service, hints, found);
}

namespace {

HttpRequest get(std::string_view url, std::chrono::milliseconds deadline)
{
    HttpRequest request;
    request.method = "GET";
    request.url.add(url);
    request.plain = true;
    request.deadline = deadline;
    return request;
}

double milliseconds(std::chrono::nanoseconds duration)
{
    return std::chrono::duration<double, std::milli>(duration).count();
}

std::chrono::nanoseconds work_of_this_thread()
{
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

void let_all_go_on()
{
    go_on.release(hanging);
    while (hanging > 0)
        std::this_thread::yield();
}

void a_name_that_nobody_knows_means_not_sent()
{
    Loop loop;
    Transfers transfers(loop);
    const auto answer = run(loop, transfers.fetch(get("https://unknown.example/", std::chrono::seconds(20))));
    CHECK(answer && answer->end == End::not_sent);
}

void while_a_name_hangs_the_loop_turns_and_other_requests_are_served()
{
    Gateway gateway([](GatewayPeer& peer) {
        peer.receive();
        peer.answer("200 OK", "");
    });
    Loop loop;
    Transfers transfers(loop);
    std::list<RootTask<HttpAnswer>> stuck;
    for (int i = 0; i < 20; ++i) {
        stuck.emplace_back(transfers.fetch(get("https://hang.example/", std::chrono::seconds(20))));
        stuck.back().start([] {});
    }
    run_until(loop, [] { return hanging == 20; });
    // The resolver does not come back before it is let go: a loop that waited for it would stand for ever.
    int ticks = 0;
    Timer timer(loop, [&] {
        ++ticks;
        timer.arm(std::chrono::milliseconds(1));
    });
    timer.arm(std::chrono::milliseconds(1));
    for (int i = 0; i < 20; ++i) {
        const auto answer = run(loop, transfers.fetch(get(gateway.url(), std::chrono::seconds(20))));
        CHECK(answer && answer->end == End::answered);
    }
    double longest = 0;
    double most_work = 0;
    while (ticks < 100) {
        const auto began = std::chrono::steady_clock::now();
        const auto worked = work_of_this_thread();
        loop.run_once(
            std::chrono::milliseconds(0)); // never waits, so what it takes is what it is held up for
        longest = std::max(longest, milliseconds(std::chrono::steady_clock::now() - began));
        most_work = std::max(most_work, milliseconds(work_of_this_thread() - worked));
    }
    std::printf(
        "# %d ticks of a 1 ms timer while 20 names hang; the longest turn took %.2f ms, %.2f ms of work\n",
        ticks, longest, most_work);
    CHECK(hanging == 20);
    // Ending a request does not wait for its resolver either.
    stuck.clear();
    CHECK(hanging == 20);
    let_all_go_on();
}

void a_name_that_hangs_until_the_deadline_means_not_sent()
{
    Loop loop;
    Transfers transfers(loop);
    const auto answer =
        run(loop, transfers.fetch(get("https://hang.example/", std::chrono::milliseconds(200))));
    CHECK(answer && answer->end == End::not_sent);
    CHECK(hanging == 1);
    let_all_go_on();
}

void the_end_of_all_requests_does_not_wait_for_a_resolver()
{
    Loop loop;
    {
        Transfers transfers(loop);
        RootTask<HttpAnswer> stuck(transfers.fetch(get("https://hang.example/", std::chrono::seconds(20))));
        stuck.start([] {});
        run_until(loop, [] { return hanging == 1; });
    }
    CHECK(hanging == 1);
    let_all_go_on();
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(a_name_that_nobody_knows_means_not_sent),
        SENTENCE(while_a_name_hangs_the_loop_turns_and_other_requests_are_served),
        SENTENCE(a_name_that_hangs_until_the_deadline_means_not_sent),
        SENTENCE(the_end_of_all_requests_does_not_wait_for_a_resolver),
    };
    return cmocka_run_group_tests_name("delivery http names", tests, nullptr, nullptr);
}
