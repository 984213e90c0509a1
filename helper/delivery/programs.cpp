#include "delivery/programs.h"

#include "delivery/line_reader.h"

#include <algorithm>
#include <csignal>
#include <deque>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <utility>

namespace ssp {

/// What is known of a program that talks: shared by who listens and who watches over it.
struct RunningProgram::Story {
    Programs::Child* child = nullptr; ///< until it was reaped
    std::deque<std::string> lines;    ///< not yet taken
    std::optional<ProgramEnd> end;
    std::coroutine_handle<> listener;

    void changed()
    {
        if (listener)
            std::exchange(listener, {}).resume();
    }
};

namespace {

/// Lives in the frame of next_line(). The story does not resume a frame that is gone.
class Change {
public:
    explicit Change(RunningProgram::Story& story) : story_(story) {}
    ~Change() { story_.listener = {}; }
    Change(const Change&) = delete;
    Change& operator=(const Change&) = delete;

    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> listener) noexcept { story_.listener = listener; }
    void await_resume() const noexcept {}

private:
    RunningProgram::Story& story_;
};

Task<std::optional<std::string>> next_line_of(std::shared_ptr<RunningProgram::Story> story)
{
    while (story->lines.empty() && !story->end) {
        Change change(*story);
        co_await change;
    }
    std::optional<std::string> line;
    if (!story->lines.empty()) {
        line = std::move(story->lines.front());
        story->lines.pop_front();
    }
    co_return line;
}

} // namespace

/// A program that runs, until it was reaped.
class Programs::Child {
public:
    /// `grace`: 0 when it is to be killed without SIGTERM.
    Child(Loop& loop, Spawned spawned, std::chrono::milliseconds grace,
          std::function<void(const Child*)> reaped)
        : loop_(loop), process_(std::move(spawned)), grace_(grace), reaped_(std::move(reaped)),
          deadline_(loop, [this] { on_deadline(); }),
          watch_(loop, process_.pidfd.get(), EPOLLIN, [this](std::uint32_t) { on_exit(); })
    {
    }
    ~Child()
    {
        signal(SIGKILL);
        if (story_)
            story_->child = nullptr;
    }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    void wait(std::chrono::milliseconds deadline, std::function<void(ProgramEnd)> ended)
    {
        ended_ = std::move(ended);
        deadline_.arm(deadline);
    }
    void listen(std::shared_ptr<RunningProgram::Story> story, const Bounds& bounds)
    {
        story->child = this;
        story_ = std::move(story);
        lines_ = LineReader(bounds.most_lines, bounds.longest_line);
        hearing_.emplace(loop_, process_.output.get(), EPOLLIN, [this](std::uint32_t) { on_output(); });
        wait(bounds.deadline, [told = story_](ProgramEnd end) {
            told->end = end;
            told->changed();
        });
    }
    void set_deadline(std::chrono::milliseconds from_now)
    {
        if (running_ && !stopping_)
            deadline_.arm(from_now);
    }
    /// Nobody wants to know any more. The output stays open: a SIGPIPE would end a call that is to hang up.
    void abandon()
    {
        ended_ = nullptr;
        if (story_)
            story_->child = nullptr;
        story_.reset();
        if (hearing_)
            hearing_->stop();
        stop();
    }
    /// Asks it to end, if it is one that is asked.
    void stop()
    {
        if (stopping_)
            return;
        stopping_ = true;
        if (grace_.count() == 0) {
            signal(SIGKILL);
            deadline_.disarm();
        } else if (running_) {
            signal(SIGTERM);
            deadline_.arm(grace_);
        }
    }
    std::chrono::milliseconds grace() const { return running_ ? grace_ : std::chrono::milliseconds(0); }
    int pidfd() const { return process_.pidfd.get(); }

private:
    /// The session leader's number is the group's, and stays taken until it is reaped.
    void signal(int number)
    {
        if (running_)
            ::kill(-process_.pid, number);
    }
    void on_deadline()
    {
        if (stopping_)
            return signal(SIGKILL);
        stop();
        tell({ProgramEnd::How::overdue, 0});
    }
    void on_output()
    {
        const auto found = lines_.read(process_.output.get(), story_->lines);
        if (found != LineReader::Found::more)
            hearing_->stop();
        if (found == LineReader::Found::broken) {
            stop();
            return tell({ProgramEnd::How::garbled, 0});
        }
        story_->changed();
    }
    void on_exit()
    {
        signal(SIGKILL); // what it left behind
        siginfo_t info{};
        if (::waitid(P_PIDFD, static_cast<id_t>(process_.pidfd.get()), &info, WEXITED | WNOHANG) != 0 ||
            info.si_pid == 0)
            return;
        running_ = false;
        watch_.stop();
        deadline_.disarm();
        reaped_(this);
        const bool by_itself = info.si_code == CLD_EXITED;
        ProgramEnd end{by_itself ? ProgramEnd::How::exited : ProgramEnd::How::killed, info.si_status};
        if (story_) {
            hearing_->stop();
            story_->child = nullptr;
            // Its last words may still be in the pipe.
            if (lines_.read(process_.output.get(), story_->lines) == LineReader::Found::broken)
                end = {ProgramEnd::How::garbled, 0};
        }
        tell(end);
    }
    /// Whoever hears it may abandon this child.
    void tell(ProgramEnd end)
    {
        if (const auto ended = std::exchange(ended_, nullptr))
            ended(end);
    }

