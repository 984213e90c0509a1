#include "command/state.h"

#include "support/counting_random.h"
#include "support/temporary_directory.h"

#include <algorithm>
#include <fcntl.h>
#include <functional>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/cmocka.h"

using namespace ssp;
using namespace ssp::command;
using ssp::testing::CountingRandom;
using ssp::testing::TemporaryDirectory;

namespace {

/// The account that the tests make state for: "nobody" when they run as root, else themselves.
StateOwner some_owner()
{
    const auto* user = ::geteuid() == 0 ? ::getpwnam("nobody") : ::getpwuid(::geteuid());
    if (user == nullptr)
        throw std::runtime_error("no account to test with");
    return {user->pw_name, user->pw_uid, user->pw_gid};
}

/// /etc/ssp-mfa and /var/lib/ssp-mfa of a host that was just installed.
struct Host {
    TemporaryDirectory root;
    StateOwner owner = some_owner();
    std::string key_file = root.path("etc/master.key");
    std::string state_folder = root.path("state");
    std::string database = root.path("state/ssp-mfa.db");
    CountingRandom random;
    std::string credentials;

    Host()
    {
        CHECK(::chmod(root.path().c_str(), 0755) == 0);
        CHECK(::mkdir(root.path("etc").c_str(), 0755) == 0);
        CHECK(::mkdir(state_folder.c_str(), 0700) == 0);
        CHECK(::chown(state_folder.c_str(), owner.uid, owner.gid) == 0);
    }
    Result<std::vector<ResultRow>> init()
    {
        return make_state(database, key_file, credentials.empty() ? nullptr : credentials.c_str(), owner,
                          random);
    }
    /// All names below the two folders.
    std::vector<std::string> files() const
    {
        std::vector<std::string> names;
        for (const auto& folder : {root.path("etc"), state_folder})
            for (const auto& file : std::filesystem::directory_iterator(folder))
                names.push_back(file.path().filename());
        std::sort(names.begin(), names.end());
        return names;
    }
};

using Names = std::vector<std::string>;

struct stat status_of(const std::string& file)
{
    struct stat status = {};
    CHECK(::lstat(file.c_str(), &status) == 0);
    return status;
}

/// What init said; fails the test when it did anything but refuse.
std::string refusal(Host& host)
{
    const auto before = host.files();
    const auto made = host.init();
    CHECK(!made && made.error().kind == ErrorKind::configuration);
    CHECK(host.files() == before);
    return made.error().detail;
}

bool says(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

void a_fresh_host_gets_a_key_and_a_database_that_only_the_helper_can_read()
{
    Host host;
    const auto made = host.init();
    CHECK(made.has_value());
    CHECK((host.files() == Names{"master.key", "ssp-mfa.db", "ssp-mfa.db.ballast", "ssp-mfa.db.mark"}));
    const auto ballast = host.database + ".ballast";
    for (const auto& [file, mode] :
         {std::pair(host.key_file, 0400U), std::pair(host.database, 0600U), std::pair(ballast, 0600U)}) {
        const auto status = status_of(file);
        CHECK(S_ISREG(status.st_mode) && (status.st_mode & 07777U) == mode);
        CHECK(status.st_uid == host.owner.uid && status.st_gid == host.owner.gid);
    }
    CHECK(status_of(host.key_file).st_size == 32);
    CHECK(
        (*made ==
         std::vector<ResultRow>{
             {{"made", "master key"}, {"file", host.key_file}, {"owner", host.owner.name}, {"mode", "0400"}},
             {{"made", "database"}, {"file", host.database}, {"owner", host.owner.name}, {"mode", "0600"}},
             {{"made", "ballast for a full disk"},
              {"file", ballast},
              {"owner", host.owner.name},
              {"mode", "0600"}}}));
}

void the_second_init_changes_nothing_and_says_so()
{
    Host host;
    CHECK(host.init().has_value());
    const auto key = status_of(host.key_file);
    const auto database = status_of(host.database);
    CHECK(says(refusal(host), "Already set up"));
    CHECK(status_of(host.key_file).st_ino == key.st_ino);
    CHECK(status_of(host.database).st_ino == database.st_ino);
    CHECK(status_of(host.database).st_mtim.tv_nsec == database.st_mtim.tv_nsec);
}

void a_key_without_a_database_is_refused_with_both_ways_out()
{
    Host host;
    host.root.write("etc/master.key", std::string(32, 'k'));
    const auto said = refusal(host);
    CHECK(says(said, host.key_file) && says(said, host.database));
    CHECK(says(said, "restore the database") && says(said, "remove the key"));
}

void a_database_without_its_key_is_refused()
{
    Host host;
    host.root.write("state/ssp-mfa.db", "anything");
    CHECK(says(refusal(host), "Put the key back"));
}

void a_dangling_link_counts_as_something_that_is_there()
{
    Host host;
    CHECK(::symlink("/nowhere/at/all", host.database.c_str()) == 0);
    CHECK(says(refusal(host), "exists"));
}

void what_an_interrupted_init_left_is_named_and_the_key_is_taken_back()
{
    Host host;
    host.root.write("state/ssp-mfa.db.new", "half");
    CHECK(::chown((host.database + ".new").c_str(), host.owner.uid, host.owner.gid) == 0);
    const auto said = refusal(host);
    CHECK(says(said, "ssp-mfa.db.new") && says(said, "removed again"));
    CHECK((host.files() == Names{"ssp-mfa.db.new"}));
}

void without_randomness_nothing_is_made()
{
    Host host;
    host.random.broken = true;
    CHECK(says(refusal(host), "Nothing was changed"));
    CHECK(host.files().empty());
}

void a_folder_that_is_missing_or_open_to_others_is_refused_with_the_remedy()
{
    Host host;
    CHECK(::chmod(host.state_folder.c_str(), 0750) == 0);
    CHECK(says(refusal(host), "install -d -m 0700"));
    CHECK(::rmdir(host.state_folder.c_str()) == 0);
    const auto made = host.init();
    CHECK(!made && says(made.error().detail, "install -d -m 0700"));
    CHECK(!std::filesystem::exists(host.key_file));
}

void a_folder_of_somebody_else_is_refused()
{
    if (::geteuid() != 0)
        return; // only root can give folders away
    Host host;
    CHECK(::chown(host.state_folder.c_str(), 0, 0) == 0);
    CHECK(says(refusal(host), "must belong to " + host.owner.name));
}

void a_key_in_a_folder_that_does_not_exist_leaves_nothing()
{
    Host host;
    host.key_file = host.root.path("missing/master.key");
    CHECK(says(refusal(host), host.key_file));
    CHECK(host.files().empty());
}

void a_credential_is_used_and_no_key_file_is_made()
{
    Host host;
    host.credentials = host.root.path("credentials");
    host.root.write("credentials/master-key", std::string(32, 'k'));
    CHECK(::chmod(host.root.path("credentials/master-key").c_str(), 0400) == 0);
    const auto made = host.init();
    CHECK(made && made->size() == 2);
    CHECK((host.files() == Names{"ssp-mfa.db", "ssp-mfa.db.ballast", "ssp-mfa.db.mark"}));

    CHECK(says(refusal(host), "Already set up"));
}

void a_credential_and_a_key_file_together_are_refused()
{
    Host host;
    host.credentials = host.root.path("credentials");
    host.root.write("credentials/master-key", std::string(32, 'k'));
    host.root.write("etc/master.key", std::string(32, 'l'));
    CHECK(says(refusal(host), "Remove the one that is not meant"));
}

void a_credential_that_is_no_key_is_refused()
{
    Host host;
    host.credentials = host.root.path("credentials");
    host.root.write("credentials/master-key", "short");
    CHECK(says(refusal(host), "not 32"));
}

/// Runs `body` in a child that is nobody special; true when it returned true.
bool as_another_user(const std::function<bool()>& body)
{
    const auto child = ::fork();
    if (child == 0) {
        const bool dropped = ::setgid(12345) == 0 && ::setuid(12345) == 0;
        ::_exit(dropped && body() ? 0 : 1);
    }
    int status = 0;
    CHECK(::waitpid(child, &status, 0) == child);
    return status == 0;
}

void somebody_who_is_neither_root_nor_the_owner_is_refused()
{
    if (::geteuid() != 0)
        return; // only root can become somebody else
    Host host;
    CHECK(as_another_user([&] {
        const auto made = host.init();
        return !made && says(made.error().detail, "must run as root or as " + host.owner.name);
    }));
    CHECK(host.files().empty());
}

void after_init_the_process_is_itself_again()
{
    Host host;
    const auto uid = ::geteuid();
    const auto gid = ::getegid();
    CHECK(host.init().has_value());
    CHECK(::geteuid() == uid && ::getegid() == gid);
}

void the_owner_must_exist_and_must_not_be_root()
{
    CHECK(says(find_state_owner("root").error().detail, "never runs as root"));
    CHECK(says(find_state_owner("no-such-account").error().detail, "no-such-account"));
    CHECK(find_state_owner(some_owner().name)->uid == some_owner().uid || ::geteuid() == 0);
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(a_fresh_host_gets_a_key_and_a_database_that_only_the_helper_can_read),
        SENTENCE(the_second_init_changes_nothing_and_says_so),
        SENTENCE(a_key_without_a_database_is_refused_with_both_ways_out),
        SENTENCE(a_database_without_its_key_is_refused),
        SENTENCE(a_dangling_link_counts_as_something_that_is_there),
        SENTENCE(what_an_interrupted_init_left_is_named_and_the_key_is_taken_back),
        SENTENCE(without_randomness_nothing_is_made),
        SENTENCE(a_folder_that_is_missing_or_open_to_others_is_refused_with_the_remedy),
        SENTENCE(a_folder_of_somebody_else_is_refused),
        SENTENCE(a_key_in_a_folder_that_does_not_exist_leaves_nothing),
        SENTENCE(a_credential_is_used_and_no_key_file_is_made),
        SENTENCE(a_credential_and_a_key_file_together_are_refused),
        SENTENCE(a_credential_that_is_no_key_is_refused),
        SENTENCE(somebody_who_is_neither_root_nor_the_owner_is_refused),
        SENTENCE(after_init_the_process_is_itself_again),
        SENTENCE(the_owner_must_exist_and_must_not_be_root),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
