// Calls through the daemon itself, with a script in the place of ssp-mfa-call, and the client of ssp-mfad.
#include "delivery/remote_delivery.h"

#include <csignal>
#include <filesystem>
#include <fmt/format.h>
#include <optional>
#include <pwd.h>
#include <string>
#include <vector>

#include "messages.h"
#include "script.h"
#include "support/activated_process.h"
#include "support/cmocka.h"

using namespace ssp;
using namespace ssp::testing;

namespace {

constexpr const char* hangs_up_when_asked = "trap 'echo hung-up; echo asked > $folder/asked; exit 1' TERM\n";

void allow(const std::string& path, unsigned mode)
{
    std::filesystem::permissions(path, static_cast<std::filesystem::perms>(mode));
}

/// A daemon that makes calls by a script. Its user may write into the script's folder.
struct House {
    explicit House(std::string_view text) : script(text)
    {
        allow(script.directory.path(), 01777);
        allow(script.path, 0755);
        const passwd* self = ::getpwuid(::getuid());
        // A test that is an ordinary user is its own peer; root is always served.
        configure("ssp-mfa.toml", fmt::format("user = \"{}\"\n",
                                              ::getuid() == 0 || self == nullptr ? "nobody" : self->pw_name));
        configure("providers.d/trunk.toml",
                  fmt::format("kind = \"sip\"\nchannels = [\"voice-call\"]\nprogram = \"{}\"\n"
                              "proxy = \"sip:127.0.0.1:5060\"\nfrom = \"sip:alarm@127.0.0.1\"\n",
                              script.path));
        allow(script.directory.path("providers.d"), 0755);
        daemon.emplace(std::vector<std::string>{DELIVERYD, "--config", script.directory.path("ssp-mfa.toml")},
                       std::vector<int>{listening.get()}, script.directory.path("log"));
    }
    void configure(const char* name, std::string_view text)
    {
        allow(script.directory.write(name, text), 0644);
    }
    DeliveryOutcome call()
    {
        const auto outcome = run(loop, delivery->deliver(voice_call()));
        CHECK(outcome.has_value());
        return *outcome;
    }
    void wait_for(CallState state)
    {
        run_until(loop, [&] { return delivery->call_state(reference) == state; });
    }
    void wait_until_hung_up() { script.wait_for(loop, "asked"); }
    std::string log() const { return script.wrote("log"); }

    const std::string reference = voice_call().reference;
    Script script;
    std::string path = script.directory.path("delivery.sock");
    UniqueFd listening = listening_socket(path);
    Loop loop;
    std::optional<RemoteDelivery> delivery{std::in_place, loop, path, ::getuid()};
    std::optional<ActivatedProcess> daemon;
};

void a_call_is_told_from_its_ring_to_its_end()
{
    House house("next() { until [ -e $folder/$1 ]; do sleep 0.01; done; echo $1; }\n"
                "echo calling\necho ringing\nnext answered\nnext speaking\nnext played");
    CHECK(house.call() == DeliveryOutcome::accepted);
    CHECK(house.delivery->call_state(house.reference) == CallState::ringing); // without a turn of the loop
    for (const auto& [word, state] :
         {std::pair("answered", CallState::answered), std::pair("speaking", CallState::speaking),
          std::pair("played", CallState::played)}) {
        house.script.directory.write(word, "");
        allow(house.script.directory.path(word), 0644);
        house.wait_for(state);
    }
}

void a_call_that_nobody_waits_for_any_more_is_hung_up()
{
    House house(fmt::format("{}echo ringing\nsleep 1000 & wait", hangs_up_when_asked));
    CHECK(house.call() == DeliveryOutcome::accepted);
    house.wait_for(CallState::ringing);
    house.delivery->release(house.reference);
    house.wait_until_hung_up();
}

void a_person_who_leaves_before_the_ring_hangs_up()
{
    House house(
        fmt::format("{}echo calling\necho ready > $folder/ready\nsleep 1000 & wait", hangs_up_when_asked));
    {
        RootTask<DeliveryOutcome> sending(house.delivery->deliver(voice_call()));
        sending.start([] {});
        house.script.wait_for(house.loop, "ready");
    }
    house.wait_until_hung_up();
}

void a_sign_in_service_that_is_gone_leaves_no_phone_ringing()
{
    House house(fmt::format("{}echo ringing\nsleep 1000 & wait", hangs_up_when_asked));
    CHECK(house.call() == DeliveryOutcome::accepted);
    house.delivery.reset();
    house.wait_until_hung_up();
}

void a_daemon_that_stops_hangs_up_and_waits_for_it()
{
    House house("trap 'sleep 0.3; echo asked > $folder/asked; exit 1' TERM\necho ringing\nsleep 1000 & wait");
    CHECK(house.call() == DeliveryOutcome::accepted);
    house.daemon.reset();
    CHECK_TEXT(house.script.wrote("asked"), "asked\n");
    house.wait_for(CallState::failed);
}

void a_call_goes_on_when_the_configuration_is_read_again()
{
    House house("echo ringing\nuntil [ -e $folder/go ]; do sleep 0.01; done\necho played");
    CHECK(house.call() == DeliveryOutcome::accepted);
    house.daemon->signal(SIGHUP);
    run_until(house.loop, [&] { return house.log().find("configuration read again") != std::string::npos; });
    house.script.directory.write("go", "");
    house.wait_for(CallState::played);
}

void a_busy_callee_is_told_as_such()
{
    House house("echo calling\necho busy 486 Busy Here\nexit 2");
    CHECK(house.call() == DeliveryOutcome::accepted);
    CHECK(house.delivery->call_state(house.reference) == CallState::busy); // without a turn of the loop
}

void the_log_has_the_end_of_a_call_and_neither_code_nor_number()
{
    House house("echo ringing\necho 'refused 404 +12055550123 unknown'\nexit 2");
    CHECK(house.call() == DeliveryOutcome::accepted);
    house.wait_for(CallState::refused);
    house.daemon.reset();
    CHECK(house.log().find("call ended end=refused provider=trunk said=\"refused 404 +# unknown\"") !=
          std::string::npos);
    for (const char* secret : {"54321", "2055550123", "5550123"})
        CHECK(house.log().find(secret) == std::string::npos);
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(a_call_is_told_from_its_ring_to_its_end),
        SENTENCE(a_call_that_nobody_waits_for_any_more_is_hung_up),
        SENTENCE(a_person_who_leaves_before_the_ring_hangs_up),
        SENTENCE(a_sign_in_service_that_is_gone_leaves_no_phone_ringing),
        SENTENCE(a_daemon_that_stops_hangs_up_and_waits_for_it),
        SENTENCE(a_call_goes_on_when_the_configuration_is_read_again),
        SENTENCE(a_busy_callee_is_told_as_such),
        SENTENCE(the_log_has_the_end_of_a_call_and_neither_code_nor_number),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
