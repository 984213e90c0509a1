// Many conversations at once, through real sockets, with the verifier on a store in memory.
#include "server/server.h"

#include "base/random.h"
#include "store/memory_store.h"
#include "verifier/totp.h"

#include "scripted_module.h"
#include "support/activated_process.h"
#include "support/manual_clock.h"
#include "support/recording_delivery.h"
#include "support/temporary_directory.h"

#include <deque>

#include "support/cmocka.h"

using namespace ssp;
using namespace ssp::testing;

namespace {

HelperConfig without_throttling()
{
    HelperConfig config;
    config.policy.trust_days = 0;
    config.policy.guessing.deny = 1000000;
    config.policy.guessing.lock_after = 1000000;
    config.policy.guessing.yearly_points = 1000000;
    config.policy.guessing.phone_off_points = 1000000;
    return config;
}

struct Host {
    explicit Host(Server::Limits limits = {})
    {
        limits.module_uid = limits.module_uid == 0 ? ::geteuid() : limits.module_uid;
        dialogues = std::make_shared<VerifierDialogues>(store, delivery, clock, random, connections,
                                                        without_throttling());
        server.emplace(loop, clock, limits, dialogues);
        for (const auto door : {Door::signin, Door::self, Door::admin}) {
            auto socket = listening_socket(directory.path(word(door)));
            CHECK(::fcntl(socket.get(), F_SETFL, O_NONBLOCK) == 0);
            server->listen(door, std::move(socket));
        }
    }
    ScriptedModule& connect(Door door = Door::signin)
    {
        UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        const auto path = directory.path(word(door));
        std::memcpy(address.sun_path, path.data(), path.size());
        const auto* to = reinterpret_cast<const sockaddr*>(&address);
        CHECK(turn_until(loop, [&] { return ::connect(socket.get(), to, sizeof address) == 0; }));
        return modules.emplace_back(loop, std::move(socket));
    }
    /// A person with an authenticator app; returns its code now.
    std::string enrol(const std::string& name, std::uint32_t uid)
    {
        auto key = totp::new_key(random);
        CHECK(key);
        const auto code = code_of(*key);
        NewAuthenticator app;
        app.kind = AuthenticatorKind::authenticator_app;
        app.secret = std::move(*key);
        const Identity identity{uid, name};
        const auto id = run_now(store->add_subscriber(identity));
        CHECK(id);
        AuditEntry entry;
        entry.person = identity;
        CHECK(run_now(store->bind(*id, std::move(app), 0, entry)).value());
        return code;
    }
    /// The code that is right now, found as a guesser with all the time of the world would.
    std::string code_of(const SecretString& key)
    {
        for (int i = 0; i < 1000000; ++i) {
            auto code = std::to_string(1000000 + i).substr(1);
            const auto step = totp::matched_step(key, code, clock.now());
            if (step && *step == clock.now().time_since_epoch().count() / 30)
                return code;
        }
        return {};
    }
    bool idle()
    {
        return turn_until(loop, [this] { return server->conversations() == 0; });
    }

    TemporaryDirectory directory;
    Loop loop;
    ManualClock clock;
    SystemRandom random;
    std::shared_ptr<MemoryStore> store =
        std::make_shared<MemoryStore>(clock, random, without_throttling().policy.guessing, SendLimits{});
    RecordingDelivery delivery;
    Connections connections;
    std::shared_ptr<Dialogues> dialogues;
    std::optional<Server> server;
    std::deque<ScriptedModule> modules;
};

/// Everything that is said until the verdict; answers nothing.
std::string verdict_of(ScriptedModule& module)
{
    auto said = module.hear();
    while (said.substr(0, 4) == "tell")
        said = module.hear();
    return said;
}

} // namespace

static void sixty_four_people_sign_in_at_once_and_a_garbage_client_disturbs_nobody()
{
    Host host;
    const auto code = host.enrol("alice", 1000);
    std::vector<ScriptedModule*> asked;
    for (int i = 0; i < 64; ++i) {
        auto& module = host.connect();
        module.conversation = static_cast<std::uint64_t>(i) + 1;
        CHECK(module.begin("alice"));
        asked.push_back(&module);
        auto& garbage = host.connect(i % 2 == 0 ? Door::signin : Door::self);
        CHECK(garbage.raw(std::string(static_cast<std::size_t>(i) + 1, '\xff')));
    }
    for (auto* module : asked)
        CHECK_TEXT(module->hear().substr(0, 4), "ask ");
    int accepted = 0;
    for (auto* module : asked)
        CHECK(module->answer(code));
    for (auto* module : asked) {
        const auto said = verdict_of(*module);
        if (said.ends_with("accepted"))
            ++accepted;
        else
            CHECK_TEXT(said.substr(0, 4), "ask "); // spent: one more try
    }
    CHECK(accepted == 1);
    host.modules.clear();
    CHECK(host.idle());
}

static void only_the_modules_uid_is_served_at_signin()
{
    Server::Limits limits;
    limits.module_uid = ::geteuid() + 1;
    Host host(limits);
    auto& module = host.connect();
    module.begin();
    CHECK_TEXT(module.hear(), "closed");
    CHECK(host.server->conversations() == 0);
}

