// Programs whose lines are read; what run() does is in command_test.cpp.
#include "delivery/programs.h"

#include <csignal>
#include <memory>
#include <thread>

#include "script.h"
#include "support/cmocka.h"

using namespace ssp;
using namespace ssp::testing;
using How = ProgramEnd::How;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

constexpr const char* says_when_it_is_asked_to_end = "trap 'echo asked > $folder/asked; exit 0' TERM\n";

struct Listening {
    explicit Listening(std::string_view text, Programs::Bounds bounds = {16, seconds(60), seconds(3)})
        : script(text)
    {
        auto started = programs->start({script.path}, SecretString(std::string_view("hello\n")), bounds);
        CHECK(started.has_value());
        program = std::move(*started);
    }
    /// The next line; "" at the end.
    std::string line()
    {
        const auto next = run(loop, program->next_line());
        CHECK(next.has_value());
        CHECK(next->has_value() || program->end().has_value());
        return next->value_or("");
    }
    ProgramEnd end()
    {
        while (!line().empty()) {
        }
        return *program->end();
    }
    bool was_asked_to_end() const { return script.wrote("asked") == "asked\n"; }

    Script script;
    Loop loop;
    std::unique_ptr<Programs> programs = std::make_unique<Programs>(loop);
    std::unique_ptr<RunningProgram> program;
};

void lines_are_heard_while_the_program_runs()
{
    Listening one("read word\necho \"$word\"\necho second\nwhile [ ! -e $folder/go ]; do sleep 0.01; done\n"
                  "echo third\nexit 7");
    CHECK_TEXT(one.line(), "hello");
    CHECK_TEXT(one.line(), "second");
    CHECK(!one.program->end());
    one.script.directory.write("go", "");
    CHECK_TEXT(one.line(), "third");
    CHECK_TEXT(one.line(), "");
    CHECK(one.program->end()->how == How::exited && one.program->end()->code == 7);
    CHECK_TEXT(one.line(), ""); // and stays so
}

/// Waits without a turn of the loop, so that output and end are there at once.
void wait_until_it_is_gone(const Listening& one)
{
    while (!one.script.wrote("pid").ends_with("\n") || is_running(std::stoi(one.script.wrote("pid"))))
        std::this_thread::sleep_for(milliseconds(5));
}

void the_last_words_of_a_program_are_heard()
{
    Listening one("echo $$ > $folder/pid\nprintf 'first\\nlast\\nno line'");
    wait_until_it_is_gone(one);
    CHECK_TEXT(one.line(), "first");
    CHECK_TEXT(one.line(), "last");
    CHECK_TEXT(one.line(), "");
    CHECK(one.program->end()->how == How::exited && one.program->end()->code == 0);
}

void a_program_that_dies_of_a_signal_is_told_apart()
{
    Listening one("echo before\nkill -9 $$");
    CHECK_TEXT(one.line(), "before");
    CHECK_TEXT(one.line(), "");
    CHECK(one.program->end()->how == How::killed && one.program->end()->code == SIGKILL);
}

void a_program_that_closes_its_output_is_waited_for()
{
    Listening one("echo last\nexec >/dev/null\nwhile [ ! -e $folder/go ]; do sleep 0.01; done\nexit 3");
    CHECK_TEXT(one.line(), "last");
    one.script.directory.write("go", "");
    CHECK_TEXT(one.line(), "");
    CHECK(one.program->end()->how == How::exited && one.program->end()->code == 3);
}

void a_line_of_200_bytes_is_heard_and_a_longer_one_ends_the_program()
{
    const auto says = [](int length) {
        return fmt::format("{}echo first\nprintf '%{}s\\n' x\nsleep 1000 & wait",
                           says_when_it_is_asked_to_end, length);
    };
    Listening fits(says(200));
    CHECK_TEXT(fits.line(), "first");
    CHECK_TEXT(fits.line(), std::string(199, ' ') + "x");
    Listening longer(says(201));
    CHECK_TEXT(longer.line(), "first");
    CHECK_TEXT(longer.line(), "");
    CHECK(longer.program->end()->how == How::garbled);
    longer.script.wait_for(longer.loop, "asked");
}

