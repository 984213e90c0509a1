// The daemon and the command together: routes, fail-over, surveys and trials. argv: ssp-mfa.
#include "delivery_house.h"

#include "protocol/delivery_codec.h"
#include "protocol/frame.h"
#include "protocol/inspection_codec.h"

#include <sys/wait.h>
#include <sysexits.h>

using namespace ssp;
using namespace ssp::testing;

namespace {

std::string command;

struct Ended {
    int status = -1;
    std::string out;
};

bool says(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

/// What the command works with; the rest of the configuration is the daemon's.
std::string sockets(const House& house) { return fmt::format("[sockets]\ndelivery = \"{}\"\n", house.path); }

/// Starts the command as root, its output in a file.
pid_t start_command(const House& house, std::vector<std::string> words)
{
    words.insert(words.begin(), {command, "--config", house.directory.path("ssp-mfa.toml")});
    std::vector<char*> argv;
    for (auto& word : words)
        argv.push_back(word.data());
    argv.push_back(nullptr);
    const auto file = house.directory.path("command.out");
    const pid_t child = ::fork();
    if (child != 0)
        return child;
    const int out = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ::dup2(out, STDOUT_FILENO);
    ::dup2(out, STDERR_FILENO);
    ::execv(argv[0], argv.data());
    ::_exit(127);
}

Ended run_command(const House& house, std::vector<std::string> words)
{
    const pid_t child = start_command(house, std::move(words));
    int status = 0;
    CHECK(::waitpid(child, &status, 0) == child && WIFEXITED(status));
    return {WEXITSTATUS(status), content_of(house.directory.path("command.out"))};
}

/// A program of its own for each provider.
void provide_script(House& house, const std::string& name, std::string_view script)
{
    const auto file = house.directory.write(name + ".sh", fmt::format("#!/bin/sh\n{}\n", script));
    allow(file, 0755);
    house.provide(name, fmt::format("kind = \"command\"\nchannels = [\"text-message\", \"voice-call\"]\n"
                                    "argv = [\"{}\", \"{}\"]\n",
                                    file, house.directory.path("out")));
}

/// a is down, b knows nobody, box takes everything.
std::unique_ptr<House> house_with_two_bad_providers(std::string_view more = "")
{
    auto house = std::make_unique<House>();
    set_peer(*house);
    house->configure(fmt::format("{}{}", sockets(*house), more));
    provide_script(*house, "a", "exit 75");
    provide_script(*house, "b", "exit 77");
    house->provide_outbox();
    house->start();
    return house;
}

void a_message_goes_on_to_the_provider_that_takes_it()
{
    const auto house = house_with_two_bad_providers();
    CHECK(is(house->deliver(text_message()), DeliveryOutcome::accepted));
    house->daemon.reset();
    const auto log = house->log();
    CHECK(says(log, "outcome=retry channel=text-message provider=a number=\"ending 23\""));
    CHECK(says(log, "outcome=credentials channel=text-message provider=b"));
    CHECK(says(log, "error: provider is not asked for a while provider=b outcome=credentials"));
    CHECK(says(log, "outcome=accepted channel=text-message provider=box"));
    CHECK(!says(log, "123456") && !says(log, "5550123"));
}

void the_route_of_the_numbers_region_is_used()
{
    const auto house = house_with_two_bad_providers("[phones]\nregions = [\"US\", \"DE\"]\n"
                                                    "[[routes]]\nchannel = \"text-message\"\n"
                                                    "regions = [\"DE\"]\nproviders = [\"box\"]\n"
                                                    "[[routes]]\nchannel = \"text-message\"\n"
                                                    "providers = [\"a\"]\n");
    CHECK(is(house->deliver(text_message()), DeliveryOutcome::retry));
    auto german = text_message();
    german.to = SecretString(std::string_view("+4915123456789"));
    CHECK(is(house->deliver(std::move(german)), DeliveryOutcome::accepted));
}

void a_provider_that_fails_five_times_is_left_alone()
{
    House house;
    set_peer(house);
    house.configure();
    provide_script(house, "a", "echo x >> $1/asked; exit 75");
    house.start();
    for (int i = 0; i < 8; ++i)
        CHECK(is(house.deliver(text_message()), DeliveryOutcome::retry));
    CHECK_TEXT(content_of(house.directory.path("out/asked")), "x\nx\nx\nx\nx\n");
    CHECK(says(house.log(), "provider is not asked for a while provider=a outcome=retry"));
    house.daemon->signal(SIGHUP);
    run_until(house.loop, [&] { return says(house.log(), "configuration read again"); });
    CHECK(is(house.deliver(text_message()), DeliveryOutcome::retry));
    CHECK_TEXT(content_of(house.directory.path("out/asked")), "x\nx\nx\nx\nx\nx\n");
}

void the_command_shows_a_trial_step_by_step()
{
    if (::getuid() != 0)
        return; // only root may
    const auto house = house_with_two_bad_providers();
    const auto text = run_command(*house, {"send-test", "205 555 0123"});
    CHECK(text.status == 0);
    for (const char* step :
         {"the number ending 23 can be used, its region is US\n", "the route to US is a, b, box\n",
          "a: asked, ", " s for its answer at most\n", "a: retry after ", "b: credentials after ",
          "box: accepted after ", "accepted; look whether it arrives\n"})
        CHECK(says(text.out, step));
    const auto call = run_command(*house, {"send-test", "--channel=voice-call", "2055550123"});
    CHECK(call.status == 0 && says(call.out, "b: not asked for "));
    CHECK(says(call.out, "how the call goes on is not told by this provider"));
    const auto box = content_of(house->outbox());
    CHECK(says(box, R"("to":"+12055550123","channel":"text-message","text":"This is a test of SSP. It holds )"
                    R"(no code.","speech":"")"));
    CHECK(says(box, R"("channel":"voice-call","text":"","speech":"00000")"));
    CHECK(!says(text.out + call.out, "5550123"));
}

void a_trial_may_ask_one_provider_by_name_and_a_bad_number_or_name_is_said()
{
    if (::getuid() != 0)
        return;
    const auto house = house_with_two_bad_providers();
    const auto b = run_command(*house, {"send-test", "--provider=b", "2055550123"});
    CHECK(b.status == 1 && says(b.out, "b: credentials after ") && !says(b.out, "box"));
    const auto again = run_command(*house, {"send-test", "--provider=b", "2055550123"});
    CHECK(again.status == 1 && says(again.out, "b: asked")); // though its breaker is open
    const auto nobody = run_command(*house, {"send-test", "--provider=kannel", "2055550123"});
    CHECK(nobody.status == 1 && says(nobody.out, "there is no provider kannel"));
    const auto bad = run_command(*house, {"send-test", "911"});
    CHECK(bad.status == 1 && says(bad.out, "the number cannot be used: ") && says(bad.out, "bad-number"));
}

void a_test_call_is_followed_until_it_ends()
{
    if (::getuid() != 0)
        return;
    House house;
    set_peer(house);
    house.configure(sockets(house));
    const auto calls = [&house](std::string_view ending, std::string_view code) {
        const auto file = house.directory.write(
            "call.sh",
            fmt::format("#!/bin/sh\ncat > /dev/null\nfor word in calling ringing answered speaking '{}'\n"
                        "do echo \"$word\"; done\nexit {}\n",
                        ending, code));
        allow(file, 0755);
        house.provide("trunk", fmt::format("kind = \"sip\"\nchannels = [\"voice-call\"]\n"
                                           "proxy = \"sip:127.0.0.1:5060\"\n"
                                           "from = \"sip:+12055550100@example.org\"\nprogram = \"{}\"\n",
                                           file));
    };
    calls("played", "0");
    house.start();
    const auto heard = run_command(house, {"send-test", "--channel=voice-call", "2055550123"});
    CHECK(heard.status == 0 && says(heard.out, "trunk: accepted after "));
    CHECK(says(heard.out, "call: the telephone rings") && says(heard.out, "call: speaks the digits"));
    CHECK(says(heard.out, "accepted, and the call ended: played"));
    calls("hung-up", "1");
    const auto cut = run_command(house, {"send-test", "--channel=voice-call", "2055550123"});
    CHECK(cut.status == 1 && says(cut.out, "accepted, and the call ended: hung-up"));
}

void the_command_shows_how_the_providers_fare()
{
    if (::getuid() != 0)
        return;
    const auto house = house_with_two_bad_providers();
    CHECK(is(house->deliver(text_message()), DeliveryOutcome::accepted));
    const auto shown = run_command(*house, {"providers"});
    CHECK(shown.status == 0);
    CHECK(says(shown.out, "failed too often; not asked for "));
    CHECK(says(shown.out, "1 of 1 (100 %)"));
    CHECK(says(shown.out, "0 of 1 (0 %)"));
    const auto json = run_command(*house, {"providers", "--json"});
    CHECK(json.status == 0 && says(json.out, R"("breaker": "open")") &&
          says(json.out, R"("kind": "outbox")"));
}

void only_one_trial_runs_and_one_that_is_broken_off_makes_room()
{
    if (::getuid() != 0)
        return;
    House house;
    set_peer(house);
    house.configure(sockets(house));
    provide_script(house, "a", "echo $$ >> $1/asked; until [ -e $1/go ]; do sleep 0.05; done");
    house.start();
    const pid_t first = start_command(house, {"send-test", "2055550123"});
    run_until(house.loop, [&] { return !content_of(house.directory.path("out/asked")).empty(); });
    const auto second = run_command(house, {"send-test", "2055550123"});
    CHECK(second.status == 1 && says(second.out, "another trial is under way"));
    ::kill(first, SIGKILL);
    ::waitpid(first, nullptr, 0);
    house.directory.write("out/go", "");
    allow(house.directory.path("out/go"), 0644);
    Ended third;
    run_until(house.loop, [&] {
        third = run_command(house, {"send-test", "2055550123"});
        return third.status == 0;
    });
}

void nobody_but_root_may_ask_for_a_survey_or_a_trial()
{
    if (::getuid() != 0)
        return; // only root can be somebody else
    const auto house = started_with_outbox();
    const auto is_answered = [&house](uid_t uid, const auto& message) {
        const pid_t child = ::fork();
        if (child == 0) {
            sockaddr_un address{};
            address.sun_family = AF_UNIX;
            std::memcpy(address.sun_path, house->path.data(), house->path.size());
            if (uid != 0 && (::setgroups(0, nullptr) != 0 || ::setgid(uid) != 0 || ::setuid(uid) != 0))
                ::_exit(99);
            const UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
            std::array<char, protocol::max_delivery_frame_bytes> frame{};
            const auto length = protocol::encode(message, frame);
            char byte = 0;
            const bool answered =
                ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
                ::send(socket.get(), frame.data(), length, MSG_NOSIGNAL) > 0 &&
                ::recv(socket.get(), &byte, 1, 0) == 1;
            ::_exit(answered ? 1 : 0);
        }
        int status = 0;
        ::waitpid(child, &status, 0);
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    };
    const protocol::Trial trial{1, protocol::Carriage::text_message, "US", "2055550123", "en", ""};
    CHECK(is_answered(65534, protocol::Survey{1}) == 0 && is_answered(65534, trial) == 0); // ssp-mfad's user
    CHECK(content_of(house->outbox()).empty());
    CHECK(is_answered(0, protocol::Survey{1}) == 1 && is_answered(0, trial) == 1);
}

} // namespace

int main(int argc, char** argv)
{
    if (argc != 2)
        return 2;
    command = argv[1];
    const CMUnitTest tests[] = {
        SENTENCE(a_message_goes_on_to_the_provider_that_takes_it),
        SENTENCE(the_route_of_the_numbers_region_is_used),
        SENTENCE(a_provider_that_fails_five_times_is_left_alone),
        SENTENCE(the_command_shows_a_trial_step_by_step),
        SENTENCE(a_trial_may_ask_one_provider_by_name_and_a_bad_number_or_name_is_said),
        SENTENCE(a_test_call_is_followed_until_it_ends),
        SENTENCE(the_command_shows_how_the_providers_fare),
        SENTENCE(only_one_trial_runs_and_one_that_is_broken_off_makes_room),
        SENTENCE(nobody_but_root_may_ask_for_a_survey_or_a_trial),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
