// The real ssp-mfad, started as systemd starts it. argv: the program. Needs root: signin.sock serves nobody
// else, and the daemon refuses to run as root.
#include "store/initialise.h"
#include "store/master_key.h"

#include "scripted_module.h"
#include "support/activated_process.h"
#include "support/temporary_directory.h"

#include <fstream>
#include <sstream>
#include <sys/un.h>
#include <sysexits.h>

#include "support/cmocka.h"

using namespace ssp;
using namespace ssp::testing;

namespace {

constexpr uid_t helper_uid = 65534;

std::string program;

/// Files, sockets and the daemon.
class Host {
public:
    Host()
    {
        CHECK(::chmod(directory_.path().c_str(), 0755) == 0);
        CHECK(::mkdir(state().c_str(), 0700) == 0 && ::chown(state().c_str(), helper_uid, helper_uid) == 0);
        configure("");
        for (const char* name : {"signin.sock", "self.sock", "admin.sock"})
            sockets_.push_back(listening_socket(directory_.path(name)));
    }
    std::string state() const { return directory_.path("state"); }
    void configure(std::string_view more)
    {
        const auto text = "[files]\ndatabase = \"" + state() + "/ssp-mfa.db\"\nmaster_key = \"" + state() +
                          "/master.key\"\n" + std::string(more);
        CHECK(::chmod(directory_.write("main.toml", text).c_str(), 0644) == 0);
    }
    /// What `ssp-mfa init` does.
    void initialise()
    {
        SystemRandom random;
        const auto key = create_master_key(state() + "/master.key", random, helper_uid, helper_uid);
        CHECK(key);
        CHECK(::setegid(helper_uid) == 0 && ::seteuid(helper_uid) == 0);
        const auto made = initialise_store(state() + "/ssp-mfa.db", *key, random, helper_uid, helper_uid);
        CHECK(::seteuid(0) == 0 && ::setegid(0) == 0);
        CHECK_TEXT(made ? "" : made.error().detail, "");
    }
    void start(bool keep_root = false)
    {
        std::vector<int> fds;
        for (const auto& socket : sockets_)
            fds.push_back(socket.get());
        const std::vector<std::string> argv{program, "--config", directory_.path("main.toml")};
        daemon.emplace(argv, fds, directory_.path("log"), keep_root);
    }
    void add_socket(const char* name) { sockets_.push_back(listening_socket(directory_.path(name))); }
    void remove_sockets() { sockets_.clear(); }