static void beyond_the_limit_of_all_newcomers_are_hung_up_on()
{
    Server::Limits limits;
    limits.all = 3;
    Host host(limits);
    for (int i = 0; i < 3; ++i)
        CHECK(host.connect().begin("nobody"));
    CHECK_TEXT(host.modules.back().hear().substr(0, 3), "ask");
    auto& too_many = host.connect();
    too_many.begin("nobody");
    CHECK_TEXT(too_many.hear(), "closed");
    host.modules.front().hang_up();
    CHECK(turn_until(host.loop, [&] { return host.server->conversations() == 2; }));
    auto& next = host.connect();
    CHECK(next.begin("nobody"));
    CHECK_TEXT(next.hear().substr(0, 3), "ask");
}

static void one_uid_cannot_take_every_place_at_the_open_doors()
{
    Server::Limits limits;
    limits.per_uid = 4;
    limits.for_root = 4;
    Host host(limits);
    for (int i = 0; i < 4; ++i)
        host.connect(i % 2 == 0 ? Door::self : Door::admin);
    CHECK(turn_until(host.loop, [&] { return host.server->conversations() == 4; }));
    auto& too_many = host.connect(Door::self);
    too_many.request(std::string_view("status\0", 7));
    CHECK_TEXT(too_many.hear(), "closed");
    auto& module = host.connect(Door::signin); // not counted there
    CHECK(module.begin("nobody", 1000));
    CHECK_TEXT(module.hear().substr(0, 3), "ask");
}

static void whoever_fills_self_leaves_room_for_sign_ins_and_for_the_desk()
{
    Server::Limits limits;
    limits.all = 100;
    limits.at_self = 8;
    Host host(limits);
    for (int i = 0; i < 8; ++i)
        host.connect(Door::self);
    CHECK(turn_until(host.loop, [&] { return host.server->conversations() == 8; }));
    for (int i = 0; i < 8; ++i)
        CHECK_TEXT(host.connect(Door::self).hear(), "closed");
    auto& desk = host.connect(Door::admin);
    CHECK(desk.request(std::string_view("status\0", 7)));
    CHECK(desk.hear() != "closed");
    auto& module = host.connect(Door::signin);
    CHECK(module.begin("nobody", 1000));
    CHECK_TEXT(module.hear().substr(0, 3), "ask");
    // A place that somebody leaves is free again.
    host.modules.front().hang_up();
    CHECK(turn_until(host.loop, [&] { return host.server->conversations() <= 9; }));
    auto& next = host.connect(Door::self);
    CHECK(next.request(std::string_view("status\0", 7)));
    CHECK(next.hear() != "closed");
}

static void another_reading_of_the_configuration_is_for_newcomers()
{
    Host host;
    const auto code = host.enrol("alice", 1000);
    auto& running = host.connect();
    CHECK(running.begin("alice"));
    CHECK_TEXT(running.hear().substr(0, 3), "ask");
    host.server->use(std::make_shared<ClosedDialogues>("planted"));
    auto& newcomer = host.connect();
    CHECK(newcomer.begin("alice"));
    CHECK_TEXT(newcomer.hear(), "verdict 1 unavailable");
    CHECK(running.answer(code));
    CHECK(verdict_of(running).ends_with("accepted"));
}

static void stopping_tells_everybody_and_says_when_the_last_one_is_gone()
{
    Host host;
    auto& asked = host.connect();
    CHECK(asked.begin("nobody"));
    CHECK_TEXT(asked.hear().substr(0, 3), "ask");
    auto& silent = host.connect(Door::self);
    CHECK(turn_until(host.loop, [&] { return host.server->conversations() == 2; }));
    int empty = 0;
    host.server->stop([&] { ++empty; });
    CHECK_TEXT(asked.hear(), "verdict 2 unavailable");
    CHECK_TEXT(silent.hear(), "closed");
    CHECK(host.idle());
    CHECK(turn_until(host.loop, [&] { return empty == 1; }));
    host.server->stop([&] { ++empty; });
    CHECK(empty == 2);
}

static void a_server_may_go_while_people_talk()
{
    Host host;
    auto& asked = host.connect();
    CHECK(asked.begin("nobody"));
    CHECK_TEXT(asked.hear().substr(0, 3), "ask");
    host.server.reset();
    CHECK_TEXT(asked.hear(), "closed");
}

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(sixty_four_people_sign_in_at_once_and_a_garbage_client_disturbs_nobody),
        SENTENCE(only_the_modules_uid_is_served_at_signin),
        SENTENCE(beyond_the_limit_of_all_newcomers_are_hung_up_on),
        SENTENCE(one_uid_cannot_take_every_place_at_the_open_doors),
        SENTENCE(whoever_fills_self_leaves_room_for_sign_ins_and_for_the_desk),
        SENTENCE(another_reading_of_the_configuration_is_for_newcomers),
        SENTENCE(stopping_tells_everybody_and_says_when_the_last_one_is_gone),
        SENTENCE(a_server_may_go_while_people_talk),
    };
    return cmocka_run_group_tests_name("server", tests, nullptr, nullptr);
}
