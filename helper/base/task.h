#pragma once
// Task<T>: a coroutine that ends with a T or an Error.
//
//   auto code = co_await claimant.ask(prompt);           // the value, or this coroutine ends with the Error
//   auto sent = co_await delivery.deliver(m).outcome();  // Result<T>: this coroutine looks for itself
//
// Lazy, single-threaded, trampolined: a child that finishes at once does not grow the stack. To cancel
// a dialogue, destroy its root Task: every frame below it is destroyed with it, innermost last.
//
// House rules (docs/decisions/0002-coroutines.md): name it, then await it; parameters by value or
// references that outlive the sign-in; no capturing coroutine lambdas; no structured binding of a
// co_await; resume only on the loop thread; destroy only from the event loop, never from inside a
// coroutine that belongs to the task.
#include "base/result.h"

#include <coroutine>
#include <exception>
#include <functional>
#include <optional>
#include <type_traits>
#include <utility>

namespace ssp {

template <class T = void> class Task;

namespace detail {

/// What a finished child tells whoever awaits it. Lives in the awaiting frame, or in a RootTask.
class Listener {
public:
    virtual void child_finished() noexcept = 0;

protected:
    ~Listener() = default;
};

class PromiseBase {
public:
    std::suspend_always initial_suspend() noexcept { return {}; }

    struct FinalAwaiter {
        bool await_ready() noexcept { return false; }
        template <class Promise> void await_suspend(std::coroutine_handle<Promise> finished) noexcept
        {
            finished.promise().finish();
        }
        void await_resume() noexcept {}
    };
    FinalAwaiter final_suspend() noexcept { return {}; }

    /// Ends this coroutine with `error` while it is suspended at a co_await.
    virtual void fail(Error error) noexcept = 0;
    bool finished() const noexcept { return finished_; }
    void listen(Listener* listener) noexcept { listener_ = listener; }

    /// Marks the coroutine as done; tells the listener if the parent is already suspended.
    void finish() noexcept
    {
        finished_ = true;
        if (listener_ != nullptr)
            std::exchange(listener_, nullptr)->child_finished();
    }

protected:
    ~PromiseBase() = default;

private:
    bool finished_ = false;
    Listener* listener_ = nullptr;
};

inline Error error_of_current_exception() noexcept
{
    try {
        throw;
    } catch (const std::exception& e) {
        return Error{ErrorKind::internal, e.what()};
    } catch (...) {
        return Error{ErrorKind::internal, "unknown exception"};
    }
}

template <class T> class Promise final : public PromiseBase {
public:
    Task<T> get_return_object() noexcept;
    template <class U> void return_value(U&& value) { result_.emplace(std::forward<U>(value)); }
    void unhandled_exception() noexcept { result_.emplace(error_of_current_exception()); }
    void fail(Error error) noexcept override { result_.emplace(std::move(error)); }
    Result<T> take() { return std::move(*result_); }
    bool failed() const noexcept { return !result_ || !result_->has_value(); }

private:
    std::optional<Result<T>> result_;
};

template <> class Promise<void> final : public PromiseBase {
public:
    Task<void> get_return_object() noexcept;
    void return_void() { result_.emplace(); }
    void unhandled_exception() noexcept { result_.emplace(error_of_current_exception()); }
    void fail(Error error) noexcept override { result_.emplace(std::move(error)); }
    Result<void> take() { return std::move(*result_); }
    bool failed() const noexcept { return !result_ || !result_->has_value(); }

private:
    std::optional<Result<void>> result_;
};

} // namespace detail

template <class T> class [[nodiscard]] Task {
public:
    using promise_type = detail::Promise<T>;
    using Handle = std::coroutine_handle<promise_type>;

    explicit Task(Handle handle) noexcept : handle_(handle) {}
    Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
    Task& operator=(Task&&) = delete;
    Task(const Task&) = delete;
    Task& operator=(const Task&) = delete;
    ~Task()
    {
        if (handle_)
            handle_.destroy();
    }

    /// Awaiting the outcome gives a Result<T>; awaiting the task itself gives the T, and an Error
    /// ends the awaiting coroutine with the same Error.
    auto outcome() && noexcept { return OutcomeAwaiter(handle_); }
    auto operator co_await() && noexcept { return ValueAwaiter(handle_); }
    auto operator co_await() & noexcept { return ValueAwaiter(handle_); }

    Handle handle() const noexcept { return handle_; }

private:
    class OutcomeAwaiter final : public detail::Listener {
    public:
        explicit OutcomeAwaiter(Handle child) noexcept : child_(child) {}
        bool await_ready() const noexcept { return false; }
        bool await_suspend(std::coroutine_handle<> parent)
        {
            parent_ = parent;
            child_.resume();
            if (child_.promise().finished())
                return false;
            child_.promise().listen(this);
            return true;
        }
        Result<T> await_resume() { return child_.promise().take(); }
        void child_finished() noexcept override { parent_.resume(); }

    private:
        Handle child_;
        std::coroutine_handle<> parent_;
    };

    class ValueAwaiter final : public detail::Listener {
    public:
        explicit ValueAwaiter(Handle child) noexcept : child_(child) {}
        bool await_ready() const noexcept { return false; }
        template <class ParentPromise> bool await_suspend(std::coroutine_handle<ParentPromise> parent)
        {
            parent_ = parent;
            parent_promise_ = &parent.promise();
            child_.resume();
            if (!child_.promise().finished()) {
                child_.promise().listen(this);
                return true;
            }
            if (!child_.promise().failed())
                return false;
            end_parent();
            return true;
        }
        T await_resume()
        {
            if constexpr (std::is_void_v<T>)
                (void)child_.promise().take();
            else
                return std::move(*child_.promise().take());
        }
        void child_finished() noexcept override
        {
            if (child_.promise().failed())
                end_parent();
            else
                parent_.resume();
        }

    private:
        void end_parent() noexcept
        {
            parent_promise_->fail(std::move(child_.promise().take().error()));
            parent_promise_->finish();
        }

        Handle child_;
        std::coroutine_handle<> parent_;
        detail::PromiseBase* parent_promise_ = nullptr;
    };

    Handle handle_;
};

namespace detail {

template <class T> Task<T> Promise<T>::get_return_object() noexcept
{
    return Task<T>(std::coroutine_handle<Promise>::from_promise(*this));
}
inline Task<void> Promise<void>::get_return_object() noexcept
{
    return Task<void>(std::coroutine_handle<Promise>::from_promise(*this));
}

} // namespace detail

/// Where a task starts: owned by a connection, started from the event loop.
/// `on_finished` is called at most once, after which `take()` holds the result; it may be called
/// from inside start(). It must not destroy this object: note it and destroy on a later turn.
template <class T> class RootTask final : private detail::Listener {
public:
    explicit RootTask(Task<T> task) : task_(std::move(task)) {}

    template <class F> void start(F on_finished)
    {
        callback_ = std::move(on_finished);
        task_.handle().resume();
        if (task_.handle().promise().finished())
            callback_();
        else
            task_.handle().promise().listen(this);
    }
    bool finished() const noexcept { return task_.handle().promise().finished(); }
    Result<T> take() { return task_.handle().promise().take(); }

private:
    void child_finished() noexcept override { callback_(); }

    Task<T> task_;
    std::function<void()> callback_;
};

/// Runs a task that never has to wait for a loop (memory store, scripted claimant); tests use it.
template <class T> Result<T> run_now(Task<T> task)
{
    task.handle().resume();
    if (!task.handle().promise().finished())
        return Error{ErrorKind::internal, "the task waits for something"};
    return task.handle().promise().take();
}

} // namespace ssp