void what_is_no_printable_line_ends_the_program()
{
    for (const char* garbage :
         {"\\n", "tab\\there\\n", "\\033[2J\\n", "caf\\303\\251\\n", "nul\\000\\n", "\\r\\n"}) {
        Listening one(fmt::format("{}echo first\nprintf '{}'\nsleep 1000 & wait",
                                  says_when_it_is_asked_to_end, garbage));
        CHECK_TEXT(one.line(), "first");
        CHECK_TEXT(one.line(), "");
        CHECK(one.program->end()->how == How::garbled);
        one.script.wait_for(one.loop, "asked");
    }
}

void garbage_as_last_words_counts_too()
{
    Listening one("echo $$ > $folder/pid\nprintf 'first\\n\\001\\n'");
    wait_until_it_is_gone(one);
    CHECK(one.end().how == How::garbled);
}

void a_flood_ends_the_program()
{
    Listening lines("exec yes", {16, seconds(60), seconds(3)});
    for (int i = 0; i < 16; ++i)
        CHECK_TEXT(lines.line(), "y");
    CHECK_TEXT(lines.line(), "");
    CHECK(lines.program->end()->how == How::garbled);
    Listening bytes("exec tr '\\0' x < /dev/zero");
    CHECK(bytes.end().how == How::garbled);
}

void whoever_listens_no_more_ends_the_program()
{
    Listening one(fmt::format("{}echo ready\nsleep 1000 & wait", says_when_it_is_asked_to_end));
    CHECK_TEXT(one.line(), "ready");
    one.program.reset();
    one.script.wait_for(one.loop, "asked");
}

void a_program_may_still_speak_when_it_is_asked_to_end()
{
    Listening one("trap 'echo hung-up; echo and more; echo done > $folder/done; exit 0' TERM\necho ready\n"
                  "sleep 1000 & wait");
    CHECK_TEXT(one.line(), "ready");
    one.program.reset();
    one.script.wait_for(one.loop, "done");
}

void a_program_that_does_not_want_to_end_is_killed_after_the_grace()
{
    Listening one("trap '' TERM\necho $$ > $folder/pid\necho ready\nwhile :; do sleep 0.05; done",
                  {16, seconds(60), milliseconds(100)});
    CHECK_TEXT(one.line(), "ready");
    const int pid = std::stoi(one.script.wrote("pid"));
    one.program.reset();
    CHECK(is_running(pid));
    run_until(one.loop, [pid] { return !is_running(pid); });
}

void what_a_program_leaves_behind_is_killed()
{
    Listening one("sleep 1000 &\necho $!\nexit 0");
    const int pid = std::stoi(one.line());
    CHECK(one.end().how == How::exited);
    run_until(one.loop, [pid] { return !is_running(pid); });
}

void a_program_that_takes_too_long_is_asked_to_end()
{
    Listening one(fmt::format("{}echo ready\nsleep 1000 & wait", says_when_it_is_asked_to_end),
                  {16, seconds(60), seconds(3)});
    CHECK_TEXT(one.line(), "ready");
    one.program->set_deadline(milliseconds(50));
    CHECK_TEXT(one.line(), "");
    CHECK(one.program->end()->how == How::overdue);
    one.script.wait_for(one.loop, "asked");
}

void a_later_deadline_replaces_the_first()
{
    Listening one("while [ ! -e $folder/go ]; do sleep 0.01; done\nexit 5",
                  {16, milliseconds(200), seconds(3)});
    one.program->set_deadline(seconds(60));
    bool over = false;
    Timer later(one.loop, [&over] { over = true; });
    later.arm(milliseconds(400));
    run_until(one.loop, [&over] { return over; });
    one.script.directory.write("go", "");
    CHECK(one.end().how == How::exited);
}

