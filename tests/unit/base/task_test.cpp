#include "base/task.h"

#include <string>
#include <vector>

#include "support/cmocka.h"

using namespace ssp;

namespace {

/// A leaf that waits until the test resumes it.
struct Gate {
    std::coroutine_handle<> waiter;
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> h) noexcept { waiter = h; }
    void await_resume() const noexcept {}
    void open() { std::exchange(waiter, {}).resume(); }
};

struct Counted {
    explicit Counted(int& live) : live_(live) { ++live_; }
    Counted(const Counted&) = delete;
    ~Counted() { --live_; }
    int& live_;
};

Task<int> one() { co_return 1; }
Task<int> wrong() { co_return Error{ErrorKind::malformed, "planted"}; }
Task<int> throws()
{
    throw std::runtime_error("planted");
    co_return 0;
}
Task<int> after(Gate& gate)
{
    co_await gate;
    co_return 7;
}
Task<int> wrong_after(Gate& gate)
{
    co_await gate;
    co_return Error{ErrorKind::deadline_passed, "planted"};
}

Task<int> adds(Task<int> a, Task<int> b)
{
    const int x = co_await a;
    const int y = co_await b;
    co_return x + y;
}

Task<int> holds(Gate& gate, int& live)
{
    Counted counted(live);
    const int value = co_await after(gate);
    co_return value;
}

void a_value_reaches_whoever_awaits_it()
{
    auto sum = run_now(adds(one(), one()));
    CHECK(sum && *sum == 2);
}

void an_error_ends_every_coroutine_up_to_the_root()
{
    auto sum = run_now(adds(one(), wrong()));
    CHECK(!sum && sum.error().kind == ErrorKind::malformed);
}

void a_thrown_exception_becomes_an_internal_error()
{
    auto sum = run_now(adds(throws(), one()));
    CHECK(!sum && sum.error().kind == ErrorKind::internal);
    CHECK_TEXT(sum.error().detail, "planted");
}

Task<std::string> looks(Gate& gate)
{
    auto result = co_await wrong_after(gate).outcome();
    co_return result ? "value" : word(result.error().kind);
}

void outcome_lets_a_coroutine_look_at_the_error_itself()
{
    Gate gate;
    RootTask<std::string> root(looks(gate));
    bool ended = false;
    root.start([&] { ended = true; });
    CHECK(!ended);
    gate.open();
    CHECK(ended);
    CHECK_TEXT(*root.take(), "deadline-passed");
}

void an_error_that_comes_late_passes_through_suspended_parents()
{
    Gate gate;
    RootTask<int> root(adds(wrong_after(gate), one()));
    bool ended = false;
    root.start([&] { ended = true; });
    gate.open();
    CHECK(ended);
    auto result = root.take();
    CHECK(!result && result.error().kind == ErrorKind::deadline_passed);
}

void destroying_the_root_destroys_every_frame_below()
{
    Gate gate;
    int live = 0;
    {
        RootTask<int> root(adds(holds(gate, live), one()));
        root.start([] {});
        CHECK(live == 1);
    }
    CHECK(live == 0);
}

void frames_that_an_error_ended_are_destroyed_with_the_root()
{
    Gate gate;
    int live = 0;
    {
        RootTask<int> root(adds(holds(gate, live), wrong()));
        root.start([] {});
        gate.open();
        CHECK(root.finished());
    }
    CHECK(live == 0);
}

Task<int> loops(int rounds)
{
    int sum = 0;
    for (int i = 0; i < rounds; ++i)
        sum += co_await one();
    co_return sum;
}

void a_loop_of_ready_children_does_not_grow_the_stack()
{
    auto sum = run_now(loops(200'000));
    CHECK(sum && *sum == 200'000);
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(a_value_reaches_whoever_awaits_it),
        SENTENCE(an_error_ends_every_coroutine_up_to_the_root),
        SENTENCE(a_thrown_exception_becomes_an_internal_error),
        SENTENCE(outcome_lets_a_coroutine_look_at_the_error_itself),
        SENTENCE(an_error_that_comes_late_passes_through_suspended_parents),
        SENTENCE(destroying_the_root_destroys_every_frame_below),
        SENTENCE(frames_that_an_error_ended_are_destroyed_with_the_root),
        SENTENCE(a_loop_of_ready_children_does_not_grow_the_stack),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
