#include "command/backup_file.h"

#include "support/manual_clock.h"
#include "support/temporary_directory.h"

#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/cmocka.h"

using namespace ssp;
using namespace ssp::command;
using ssp::testing::ManualClock;
using ssp::testing::TemporaryDirectory;

namespace {

constexpr const char* content = "what the database holds";

/// A folder like /var/backups, and a finished copy to be written there.
struct Backups {
    TemporaryDirectory root;
    std::string file = root.path("ssp-mfa.db");
    UniqueFd copy;

    Backups()
    {
        put(root.path("copy"), content);
        copy = UniqueFd(::open(root.path("copy").c_str(), O_RDONLY | O_CLOEXEC));
        CHECK(copy);
    }
    static void put(const std::string& path, const std::string& bytes) { std::ofstream(path) << bytes; }
    static std::string bytes_of(const std::string& path)
    {
        std::ostringstream bytes;
        bytes << std::ifstream(path).rdbuf();
        return bytes.str();
    }
    static mode_t mode_of(const std::string& path)
    {
        struct stat status {};
        return ::lstat(path.c_str(), &status) == 0 ? status.st_mode & 07777 : 0;
    }
    Result<void> write(bool replace)
    {
        return write_backup(copy.get(), file, replace, [](std::int64_t, std::int64_t) {});
    }
    std::size_t files() const
    {
        std::size_t count = 0;
        for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(root.path()))
            ++count;
        return count;
    }
};

bool says(const Result<void>& result, const std::string& words)
{
    return !result && result.error().detail.find(words) != std::string::npos;
}

void a_backup_is_one_file_of_mode_0600_with_the_same_bytes()
{
    if (::geteuid() != 0)
        skip(); // folders of root
    Backups backups;
    CHECK(check_place_of_backup(backups.file, false));
    const auto before = backups.files();
    CHECK(backups.write(false));
    CHECK_TEXT(Backups::bytes_of(backups.file), content);
    CHECK(Backups::mode_of(backups.file) == 0600 && backups.files() == before + 1);
}

void a_backup_lies_only_where_nobody_else_can_write()
{
    if (::geteuid() != 0)
        skip(); // folders of root
    Backups backups;
    for (const mode_t mode : {0777U, 0770U, 01777U, 0702U}) {
        CHECK(::chmod(backups.root.path().c_str(), mode) == 0);
        CHECK(says(check_place_of_backup(backups.file, true), "a folder of root that nobody else can write"));
    }
    CHECK(::chmod(backups.root.path().c_str(), 0700) == 0);
    CHECK(::chown(backups.root.path().c_str(), 65534, 65534) == 0);
    CHECK(says(check_place_of_backup(backups.file, true), "a folder of root"));
    CHECK(::chown(backups.root.path().c_str(), 0, 0) == 0);
    CHECK(check_place_of_backup(backups.file, true));
    CHECK(says(check_place_of_backup(backups.root.path("none/file"), true), "No such file"));
    CHECK(says(check_place_of_backup("", true), "names no file"));
    CHECK(says(check_place_of_backup(backups.root.path() + "/", true), "names no file"));
}

void what_is_there_is_replaced_only_when_told_and_when_it_is_a_plain_file()
{
    if (::geteuid() != 0)
        skip(); // folders of root
    Backups backups;
    Backups::put(backups.file, "of yesterday");
    CHECK(says(check_place_of_backup(backups.file, false), "--force replaces it"));
    CHECK(!backups.write(false)); // it came after the look
    CHECK_TEXT(Backups::bytes_of(backups.file), "of yesterday");
    CHECK(check_place_of_backup(backups.file, true) && backups.write(true));
    CHECK_TEXT(Backups::bytes_of(backups.file), content);

    const auto other = backups.root.path("other");
    Backups::put(other, "not ours");
    const auto odd = backups.root.path("odd");
    const auto refused = [&odd] { return says(check_place_of_backup(odd, true), "is not a plain file"); };
    CHECK(::symlink(other.c_str(), odd.c_str()) == 0 && refused() && ::unlink(odd.c_str()) == 0);
    CHECK(::symlink("nowhere", odd.c_str()) == 0 && refused() && ::unlink(odd.c_str()) == 0);
    CHECK(::link(other.c_str(), odd.c_str()) == 0 && refused() && ::unlink(odd.c_str()) == 0);
    CHECK(::mkfifo(odd.c_str(), 0600) == 0 && refused() && ::unlink(odd.c_str()) == 0);
    CHECK(::mkdir(odd.c_str(), 0700) == 0 && refused());
    CHECK_TEXT(Backups::bytes_of(other), "not ours");
}

