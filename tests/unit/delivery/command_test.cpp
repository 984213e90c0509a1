#include "delivery/providers/command.h"

#include "base/unique_fd.h"
#include "delivery/programs.h"

#include <algorithm>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <iterator>
#include <memory>

#include "messages.h"
#include "opened.h"
#include "support/cmocka.h"
#include "support/run_on_loop.h"
#include "support/temporary_directory.h"

using namespace ssp;
using namespace ssp::testing;

namespace {

std::string content_of(const std::string& file)
{
    std::ifstream stream(file);
    return {std::istreambuf_iterator<char>(stream), {}};
}

/// A provider program in a folder of its own; the script finds the folder in $1.
struct Program {
    explicit Program(std::string_view script)
    {
        path = directory.write("program", "#!/bin/sh\n" + std::string(script) + "\n");
        std::filesystem::permissions(path, std::filesystem::perms(0700));
    }
    CommandProvider provider(Seconds deadline = Seconds(20))
    {
        return CommandProvider({path, directory.path()}, deadline, programs);
    }
    DeliveryOutcome send(const OutboundMessage& message, Seconds deadline = Seconds(20))
    {
        auto one = provider(deadline);
        const auto outcome = run(loop, one.send(message));
        CHECK(outcome.has_value());
        return outcome->outcome;
    }
    std::string said(const char* name) const { return content_of(directory.path(name)); }
    void wait_for_file(const char* name)
    {
        run_until(loop, [&] { return said(name).ends_with("\n"); });
    }