void programs_that_run_at_the_end_are_asked_and_waited_for()
{
    Listening one("trap 'sleep 0.2; echo asked > $folder/asked; exit 0' TERM\necho ready\nsleep 1000 & wait");
    CHECK_TEXT(one.line(), "ready");
    one.programs.reset();
    CHECK(one.was_asked_to_end()); // by now, without a turn of the loop
    one.program.reset();
    Listening deaf("trap '' TERM\necho $$\nwhile :; do sleep 0.05; done",
                   {16, seconds(60), milliseconds(100)});
    const int pid = std::stoi(deaf.line());
    deaf.programs.reset();
    run_until(deaf.loop, [pid] { return !is_running(pid); });
}

void a_task_that_waits_may_go_before_or_after_the_program()
{
    Listening one("echo ready\nsleep 1000");
    CHECK_TEXT(one.line(), "ready");
    {
        RootTask<std::optional<std::string>> waiting(one.program->next_line());
        waiting.start([] { CHECK(false); });
    }
    RootTask<std::optional<std::string>> waiting(one.program->next_line());
    waiting.start([] { CHECK(false); });
    one.program.reset();
    for (int i = 0; i < 5; ++i)
        one.loop.run_once(milliseconds(20));
    CHECK(!waiting.finished());
}

void whoever_hears_a_line_may_end_the_program_in_the_same_breath()
{
    Listening one(fmt::format("{}echo ready\nsleep 1000 & wait", says_when_it_is_asked_to_end));
    RootTask<std::optional<std::string>> waiting(one.program->next_line());
    waiting.start([&one] { one.program.reset(); });
    one.script.wait_for(one.loop, "asked");
    Listening ends("echo ready\nexit 0");
    CHECK_TEXT(ends.line(), "ready");
    RootTask<std::optional<std::string>> last(ends.program->next_line());
    last.start([&ends] { ends.program.reset(); });
    run_until(ends.loop, [&ends] { return ends.program == nullptr; });
}

void the_program_has_its_input_its_lines_and_nothing_else()
{
    Listening one("ls /proc/self/fd > $folder/descriptors\nreadlink /proc/$$/fd/2\n"
                  "tr '\\0' '\\n' < /proc/$$/environ | tr '\\n' ' '\necho\nreadlink /proc/$$/cwd");
    CHECK_TEXT(one.line(), "/dev/null");
    CHECK_TEXT(one.line(), "PATH=/usr/local/bin:/usr/bin:/bin ");
    CHECK_TEXT(one.line(), "/");
    CHECK_TEXT(one.script.wrote("descriptors"), "0\n1\n2\n3\n"); // 3: the folder that ls reads
}

void a_program_that_cannot_be_executed_did_not_run()
{
    Loop loop;
    Programs programs(loop);
    const auto started =
        programs.start({"/nonexistent/program"}, SecretString(), {16, seconds(1), seconds(1)});
    CHECK(!started && started.error().kind == ErrorKind::configuration);
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(lines_are_heard_while_the_program_runs),
        SENTENCE(the_last_words_of_a_program_are_heard),
        SENTENCE(a_program_that_dies_of_a_signal_is_told_apart),
        SENTENCE(a_program_that_closes_its_output_is_waited_for),
        SENTENCE(a_line_of_200_bytes_is_heard_and_a_longer_one_ends_the_program),
        SENTENCE(what_is_no_printable_line_ends_the_program),
        SENTENCE(garbage_as_last_words_counts_too),
        SENTENCE(a_flood_ends_the_program),
        SENTENCE(whoever_listens_no_more_ends_the_program),
        SENTENCE(a_program_may_still_speak_when_it_is_asked_to_end),
        SENTENCE(a_program_that_does_not_want_to_end_is_killed_after_the_grace),
        SENTENCE(what_a_program_leaves_behind_is_killed),
        SENTENCE(a_program_that_takes_too_long_is_asked_to_end),
        SENTENCE(a_later_deadline_replaces_the_first),
        SENTENCE(programs_that_run_at_the_end_are_asked_and_waited_for),
        SENTENCE(a_task_that_waits_may_go_before_or_after_the_program),
        SENTENCE(whoever_hears_a_line_may_end_the_program_in_the_same_breath),
        SENTENCE(the_program_has_its_input_its_lines_and_nothing_else),
        SENTENCE(a_program_that_cannot_be_executed_did_not_run),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