    Loop& loop_;
    Spawned process_;
    std::chrono::milliseconds grace_;
    bool running_ = true;
    bool stopping_ = false;
    std::function<void(ProgramEnd)> ended_;
    std::function<void(const Child*)> reaped_;
    std::shared_ptr<RunningProgram::Story> story_;
    LineReader lines_{0};
    Timer deadline_;
    IoWatch watch_;
    std::optional<IoWatch> hearing_;
};

RunningProgram::RunningProgram(std::shared_ptr<Story> story) : story_(std::move(story)) {}

RunningProgram::~RunningProgram()
{
    if (story_->child != nullptr)
        story_->child->abandon();
}

Task<std::optional<std::string>> RunningProgram::next_line() { return next_line_of(story_); }

std::optional<ProgramEnd> RunningProgram::end() const { return story_->end; }

void RunningProgram::set_deadline(std::chrono::milliseconds from_now)
{
    if (story_->child != nullptr)
        story_->child->set_deadline(from_now);
}

/// Lives in the frame of run(). Hears from the child at most once, and gives it up when it goes before.
class Programs::Wait {
public:
    Wait(Child& child, std::chrono::milliseconds deadline) : child_(&child)
    {
        child_->wait(deadline, [this](ProgramEnd end) {
            child_ = nullptr;
            end_ = end;
            waiter_.resume();
        });
    }
    ~Wait()
    {
        if (child_ != nullptr)
            child_->abandon();
    }
    Wait(const Wait&) = delete;
    Wait& operator=(const Wait&) = delete;

    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> waiter) noexcept { waiter_ = waiter; }
    ProgramEnd await_resume() const noexcept { return end_; }

private:
    Child* child_;
    ProgramEnd end_;
    std::coroutine_handle<> waiter_;
};

Programs::Programs(Loop& loop) : loop_(loop) {}

Programs::~Programs()
{
    using Clock = std::chrono::steady_clock;
    auto patience = Clock::now();
    for (const auto& child : children_) {
        child->stop();
        patience = std::max(patience, Clock::now() + child->grace());
    }
    for (const auto& child : children_) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(patience - Clock::now()).count();
        pollfd end{child->pidfd(), POLLIN, 0};
        if (child->grace().count() > 0 && left > 0)
            ::poll(&end, 1, static_cast<int>(left));
    }
}

Task<ProgramEnd> Programs::run(std::vector<std::string> argv, SecretString input,
                               std::chrono::milliseconds deadline)
{
    using Clock = std::chrono::steady_clock;
    const auto due = Clock::now() + deadline;
    Turns::Turn turn(turns_, deadline);
    const bool may_run = co_await turn;
    if (!may_run)
        co_return Error{ErrorKind::delivery_unavailable, "too many programs run already"};
    auto spawned = spawn(argv, input, Output::nowhere);
    if (!spawned)
        co_return spawned.error();
    input.wipe();
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(due - Clock::now());
    Wait wait(adopt(std::move(*spawned), std::chrono::milliseconds(0)), left);
    const ProgramEnd end = co_await wait;
    co_return end;
}

Result<std::unique_ptr<RunningProgram>> Programs::start(const std::vector<std::string>& argv,
                                                        const SecretString& input, Bounds bounds)
{
    auto spawned = spawn(argv, input, Output::pipe);
    if (!spawned)
        return spawned.error();
    auto story = std::make_shared<RunningProgram::Story>();
    adopt(std::move(*spawned), bounds.grace).listen(story, bounds);
    return std::make_unique<RunningProgram>(std::move(story));
}

Programs::Child& Programs::adopt(Spawned spawned, std::chrono::milliseconds grace)
{
    const auto reaped = [this](const Child* child) {
        loop_.later([this, child, alive = std::weak_ptr(alive_)] {
            if (!alive.expired())
                forget(child);
        });
    };
    children_.push_back(std::make_unique<Child>(loop_, std::move(spawned), grace, reaped));
    return *children_.back();
}

void Programs::forget(const Child* child)
{
    children_.remove_if([child](const auto& one) { return one.get() == child; });
}

} // namespace ssp