void a_link_that_waits_at_the_name_of_the_unfinished_file_is_not_followed()
{
    Backups backups;
    const auto other = backups.root.path("other");
    Backups::put(other, "not ours");
    CHECK(::symlink(other.c_str(), (backups.file + ".new").c_str()) == 0);
    CHECK(backups.write(false));
    CHECK_TEXT(Backups::bytes_of(other), "not ours");
    CHECK_TEXT(Backups::bytes_of(backups.file), content);
}

void a_backup_that_cannot_be_written_whole_leaves_the_one_before()
{
    Backups backups;
    Backups::put(backups.file, "of yesterday");
    const auto files = backups.files();
    rlimit before{};
    CHECK(::getrlimit(RLIMIT_FSIZE, &before) == 0);
    auto little = before;
    little.rlim_cur = 4;
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);
    CHECK(::setrlimit(RLIMIT_FSIZE, &little) == 0);
    const auto written = backups.write(true);
    CHECK(::setrlimit(RLIMIT_FSIZE, &before) == 0);
    std::signal(SIGXFSZ, handler);
    CHECK(says(written, "No space left"));
    CHECK_TEXT(Backups::bytes_of(backups.file), "of yesterday");
    CHECK(backups.files() == files);
}

void only_a_plain_file_that_nobody_else_can_write_is_read_as_a_backup()
{
    Backups backups;
    const auto owner = ::geteuid();
    Backups::put(backups.file, content);
    CHECK(::chmod(backups.file.c_str(), 0600) == 0 && open_backup(backups.file, owner));
    CHECK(::chmod(backups.file.c_str(), 0620) == 0 && !open_backup(backups.file, owner));
    CHECK(::chmod(backups.file.c_str(), 0600) == 0);
    const auto odd = backups.root.path("odd");
    const auto refused = [&odd, owner](const std::string& words) {
        const auto opened = open_backup(odd, owner);
        const bool fits = !opened && opened.error().detail.find(words) != std::string::npos;
        return fits && ::remove(odd.c_str()) == 0;
    };
    CHECK(::symlink(backups.file.c_str(), odd.c_str()) == 0 && refused("is a symbolic link"));
    CHECK(::link(backups.file.c_str(), odd.c_str()) == 0 && refused("is not a plain file with one name"));
    CHECK(::mkfifo(odd.c_str(), 0600) == 0 && refused("is not a plain file with one name"));
    CHECK(::mkdir(odd.c_str(), 0700) == 0 && refused("is not a plain file with one name"));
    if (owner == 0) {
        CHECK(::chown(backups.file.c_str(), 65534, 65534) == 0);
        CHECK(!open_backup(backups.file, 1) && open_backup(backups.file, 65534));
    }
    CHECK(::chmod(backups.root.path().c_str(), 0777) == 0 && !open_backup(backups.file, owner));
    CHECK(::chmod(backups.root.path().c_str(), 0700) == 0);
}

void whoever_waits_longer_than_two_seconds_is_told_how_far_it_is()
{
    ManualClock clock;
    std::vector<std::string> said;
    const auto progress = progress_of("copying the database", clock,
                                      [&said](const std::string& line) { said.push_back(line); });
    progress(1, 4);
    clock.advance(Seconds(1));
    progress(1, 4);
    clock.advance(Seconds(1));
    progress(2, 4);
    progress(2, 4);
    clock.advance(Seconds(2));
    progress(3, 4);
    progress(0, 0);
    CHECK((said ==
           std::vector<std::string>{"copying the database: 50 % ...", "copying the database: 75 % ..."}));
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(a_backup_is_one_file_of_mode_0600_with_the_same_bytes),
        SENTENCE(a_backup_lies_only_where_nobody_else_can_write),
        SENTENCE(what_is_there_is_replaced_only_when_told_and_when_it_is_a_plain_file),
        SENTENCE(a_link_that_waits_at_the_name_of_the_unfinished_file_is_not_followed),
        SENTENCE(a_backup_that_cannot_be_written_whole_leaves_the_one_before),
        SENTENCE(only_a_plain_file_that_nobody_else_can_write_is_read_as_a_backup),
        SENTENCE(whoever_waits_longer_than_two_seconds_is_told_how_far_it_is),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
