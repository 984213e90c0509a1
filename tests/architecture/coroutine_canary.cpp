// Run by meson at configure time: a compiler that gets one of these valid forms wrong is refused.
// g++ 12.2 destroys the temporary of each twice, or never, without a word; clang 14 is right. The object
// only counts, so no sanitizer is needed and the answer does not depend on chance.
#include <coroutine>
#include <cstdio>
#include <utility>

namespace {

int live = 0;

struct Counted {
    int value;
    Counted(int v) : value(v) { ++live; } // NOLINT(google-explicit-constructor)
    Counted(const Counted& other) : value(other.value) { ++live; }
    Counted(Counted&& other) noexcept : value(other.value) { ++live; }
    ~Counted() { --live; }
};

struct Options {
    Counted a;
    int n = 3;
};

/// Just enough of a lazy coroutine; the product's is base/task.h.
class Lazy {
public:
    struct promise_type {
        int value = 0;
        Lazy get_return_object() { return Lazy(std::coroutine_handle<promise_type>::from_promise(*this)); }
        std::suspend_always initial_suspend() noexcept { return {}; }
        std::suspend_always final_suspend() noexcept { return {}; }
        void return_value(int v) { value = v; }
        void unhandled_exception() {}
    };
    explicit Lazy(std::coroutine_handle<promise_type> handle) : handle_(handle) {}
    Lazy(Lazy&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
    ~Lazy()
    {
        if (handle_)
            handle_.destroy();
    }
    bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<>)
    {
        handle_.resume();
        return false;
    }
    int await_resume() const { return handle_.promise().value; }
    int run()
    {
        handle_.resume();
        return handle_.promise().value;
    }

private:
    std::coroutine_handle<promise_type> handle_;
};

struct Object {
    Counted a;
    Lazy go() const { co_return a.value; }
};

Lazy by_value(Counted x) { co_return x.value; }
Lazy aggregate(Options o) { co_return o.a.value; }
Lazy aggregate_by_reference(const Options& o) { co_return o.a.value; }
template <class F> Lazy call(F f) { co_return f(); }

Lazy aggregate_temporary(bool) { co_return co_await aggregate(Options{1, 1}); }
Lazy braced_argument(bool) { co_return co_await aggregate({1, 1}); }
Lazy designated_initializer(bool) { co_return co_await aggregate(Options{.a = 1}); }
Lazy aggregate_bound_to_const_reference(bool) { co_return co_await aggregate_by_reference(Options{.a = 1}); }
Lazy conditional_of_class_type(bool b) { co_return co_await by_value(b ? Counted(1) : Counted(2)); }
Lazy capturing_lambda(bool)
{
    Counted x(1);
    co_return co_await call([x] { return x.value; });
}
Lazy lambda_called_at_once(bool)
{
    Counted x(1);
    co_return co_await [x]() -> Lazy { co_return x.value; }();
}
Lazy member_of_aggregate_temporary(bool) { co_return co_await Object{1}.go(); }

} // namespace

int main()
{
    const struct {
        const char* name;
        Lazy (*form)(bool);
    } forms[] = {
        {"aggregate temporary", aggregate_temporary},
        {"braced argument", braced_argument},
        {"designated initializer", designated_initializer},
        {"aggregate bound to const reference", aggregate_bound_to_const_reference},
        {"conditional of class type", conditional_of_class_type},
        {"capturing lambda", capturing_lambda},
        {"lambda called at once", lambda_called_at_once},
        {"member of aggregate temporary", member_of_aggregate_temporary},
    };
    int bad = 0;
    for (const auto& [name, form] : forms) {
        live = 0;
        int value = 0;
        {
            auto lazy = form(true);
            value = lazy.run();
        }
        if (value != 1 || live != 0) {
            std::printf("miscompiled: %s (value %d, live objects %d)\n", name, value, live);
            ++bad;
        }
    }
    return bad == 0 ? 0 : 1;
}