    ScriptedModule connect(const char* door)
    {
        UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        const auto path = directory_.path(door);
        std::memcpy(address.sun_path, path.data(), path.size());
        CHECK(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
        CHECK(::fcntl(socket.get(), F_SETFL, O_NONBLOCK) == 0);
        return {loop, std::move(socket)};
    }
    /// The first thing that a sign-in is told.
    std::string first_word()
    {
        auto module = connect("signin.sock");
        CHECK(module.begin());
        return module.hear();
    }
    std::string log() const
    {
        std::ostringstream text;
        text << std::ifstream(directory_.path("log")).rdbuf();
        return text.str();
    }
    bool logs(std::string_view words)
    {
        return turn_until(loop, [&] { return log().find(words) != std::string::npos; });
    }

    Loop loop;
    std::optional<ActivatedProcess> daemon;

private:
    TemporaryDirectory directory_;
    std::vector<UniqueFd> sockets_;
};

} // namespace

static void a_person_is_asked_how_to_enrol()
{
    Host host;
    host.initialise();
    host.start();
    const auto said = host.first_word();
    CHECK_TEXT(said.substr(0, 5), "ask 1");
    host.daemon->signal(SIGTERM);
    CHECK(host.daemon->wait_for_end() == EX_OK);
    CHECK(host.logs("notice: stopped"));
}

static void without_a_store_everybody_is_refused_at_once_and_a_reload_repairs_it()
{
    Host host;
    host.start();
    CHECK_TEXT(host.first_word(), "verdict 1 unavailable");
    CHECK(host.logs("alert: every sign-in is refused"));
    auto status = host.connect("self.sock");
    CHECK(status.request(std::string_view("status\0", 7)));
    CHECK_TEXT(status.hear(), "verdict 1 unavailable");

    host.initialise();
    CHECK_TEXT(host.first_word(), "verdict 1 unavailable"); // nobody has said that it is there
    host.daemon->signal(SIGHUP);
    CHECK(host.logs("configuration read again"));
    CHECK_TEXT(host.first_word().substr(0, 5), "ask 1");
}

static void a_wrong_master_key_refuses_everybody()
{
    Host host;
    host.initialise();
    CHECK(::unlink((host.state() + "/master.key").c_str()) == 0);
    SystemRandom random;
    CHECK(create_master_key(host.state() + "/master.key", random, helper_uid, helper_uid));
    host.start();
    CHECK_TEXT(host.first_word(), "verdict 1 unavailable");
}

static void a_database_that_was_replaced_while_it_runs_accepts_nobody()
{
    Host host;
    host.initialise();
    host.start();
    auto module = host.connect("signin.sock");
    CHECK(module.begin());
    CHECK_TEXT(module.hear().substr(0, 5), "ask 1");
    CHECK(::rename((host.state() + "/ssp-mfa.db").c_str(), (host.state() + "/old.db").c_str()) == 0);
    CHECK(module.answer("nonsense"));
    std::string said = module.hear();
    for (int i = 0; i < 10 && said.substr(0, 7) != "verdict" && said != "closed"; ++i) {
        if (said.substr(0, 3) == "ask")
            module.answer("");
        said = module.hear();
    }
    CHECK(said.find("accepted") == std::string::npos);
    CHECK(host.logs("alert: "));
}

static void a_broken_file_at_reload_changes_nothing()
{
    Host host;
    host.initialise();
    host.start();
    CHECK_TEXT(host.first_word().substr(0, 5), "ask 1");
    host.configure("[trust]\ndays = 31\n");
    host.daemon->signal(SIGHUP);
    CHECK(host.logs("main.toml:5:8: trust.days: is 31"));
    CHECK(host.logs("the configuration stays as it was"));
    CHECK_TEXT(host.first_word().substr(0, 5), "ask 1");
}

static void a_reload_leaves_a_running_dialogue_alone()
{
    Host host;
    host.initialise();
    host.start();
    auto running = host.connect("signin.sock");
    CHECK(running.begin());
    CHECK_TEXT(running.hear().substr(0, 5), "ask 1");
    host.configure("[enrolment]\nmode = \"closed\"\n");
    host.daemon->signal(SIGHUP);
    CHECK(host.logs("configuration read again"));
    CHECK(running.answer("what?"));
    CHECK_TEXT(running.hear().substr(0, 5), "ask 2");

    auto later = host.connect("signin.sock");
    CHECK(later.begin("bob"));
    auto said = later.hear();
    if (said.substr(0, 3) == "ask") { // told why, in one prompt
        CHECK(later.answer(""));
        said = later.hear();
    }
    CHECK(said.ends_with("not-enrolled"));
}

static void whoever_talks_when_the_daemon_stops_is_told()
{
    Host host;
    host.initialise();
    host.start();
    auto module = host.connect("signin.sock");
    CHECK(module.begin());
    CHECK_TEXT(module.hear().substr(0, 5), "ask 1");
    host.daemon->signal(SIGTERM);
    CHECK_TEXT(module.hear(), "verdict 2 unavailable");
    CHECK(host.daemon->wait_for_end() == EX_OK);
}

static void a_database_that_was_not_closed_is_checked_beside_the_service()
{
    Host host;
    host.initialise();
    host.start();
    CHECK_TEXT(host.first_word().substr(0, 5), "ask 1");
    host.daemon->signal(SIGKILL);
    CHECK(host.daemon->wait_for_end() == 128 + SIGKILL);
    CHECK(host.log().find("was not closed") == std::string::npos);
    host.start();
    CHECK_TEXT(host.first_word().substr(0, 5), "ask 1");
    CHECK(host.logs("the database was not closed: checking it"));
    CHECK(host.logs("the database is sound"));
}

static void it_refuses_root_other_sockets_and_a_bad_configuration()
{
    {
        Host host;
        host.start(true);
        CHECK(host.daemon->wait_for_end() == EX_NOPERM);
        CHECK(host.logs("refuses to run as root"));
    }
    {
        Host host;
        host.add_socket("other.sock");
        host.start();
        CHECK(host.daemon->wait_for_end() == EX_CONFIG);
        CHECK(host.logs("other.sock: allowed are signin.sock, self.sock and admin.sock"));
    }
    {
        Host host;
        host.remove_sockets();
        host.start();
        CHECK(host.daemon->wait_for_end() == EX_CONFIG);
    }
    Host host;
    host.configure("zzz = 1\n");
    host.start();
    CHECK(host.daemon->wait_for_end() == EX_CONFIG);
    CHECK(host.logs("main.toml:4:1: files.zzz: no such key"));
}

int main(int argc, char** argv)
{
    if (argc != 2)
        return 2;
    if (::geteuid() != 0) {
        std::puts("1..0 # SKIP needs root");
        return 0;
    }
    program = argv[1];
    const CMUnitTest tests[] = {
        SENTENCE(a_person_is_asked_how_to_enrol),
        SENTENCE(without_a_store_everybody_is_refused_at_once_and_a_reload_repairs_it),
        SENTENCE(a_wrong_master_key_refuses_everybody),
        SENTENCE(a_database_that_was_replaced_while_it_runs_accepts_nobody),
        SENTENCE(a_broken_file_at_reload_changes_nothing),
        SENTENCE(a_reload_leaves_a_running_dialogue_alone),
        SENTENCE(whoever_talks_when_the_daemon_stops_is_told),
        SENTENCE(a_database_that_was_not_closed_is_checked_beside_the_service),
        SENTENCE(it_refuses_root_other_sockets_and_a_bad_configuration),
    };
    return cmocka_run_group_tests_name("ssp-mfad", tests, nullptr, nullptr);
}
