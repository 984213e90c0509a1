#include "command/terminal.h"

#include "base/unique_fd.h"

#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <string>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "support/cmocka.h"

using namespace ssp;
using ssp::command::Terminal;

namespace {

/// A child that sits at a terminal of its own and asks one question; the test is the keyboard and the eyes.
class Sitting {
public:
    explicit Sitting(bool echo)
    {
        int keyboard = -1;
        child_ = ::forkpty(&keyboard, nullptr, nullptr, nullptr);
        if (child_ < 0)
            throw std::runtime_error("no pseudo-terminal");
        if (child_ == 0) {
            for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT})
                ::signal(number, SIG_DFL); // a test run in the background has some of them ignored
            auto terminal = Terminal::of_this_process();
            const auto answer = terminal.ask("Code: ", echo);
            const auto seen = "[" + std::string(answer ? answer->reveal() : "none") + "]";
            (void)!::write(STDOUT_FILENO, seen.data(), seen.size());
            ::_exit(answer ? 0 : 1);
        }
        keyboard_ = UniqueFd(keyboard);
    }
    ~Sitting()
    {
        if (child_ > 0) {
            ::kill(child_, SIGKILL);
            ::waitpid(child_, nullptr, 0);
        }
    }
    Sitting(const Sitting&) = delete;
    Sitting& operator=(const Sitting&) = delete;

    /// Reads the screen until `text` is there.
    void see(const std::string& text)
    {
        while (screen.find(text) == std::string::npos) {
            char buffer[256];
            pollfd watched{keyboard_.get(), POLLIN, 0};
            CHECK(::poll(&watched, 1, 20000) == 1);
            const auto got = ::read(keyboard_.get(), buffer, sizeof buffer);
            if (got <= 0)
                throw ssp::testing::CheckFailed("the screen ended at: " + screen);
            screen.append(buffer, static_cast<std::size_t>(got));
        }
    }
    void type(const std::string& text)
    {
        CHECK(::write(keyboard_.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    }
    bool shows_typing()
    {
        termios now = {};
        CHECK(::tcgetattr(keyboard_.get(), &now) == 0);
        return (now.c_lflag & ECHO) != 0;
    }
    void signal(int number) { CHECK(::kill(child_, number) == 0); }
    /// The child's wait status, with WUNTRACED.
    int wait()
    {
        int status = 0;
        CHECK(::waitpid(child_, &status, WUNTRACED) == child_);
        if (!WIFSTOPPED(status))
            child_ = -1;
        return status;
    }

    std::string screen;

private:
    pid_t child_ = -1;
    UniqueFd keyboard_;
};

void an_answer_that_may_be_shown_is_shown()
{
    Sitting sitting(true);
    sitting.see("Code: ");
    CHECK(sitting.shows_typing());
    sitting.type("123456\n");
    sitting.see("[123456]");
    CHECK(sitting.screen.find("Code: 123456\r\n") != std::string::npos);
}

void a_hidden_answer_is_not_shown_and_the_terminal_shows_typing_again_afterwards()
{
    Sitting sitting(false);
    sitting.see("Code: ");
    CHECK(!sitting.shows_typing());
    sitting.type("hunter2\n");
    sitting.see("[hunter2]");
    CHECK(sitting.screen.find("Code: \r\n[hunter2]") != std::string::npos);
    CHECK(WIFEXITED(sitting.wait()));
    CHECK(sitting.shows_typing());
}

void ctrl_d_is_no_answer()
{
    Sitting sitting(true);
    sitting.see("Code: ");
    sitting.type("\x04");
    sitting.see("[none]");
}

void a_signal_ends_the_program_as_that_signal_with_the_terminal_as_it_was()
{
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) {
        Sitting sitting(false);
        sitting.see("Code: ");
        CHECK(!sitting.shows_typing());
        sitting.signal(signal);
        const int status = sitting.wait();
        CHECK(WIFSIGNALED(status) && WTERMSIG(status) == signal);
        CHECK(sitting.shows_typing());
    }
}

void ctrl_c_ends_it_too()
{
    Sitting sitting(false);
    sitting.see("Code: ");
    sitting.type("\x03");
    const int status = sitting.wait();
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT);
}

std::string ask_over_pipe(const std::string& typed)
{
    int in[2];
    int out[2];
    CHECK(::pipe2(in, O_CLOEXEC) == 0 && ::pipe2(out, O_CLOEXEC) == 0);
    const UniqueFd read_end(in[0]);
    const UniqueFd screen(out[0]);
    const UniqueFd to_screen(out[1]);
    {
        const UniqueFd keyboard(in[1]);
        CHECK(::write(keyboard.get(), typed.data(), typed.size()) == static_cast<ssize_t>(typed.size()));
    }
    Terminal terminal(read_end.get(), to_screen.get());
    const auto answer = terminal.ask("? ", false);
    return answer ? std::string(answer->reveal()) : "none";
}

void without_a_terminal_a_line_of_the_input_is_the_answer()
{
    CHECK_TEXT(ask_over_pipe("123456\nmore\n"), "123456");
    CHECK_TEXT(ask_over_pipe("\n"), "");
    CHECK_TEXT(ask_over_pipe(""), "none");
}

void an_answer_with_a_nul_is_asked_again()
{
    CHECK_TEXT(ask_over_pipe(std::string("12\0003456\n654321\n", 16)), "654321");
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(an_answer_that_may_be_shown_is_shown),
        SENTENCE(a_hidden_answer_is_not_shown_and_the_terminal_shows_typing_again_afterwards),
        SENTENCE(ctrl_d_is_no_answer),
        SENTENCE(a_signal_ends_the_program_as_that_signal_with_the_terminal_as_it_was),
        SENTENCE(ctrl_c_ends_it_too),
        SENTENCE(without_a_terminal_a_line_of_the_input_is_the_answer),
        SENTENCE(an_answer_with_a_nul_is_asked_again),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