    TemporaryDirectory directory;
    std::string path;
    Loop loop;
    Programs programs{loop};
};

/// Neither gone nor a zombie that its parent has not asked about.
bool is_running(int pid)
{
    const auto stat = content_of(fmt::format("/proc/{}/stat", pid));
    const auto state = stat.rfind(") ");
    return state != std::string::npos && stat[state + 2] != 'Z' && stat[state + 2] != 'X';
}

/// Waits until none of the process ids in the file is running.
void check_all_are_killed(Program& program, const char* file)
{
    std::ifstream stream(program.directory.path(file));
    int count = 0;
    for (int pid = 0; stream >> pid; ++count)
        run_until(program.loop, [pid] { return !is_running(pid); });
    CHECK(count == 3);
}

constexpr const char* starts_a_family = "sleep 1000 &\n"
                                        "first=$!\n"
                                        "sh -c 'sleep 1000; :' &\n"
                                        "echo $$ $first $! > $1/started.part\n"
                                        "mv $1/started.part $1/started\n";

void the_message_comes_as_json_on_standard_input()
{
    Program program("cat > $1/input");
    CHECK(program.send(text_message()) == DeliveryOutcome::accepted);
    CHECK_TEXT(program.said("input"),
               R"({"to":"+12055550123","channel":"text-message",)"
               R"("text":"K7 123456 is your code.","speech":"","language":"en","tag":"K7",)"
               R"("reference":"aabbccddeeff00aabbccddeeff00aabb"})"
               "\n");
    CHECK(program.send(voice_call()) == DeliveryOutcome::accepted);
    CHECK(program.said("input").find(R"("speech":"54321")") != std::string::npos);
}

void the_exit_code_says_what_became_of_it()
{
    Program program("exit $(cat $1/code)");
    const std::pair<int, DeliveryOutcome> table[] = {
        {0, DeliveryOutcome::accepted},     {1, DeliveryOutcome::unknown},
        {2, DeliveryOutcome::unknown},      {64, DeliveryOutcome::configuration},
        {65, DeliveryOutcome::bad_number},  {69, DeliveryOutcome::retry},
        {70, DeliveryOutcome::unknown},     {75, DeliveryOutcome::retry},
        {77, DeliveryOutcome::credentials}, {78, DeliveryOutcome::configuration},
        {126, DeliveryOutcome::unknown},    {255, DeliveryOutcome::unknown},
    };
    for (const auto& [code, outcome] : table) {
        program.directory.write("code", std::to_string(code));
        CHECK(program.send(text_message()) == outcome);
    }
}

void no_exit_code_but_zero_is_an_acceptance()
{
    for (int code = -1; code < 300; ++code)
        CHECK((outcome_of_exit_code(code) == DeliveryOutcome::accepted) == (code == 0));
}

void a_program_that_dies_of_a_signal_may_have_sent_it()
{
    Program program("kill -9 $$");
    CHECK(program.send(text_message()) == DeliveryOutcome::unknown);
    Program aborted("kill -ABRT $$");
    CHECK(aborted.send(text_message()) == DeliveryOutcome::unknown);
}

void a_program_that_hangs_is_killed_with_its_whole_group()
{
    Program program(std::string(starts_a_family) + "trap '' TERM HUP INT\nwait");
    CHECK(program.send(text_message(), Seconds(1)) == DeliveryOutcome::unknown);
    check_all_are_killed(program, "started");
}

void the_deadline_of_the_message_counts_too()
{
    Program program("sleep 1000");
    auto message = text_message();
    message.deadline = Seconds(1);
    CHECK(program.send(message, Seconds(1000)) == DeliveryOutcome::unknown);
}

void what_a_program_leaves_behind_is_killed()
{
    Program program(std::string(starts_a_family) + "exit 0");
    CHECK(program.send(text_message()) == DeliveryOutcome::accepted);
    check_all_are_killed(program, "started");
}

void a_person_who_leaves_ends_the_program()
{
    Program program(std::string(starts_a_family) + "wait");
    auto provider = program.provider();
    const auto message = text_message();
    {
        RootTask<Handover> sending(provider.send(message));
        sending.start([] {});
        program.wait_for_file("started");
        CHECK(!sending.finished());
    }
    check_all_are_killed(program, "started");
}

void programs_that_run_at_the_end_are_killed()
{
    Program program(std::string(starts_a_family) + "wait");
    {
        Programs programs(program.loop);
        CommandProvider provider({program.path, program.directory.path()}, Seconds(20), programs);
        const auto message = text_message();
        RootTask<Handover> sending(provider.send(message));
        sending.start([] {});
        program.wait_for_file("started");
    }
    check_all_are_killed(program, "started");
}

void output_without_end_is_nobody_s()
{
    Program program("outputs=$(readlink /proc/$$/fd/1 /proc/$$/fd/2)\n"
                    "head -c 50000000 /dev/zero\n"
                    "head -c 50000000 /dev/zero >&2\n"
                    "echo \"$outputs\" > $1/outputs");
    CHECK(program.send(text_message()) == DeliveryOutcome::accepted);
    CHECK_TEXT(program.said("outputs"), "/dev/null\n/dev/null\n");
}

void a_program_need_not_read_its_input()
{
    Program program("exit 75");
    for (int i = 0; i < 20; ++i)
        CHECK(program.send(text_message(std::string(640, 'x'))) == DeliveryOutcome::retry);
    Program closes("exec 0<&-\nsleep 0.05\nexit 0");
    CHECK(closes.send(text_message()) == DeliveryOutcome::accepted);
}

void no_descriptor_reaches_the_program()
{
    // Descriptors that anybody else in the process left open for children.
    const UniqueFd one(::open("/dev/null", O_RDONLY));
    const UniqueFd two(::fcntl(one.get(), F_DUPFD, 200));
    Program program("ls /proc/self/fd > $1/descriptors");
    CHECK(program.send(text_message()) == DeliveryOutcome::accepted);
    CHECK_TEXT(program.said("descriptors"), "0\n1\n2\n3\n"); // 3: the folder that ls reads
}

void argv_and_environment_hold_no_secret()
{
    ::setenv("CREDENTIALS_DIRECTORY", "/run/credentials/of-the-daemon", 1);
    Program program("tr '\\0' '\\n' < /proc/$$/environ > $1/environment\n"
                    "tr '\\0' '\\n' < /proc/$$/cmdline > $1/words");
    CHECK(program.send(text_message()) == DeliveryOutcome::accepted);
    CHECK(program.send(voice_call()) == DeliveryOutcome::accepted);
    ::unsetenv("CREDENTIALS_DIRECTORY");
    CHECK_TEXT(program.said("environment"), "PATH=/usr/local/bin:/usr/bin:/bin\n");
    CHECK_TEXT(program.said("words"), "/bin/sh\n" + program.path + "\n" + program.directory.path() + "\n");
}

void no_shell_reads_the_words()
{
    Program program("printf '%s\\n' \"$2\" > $1/word");
    CommandProvider provider({program.path, program.directory.path(), "$(id) `id`; rm * > x"}, Seconds(20),
                             program.programs);
    const auto message = text_message();
    const auto outcome = run(program.loop, provider.send(message));
    CHECK(outcome && outcome->outcome == DeliveryOutcome::accepted);
    CHECK_TEXT(program.said("word"), "$(id) `id`; rm * > x\n");
}

void a_program_starts_in_the_root_folder_in_a_session_of_its_own()
{
    Program program("readlink /proc/$$/cwd > $1/state\n"
                    "test \"$(cut -d' ' -f6 < /proc/$$/stat)\" = $$ && echo own session >> $1/state");
    CHECK(program.send(text_message()) == DeliveryOutcome::accepted);
    CHECK_TEXT(program.said("state"), "/\nown session\n");
}

void a_program_starts_with_signals_as_usual()
{
    sigset_t blocked;
    sigset_t former;
    ::sigemptyset(&blocked);
    ::sigaddset(&blocked, SIGTERM);
    ::sigprocmask(SIG_BLOCK, &blocked, &former);
    const auto former_handler = ::signal(SIGPIPE, SIG_IGN);
    Program folder("");
    // No shell: it would clear the mask itself.
    CommandProvider copy({"/bin/cp", "/proc/self/status", folder.directory.path("status")}, Seconds(20),
                         folder.programs);
    const auto message = text_message();
    const auto outcome = run(folder.loop, copy.send(message));
    ::signal(SIGPIPE, former_handler);
    ::sigprocmask(SIG_SETMASK, &former, nullptr);
    CHECK(outcome && outcome->outcome == DeliveryOutcome::accepted);
    const auto status = folder.said("status");
    CHECK(status.find("SigBlk:\t0000000000000000\n") != std::string::npos);
    const auto ignored = status.find("SigIgn:\t");
    CHECK(ignored != std::string::npos);
    // Signals 1 to 28: glibc itself keeps two of its own, 32 and 33, ignored.
    CHECK_TEXT(status.substr(ignored + 8 + 9, 7), "0000000");
}

void a_program_that_cannot_be_executed_sent_nothing()
{
    Program program("exit 0");
    const auto outcome_of = [&](const std::string& path) {
        CommandProvider provider({path}, Seconds(20), program.programs);
        const auto message = text_message();
        const auto outcome = run(program.loop, provider.send(message));
        CHECK(outcome.has_value());
        return outcome->outcome;
    };
    const auto not_executable = program.directory.write("text", "#!/bin/sh\nexit 0\n");
    const auto no_interpreter = program.directory.write("odd", "#!/nonexistent/shell\n");
    std::filesystem::permissions(no_interpreter, std::filesystem::perms(0700));
    for (const auto& path :
         {std::string("/nonexistent/program"), not_executable, no_interpreter, program.directory.path()})
        CHECK(outcome_of(path) == DeliveryOutcome::configuration);
}

void many_programs_run_at_once()
{
    Program program(
        "cat > /dev/null\nmkdir $1/$$\nwhile [ $(ls -d $1/[0-9]* | wc -l) -lt 20 ]; do sleep 0.01; done");
    auto provider = program.provider();
    const auto message = text_message();
    std::vector<std::unique_ptr<RootTask<Handover>>> all;
    for (int i = 0; i < 20; ++i) {
        all.push_back(std::make_unique<RootTask<Handover>>(provider.send(message)));
        all.back()->start([] {});
    }
    // Each waits for all the others: one after the other none would end before its deadline.
    for (auto& one : all) {
        run_until(program.loop, [&one] { return one->finished(); });
        const auto outcome = one->take();
        CHECK(outcome && outcome->outcome == DeliveryOutcome::accepted);
    }
}

void more_than_may_run_at_once_take_turns()
{
    Program program("cat > /dev/null\ntouch $1/$$\nsleep 0.1\n[ $(ls $1 | grep -c '^[0-9]') -le 64 ] || exit "
                    "75\nrm $1/$$");
    auto provider = program.provider();
    const auto message = text_message();
    std::vector<std::unique_ptr<RootTask<Handover>>> all;
    for (std::size_t i = 0; i < Programs::most_at_once + 40; ++i) {
        all.push_back(std::make_unique<RootTask<Handover>>(provider.send(message)));
        all.back()->start([] {});
    }
    for (auto& one : all) {
        run_until(program.loop, [&one] { return one->finished(); });
        const auto outcome = one->take();
        CHECK(outcome && outcome->outcome == DeliveryOutcome::accepted);
    }
}

void a_provider_without_a_program_does_not_load()
{
    const TemporaryDirectory directory;
    ProviderConfig config;
    config.name = "gateway";
    const std::vector<std::string> refused[] = {
        {}, {"relative/program"}, {"/nonexistent/program"}, {directory.write("text", "")}};
    for (const auto& argv : refused) {
        config.argv = argv;
        const auto provider = opened(config);
        CHECK(!provider && provider.error().kind == ErrorKind::configuration);
        CHECK(provider.error().detail.starts_with("provider gateway: "));
    }
    config.argv = {"/bin/true"};
    CHECK(opened(config).has_value());
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(the_message_comes_as_json_on_standard_input),
        SENTENCE(the_exit_code_says_what_became_of_it),
        SENTENCE(no_exit_code_but_zero_is_an_acceptance),
        SENTENCE(a_program_that_dies_of_a_signal_may_have_sent_it),
        SENTENCE(a_program_that_hangs_is_killed_with_its_whole_group),
        SENTENCE(the_deadline_of_the_message_counts_too),
        SENTENCE(what_a_program_leaves_behind_is_killed),
        SENTENCE(a_person_who_leaves_ends_the_program),
        SENTENCE(programs_that_run_at_the_end_are_killed),
        SENTENCE(output_without_end_is_nobody_s),
        SENTENCE(a_program_need_not_read_its_input),
        SENTENCE(no_descriptor_reaches_the_program),
        SENTENCE(argv_and_environment_hold_no_secret),
        SENTENCE(no_shell_reads_the_words),
        SENTENCE(a_program_starts_in_the_root_folder_in_a_session_of_its_own),
        SENTENCE(a_program_starts_with_signals_as_usual),
        SENTENCE(a_program_that_cannot_be_executed_sent_nothing),
        SENTENCE(many_programs_run_at_once),
        SENTENCE(more_than_may_run_at_once_take_turns),
        SENTENCE(a_provider_without_a_program_does_not_load),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
