// The daemon itself, started as systemd starts it, and the client that ssp-mfad uses.
#include "delivery_house.h"

#include <poll.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>

using namespace ssp;
using namespace ssp::testing;

namespace {

void a_code_arrives_as_a_text_and_as_a_call()
{
    const auto house = started_with_outbox();
    CHECK(is(house->deliver(text_message()), DeliveryOutcome::accepted));
    CHECK(is(house->deliver(voice_call()), DeliveryOutcome::accepted));
    const auto box = content_of(house->outbox());
    CHECK(
        box.starts_with(R"({"to":"+12055550123","channel":"text-message","text":"K7 123456 is your code.")"));
    CHECK(box.find(R"("channel":"voice-call","text":"","speech":"54321")") != std::string::npos);
}

void numbers_are_judged()
{
    const auto house = started_with_outbox();
    const auto good = house->judge("205 555 0123");
    CHECK(good && good->usable && good->e164.reveal() == "+12055550123");
    const auto foreign = house->judge("+49 151 23456789");
    CHECK(foreign && !foreign->usable);
    CHECK_TEXT(foreign->reason, "Numbers of this country cannot be used here.");
    for (const char* odd : {"205x5550123", "\x1b[2J", "+1 900 234 5678", "911"}) {
        const auto refused = house->judge(odd);
        CHECK(refused && !refused->usable && !refused->reason.empty());
    }
}

void a_number_that_the_rules_do_not_permit_gets_nothing()
{
    const auto house = started_with_outbox();
    for (const char* number : {"+19002345678", "+4915123456789", "+12059761234", "+15"}) {
        auto message = text_message();
        message.to = SecretString(std::string_view(number));
        CHECK(is(house->deliver(std::move(message)), DeliveryOutcome::bad_number));
    }
    CHECK_TEXT(content_of(house->outbox()), "");
}

void without_a_provider_for_the_channel_the_configuration_is_to_blame()
{
    House house;
    set_peer(house);
    house.configure();
    house.provide_program("exit 0", "\"text-message\"");
    house.start();
    CHECK(is(house.deliver(text_message()), DeliveryOutcome::accepted));
    CHECK(is(house.deliver(voice_call()), DeliveryOutcome::configuration));
}

void neither_code_nor_number_is_in_the_log()
{
    const auto house = started_with_outbox();
    CHECK(is(house->deliver(text_message()), DeliveryOutcome::accepted));
    CHECK(is(house->deliver(voice_call()), DeliveryOutcome::accepted));
    CHECK(house->judge("205 555 0123").has_value());
    house->daemon.reset();
    const auto log = house->log();
    CHECK(log.find(R"(outcome=accepted channel=text-message provider=box number="ending 23")") !=
          std::string::npos);
    for (const char* secret : {"123456", "54321", "2055550123", "205 555", "5550123", "is your code"})
        CHECK(log.find(secret) == std::string::npos);
}

void what_a_program_prints_is_in_no_log()
{
    House house;
    set_peer(house);
    house.configure();
    house.provide_program("cat\ncat >&2\nexit 77");
    house.start();
    CHECK(is(house.deliver(text_message()), DeliveryOutcome::credentials));
    house.daemon.reset();
    CHECK(house.log().find("outcome=credentials") != std::string::npos);
    CHECK(house.log().find("123456") == std::string::npos);
}

void garbage_ends_one_connection_and_no_other()
{
    const auto house = started_with_outbox();
    CHECK(is(house->deliver(text_message()), DeliveryOutcome::accepted));
    for (const std::string& garbage :
         {std::string(2, '\0'), std::string("\xff\xff"), std::string("GET / HTTP/1.0\r\n\r\n"),
          std::string("\x01\x00\x41", 3), std::string(30000, '\x41')}) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, house->path.data(), house->path.size());
        const UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        CHECK(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
        (void)::send(socket.get(), garbage.data(), garbage.size(), MSG_NOSIGNAL);
        pollfd ended{socket.get(), POLLIN, 0};
        CHECK(::poll(&ended, 1, 10'000) == 1);
        char byte = 0;
        CHECK(::recv(socket.get(), &byte, 1, 0) <= 0);
        CHECK(is(house->deliver(text_message()), DeliveryOutcome::accepted));
    }
    CHECK(house->daemon->is_running());
}

void another_user_is_not_served()
{
    if (::getuid() != 0)
        return;                               // only root can be somebody else
    const auto house = started_with_outbox(); // for root and nobody
    const auto outcome_as = [&house](uid_t uid) {
        const pid_t child = ::fork();
        if (child == 0) {
            if (::setgroups(0, nullptr) != 0 || ::setgid(uid) != 0 || ::setuid(uid) != 0)
                ::_exit(99);
            Loop loop;
            RemoteDelivery delivery(loop, house->path, 0);
            const auto outcome = run(loop, delivery.deliver(text_message()));
            ::_exit(outcome ? static_cast<int>(*outcome) : 98);
        }
        int status = 0;
        ::waitpid(child, &status, 0);
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    };
    CHECK(outcome_as(65534) == static_cast<int>(DeliveryOutcome::accepted));
    CHECK(outcome_as(12345) != static_cast<int>(DeliveryOutcome::accepted));
    house->daemon.reset();
    CHECK(house->log().find("connection refused: not ssp-mfad uid=12345") != std::string::npos);
    const auto box = content_of(house->outbox());
    CHECK(std::count(box.begin(), box.end(), '\n') == 1);
}

void it_refuses_to_run_as_root()
{
    if (::getuid() != 0)
        return; // only root can be somebody else
    House house;
    house.configure();
    house.provide_outbox();
    house.start(true);
    CHECK(house.daemon->wait_for_end() == EX_NOPERM);
    CHECK_TEXT(house.log(),
               "error: refuses to run as root: start ssp-mfa-deliveryd.socket and let systemd do the rest\n");
}

void without_its_socket_it_does_not_start()
{
    House house;
    house.configure();
    ActivatedProcess none(house.words(), {}, house.log_file());
    CHECK(none.wait_for_end() == EX_CONFIG);
    const auto other = listening_socket(house.directory.path("other.sock"));
    ActivatedProcess wrong(house.words(), {other.get()}, house.log_file());
    CHECK(wrong.wait_for_end() == EX_CONFIG);
    ActivatedProcess two(house.words(), {house.listening.get(), other.get()}, house.log_file());
    CHECK(two.wait_for_end() == EX_CONFIG);
    const UniqueFd file(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    ActivatedProcess odd(house.words(), {file.get()}, house.log_file());
    CHECK(odd.wait_for_end() == EX_CONFIG);
    CHECK(house.log().find("descriptor 3: not a listening unix stream socket") != std::string::npos);
}

void a_fault_in_the_configuration_is_named_before_anything_is_served()
{
    House house;
    house.configure("colour = \"red\"\n");
    house.start();
    CHECK(house.daemon->wait_for_end() == EX_CONFIG);
    CHECK(house.log().find("ssp-mfa.toml:3:1") != std::string::npos);
    CHECK(house.log().find("colour") != std::string::npos);
}

void check_says_what_is_wrong_and_serves_nothing()
{
    House house;
    set_peer(house);
    house.configure();
    auto words = house.words();
    words.emplace_back("--check");
    ActivatedProcess good(words, {}, house.log_file(), true);
    CHECK(good.wait_for_end() == EX_OK);
    house.provide("gateway",
                  "kind = \"command\"\nchannels = [\"text-message\"]\nargv = [\"/nonexistent/program\"]\n");
    ActivatedProcess bad(words, {}, house.log_file(), true);
    CHECK(bad.wait_for_end() == EX_CONFIG);
    CHECK(house.log().find("provider gateway: /nonexistent/program: No such file or directory") !=
          std::string::npos);
}

void an_outbox_never_loads_without_demo()
{
    House house;
    set_peer(house);
    house.write("ssp-mfa.toml", "");
    house.provide_outbox();
    house.start();
    CHECK(house.daemon->wait_for_end() == EX_CONFIG);
    CHECK(house.log().find("demo") != std::string::npos);
}

void many_are_in_flight_and_the_rest_may_try_again()
{
    constexpr std::size_t most = 512; // of whose programs 64 run at a time
    House house;
    set_peer(house);
    house.configure();
    // Each program waits for a line of its own.
    const auto gate = house.directory.path("out/gate");
    CHECK(::mkfifo(gate.c_str(), 0600) == 0);
    allow(gate, 0666);
    const UniqueFd held(::open(gate.c_str(), O_RDWR | O_CLOEXEC));
    house.provide_program("read line < $1/gate");
    house.start();
    std::vector<std::unique_ptr<RootTask<DeliveryOutcome>>> all;
    for (std::size_t i = 0; i < most + 6; ++i) {
        all.push_back(std::make_unique<RootTask<DeliveryOutcome>>(house.delivery.deliver(text_message())));
        all.back()->start([] {});
    }
    for (std::size_t i = most; i < all.size(); ++i) {
        run_until(house.loop, [&] { return all[i]->finished(); });
        CHECK(is(all[i]->take(), DeliveryOutcome::retry));
    }
    // Others are served meanwhile.
    CHECK(house.judge("205 555 0123").has_value());
    const std::string lines(most, '\n');
    CHECK(::write(held.get(), lines.data(), most) == static_cast<ssize_t>(most));
    for (std::size_t i = 0; i < most; ++i) {
        run_until(house.loop, [&] { return all[i]->finished(); });
        CHECK(is(all[i]->take(), DeliveryOutcome::accepted));
    }
}

void a_hang_up_signal_reads_the_configuration_again()
{
    House house;
    set_peer(house);
    house.configure();
    house.provide_program("exit 75");
    house.start();
    CHECK(is(house.deliver(text_message()), DeliveryOutcome::retry));

    house.write("providers.d/program.toml", "kind = \"carrier pigeon\"\n");
    house.daemon->signal(SIGHUP);
    run_until(house.loop, [&] { return house.log().find("stays as it was") != std::string::npos; });
    CHECK(is(house.deliver(text_message()), DeliveryOutcome::retry));

    std::filesystem::remove(house.directory.path("providers.d/program.toml"));
    house.provide_outbox();
    house.configure("[phones]\nhome_region = \"US\"\nregions = [\"US\", \"DE\"]\n");
    house.daemon->signal(SIGHUP);
    run_until(house.loop, [&] { return house.log().find("configuration read again") != std::string::npos; });
    CHECK(is(house.deliver(text_message()), DeliveryOutcome::accepted));
    const auto foreign = house.judge("+49 151 23456789");
    CHECK(foreign && foreign->usable);
}

void a_message_in_flight_ends_as_it_began_when_the_configuration_changes()
{
    House house;
    set_peer(house);
    house.configure();
    house.provide_program("until [ -e $1/go ]; do sleep 0.05; done\nexit 65");
    house.start();
    RootTask<DeliveryOutcome> sending(house.delivery.deliver(text_message()));
    sending.start([] {});
    CHECK(house.judge("205 555 0123").has_value()); // so the message before it was taken up
    std::filesystem::remove(house.directory.path("providers.d/program.toml"));
    house.provide_outbox();
    house.daemon->signal(SIGHUP);
    run_until(house.loop, [&] { return house.log().find("configuration read again") != std::string::npos; });
    CHECK(is(house.deliver(text_message()), DeliveryOutcome::accepted));
    house.directory.write("out/go", "");
    run_until(house.loop, [&] { return sending.finished(); });
    CHECK(is(sending.take(), DeliveryOutcome::bad_number));
}

void a_daemon_that_is_killed_leaves_the_message_unknown_and_the_next_one_serves()
{
    House house;
    set_peer(house);
    house.configure();
    house.provide_program("echo $$ > $1/pid.part; mv $1/pid.part $1/pid; exec sleep 1000");
    house.start();
    RootTask<DeliveryOutcome> sending(house.delivery.deliver(text_message()));
    sending.start([] {});
    run_until(house.loop, [&] { return !content_of(house.directory.path("out/pid")).empty(); });
    house.daemon->signal(SIGKILL);
    CHECK(house.daemon->wait_for_end() == 128 + SIGKILL);
    run_until(house.loop, [&] { return sending.finished(); });
    CHECK(is(sending.take(), DeliveryOutcome::unknown));
    // systemd ends what is left of the unit; here the test does.
    ::kill(std::stoi(content_of(house.directory.path("out/pid"))), SIGKILL);

    std::filesystem::remove(house.directory.path("providers.d/program.toml"));
    house.provide_outbox();
    house.start();
    CHECK(is(house.deliver(text_message()), DeliveryOutcome::accepted));
}

void it_ends_when_it_is_told_to_and_takes_its_programs_along()
{
    House house;
    set_peer(house);
    house.configure();
    house.provide_program("echo $$ > $1/pid.part; mv $1/pid.part $1/pid; exec sleep 1000");
    house.start();
    RootTask<DeliveryOutcome> sending(house.delivery.deliver(text_message()));
    sending.start([] {});
    run_until(house.loop, [&] { return !content_of(house.directory.path("out/pid")).empty(); });
    const auto pid = content_of(house.directory.path("out/pid"));
    house.daemon->signal(SIGTERM);
    CHECK(house.daemon->wait_for_end() == EX_OK);
    run_until(house.loop, [&] { return sending.finished(); });
    CHECK(is(sending.take(), DeliveryOutcome::unknown));
    run_until(house.loop, [&] {
        const auto stat = content_of("/proc/" + pid.substr(0, pid.size() - 1) + "/stat");
        return stat.empty() || stat[stat.rfind(") ") + 2] == 'Z';
    });
}

void a_stopped_daemon_is_not_waited_for()
{
    const auto house = started_with_outbox();
    CHECK(house->judge("205 555 0123").has_value());
    house->daemon->signal(SIGSTOP);
    auto message = text_message();
    message.deadline = Seconds(1);
    CHECK(is(house->deliver(std::move(message)), DeliveryOutcome::unknown));
    house->daemon->signal(SIGCONT);
    CHECK(is(house->deliver(text_message()), DeliveryOutcome::accepted));
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(a_code_arrives_as_a_text_and_as_a_call),
        SENTENCE(numbers_are_judged),
        SENTENCE(a_number_that_the_rules_do_not_permit_gets_nothing),
        SENTENCE(without_a_provider_for_the_channel_the_configuration_is_to_blame),
        SENTENCE(neither_code_nor_number_is_in_the_log),
        SENTENCE(what_a_program_prints_is_in_no_log),
        SENTENCE(garbage_ends_one_connection_and_no_other),
        SENTENCE(another_user_is_not_served),
        SENTENCE(it_refuses_to_run_as_root),
        SENTENCE(without_its_socket_it_does_not_start),
        SENTENCE(a_fault_in_the_configuration_is_named_before_anything_is_served),
        SENTENCE(check_says_what_is_wrong_and_serves_nothing),
        SENTENCE(an_outbox_never_loads_without_demo),
        SENTENCE(many_are_in_flight_and_the_rest_may_try_again),
        SENTENCE(a_hang_up_signal_reads_the_configuration_again),
        SENTENCE(a_message_in_flight_ends_as_it_began_when_the_configuration_changes),
        SENTENCE(a_daemon_that_is_killed_leaves_the_message_unknown_and_the_next_one_serves),
        SENTENCE(it_ends_when_it_is_told_to_and_takes_its_programs_along),
        SENTENCE(a_stopped_daemon_is_not_waited_for),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
