#include "command/terminal.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <optional>
#include <poll.h>
#include <string>
#include <termios.h>

namespace ssp::command {

namespace {

constexpr std::size_t max_answer_bytes = 512; // the wire's limit (protocol/message.h)
constexpr std::array ending_signals{SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};

volatile std::sig_atomic_t caught_signal = 0;
void catch_signal(int number) { caught_signal = number; }

/// While it lives the signals above come only inside wait_for(), so that the terminal can be put back first.
class SignalsHeld {
public:
    SignalsHeld()
    {
        caught_signal = 0;
        sigset_t held;
        sigemptyset(&held);
        for (const int signal : ending_signals)
            sigaddset(&held, signal);
        sigprocmask(SIG_BLOCK, &held, &mask_before_);
        struct sigaction action = {};
        action.sa_handler = catch_signal;
        sigfillset(&action.sa_mask);
        for (std::size_t i = 0; i < ending_signals.size(); ++i) {
            sigaction(ending_signals[i], nullptr, &before_[i]);
            if (before_[i].sa_handler != SIG_IGN) // nohup stays nohup
                sigaction(ending_signals[i], &action, nullptr);
        }
    }
    ~SignalsHeld()
    {
        for (std::size_t i = 0; i < ending_signals.size(); ++i)
            sigaction(ending_signals[i], &before_[i], nullptr);
        sigprocmask(SIG_SETMASK, &mask_before_, nullptr);
    }
    SignalsHeld(const SignalsHeld&) = delete;
    SignalsHeld& operator=(const SignalsHeld&) = delete;

    /// Waits for input on `fd`; false when one of the signals came first.
    bool wait_for(int fd) const
    {
        pollfd watched{fd, POLLIN, 0};
        while (::ppoll(&watched, 1, nullptr, &mask_before_) < 0 && errno == EINTR)
            if (caught_signal != 0)
                return false;
        return true;
    }

private:
    std::array<struct sigaction, ending_signals.size()> before_{};
    sigset_t mask_before_{};
};

/// While it lives `fd`, if it is a terminal, does not show what is typed.
class EchoOff {
public:
    explicit EchoOff(int fd) : fd_(fd)
    {
        termios quiet = {};
        if (tcgetattr(fd, &quiet) != 0)
            return;
        before_ = quiet;
        quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO | ECHOE | ECHOK);
        quiet.c_lflag |= ECHONL;
        tcsetattr(fd, TCSAFLUSH, &quiet);
    }
    ~EchoOff()
    {
        if (before_)
            tcsetattr(fd_, TCSADRAIN, &*before_);
    }
    EchoOff(const EchoOff&) = delete;
    EchoOff& operator=(const EchoOff&) = delete;

private:
    int fd_;
    std::optional<termios> before_;
};

void show(int fd, std::string_view text)
{
    while (!text.empty()) {
        const auto written = ::write(fd, text.data(), text.size());
        if (written < 0 && errno != EINTR)
            return;
        text.remove_prefix(written < 0 ? 0 : static_cast<std::size_t>(written));
    }
}

enum class LineState { whole, ended, interrupted };

struct Line {
    LineState state = LineState::ended;
    bool fits = true;
    SecretString text;
};

/// One byte at a time: what follows the newline belongs to the next question.
Line read_line(int fd, const SignalsHeld& signals)
{
    Line line;
    auto buffer = SecretString::zeros(max_answer_bytes);
    std::size_t length = 0;
    bool saw_anything = false;
    for (;;) {
        if (!signals.wait_for(fd)) {
            line.state = LineState::interrupted;
            return line;
        }
        char c = 0;
        const auto got = ::read(fd, &c, 1);
        if (got <= 0 && !saw_anything)
            return line;
        if (got <= 0 || c == '\n')
            break;
        saw_anything = true;
        if (c == '\0' || length == max_answer_bytes)
            line.fits = false;
        else
            buffer.data()[length++] = c;
    }
    line.state = LineState::whole;
    line.text = SecretString(buffer.reveal().substr(0, length));
    return line;
}

Line ask_once(int in, int out, std::string_view text, bool echo)
{
    const SignalsHeld signals;
    std::optional<EchoOff> quiet;
    if (!echo)
        quiet.emplace(in);
    show(out, text);
    return read_line(in, signals);
}

} // namespace

Terminal Terminal::of_this_process()
{
    Terminal terminal(STDIN_FILENO, STDERR_FILENO);
    terminal.controlling_ = UniqueFd(::open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC));
    if (terminal.controlling_)
        terminal.in_ = terminal.out_ = terminal.controlling_.get();
    return terminal;
}

Result<SecretString> Terminal::ask(std::string_view text, bool echo)
{
    for (;;) {
        auto line = ask_once(in_, out_, text, echo);
        switch (line.state) {
        case LineState::ended: return Error{ErrorKind::claimant_left, "end of input"};
        case LineState::interrupted:
            ::raise(caught_signal); // as if it had come now, with the terminal as it was
            break;                  // still here: stopped and continued
        case LineState::whole:
            if (line.fits)
                return std::move(line.text);
            show(out_, "An answer has at most 512 characters.\n");
            break;
        }
    }
}

} // namespace ssp::command
