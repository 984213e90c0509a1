// Read by the coroutine lint's own test, never compiled into anything: every line marked BAD must be found,
// and no other line.
#include <coroutine>
#include <string>
#include <utility>

struct Task {
    struct promise_type {
        Task get_return_object() { return {}; }
        std::suspend_always initial_suspend() noexcept { return {}; }
        std::suspend_always final_suspend() noexcept { return {}; }
        void return_value(int) {}
        void unhandled_exception() {}
    };
    bool await_ready() const noexcept { return true; }
    void await_suspend(std::coroutine_handle<>) const noexcept {}
    int await_resume() const noexcept { return 1; }
};
struct PairTask : Task {
    std::pair<int, int> await_resume() const noexcept { return {}; }
};

struct Options {
    std::string name;
    int number = 0;
};
struct Built {
    explicit Built(std::string n) : name(std::move(n)) {}
    std::string name;
};

Task take(Options);
Task take_text(std::string);
Task take_built(Built);
template <class F> Task call(F f) { co_return static_cast<int>(f()); }
PairTask two();

Task bad(bool which, std::string text)
{
    co_await take(Options{"x", 1});                            // BAD
    co_await take({.name = "x"});                              // BAD
    co_await call([text] { return text.size(); });             // BAD
    co_await take_text(which ? std::string("a") : std::string("b")); // BAD
    int sum = ({ co_await take_text("a"); });                  // BAD
    auto [first, second] = co_await two();                     // BAD
    auto later = [text]() -> Task { co_return co_await take_text(text); }; // BAD
    later();
    co_return sum + first + second;
}

Task good(bool which, std::string text)
{
    Options options{"x", 1};
    co_await take(std::move(options));
    co_await take_text("literal");
    co_await take_text(std::string("temporary"));
    co_await take_built(Built("constructor"));
    auto size = [text] { return text.size(); };
    co_await call(std::move(size));
    int number = co_await take_text(which && !text.empty() ? "a" : "b");
    auto pair = co_await two();
    co_return number + pair.first;
}
