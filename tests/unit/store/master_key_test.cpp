#include "store/master_key.h"

#include "base/random.h"
#include "support/counting_random.h"
#include "support/temporary_directory.h"

#include <sys/stat.h>
#include <unistd.h>

#include "support/cmocka.h"

using namespace ssp;
using ssp::testing::TemporaryDirectory;

namespace {

const std::string thirty_two(32, 'k');

std::string complaint(const std::string& file)
{
    const auto key = read_master_key(nullptr, file);
    return key ? "accepted" : key.error().detail;
}

bool complains(const std::string& file, const char* about)
{
    const auto text = complaint(file);
    return text.find(about) != std::string::npos && text.find("kkk") == std::string::npos;
}

void a_key_that_was_made_is_read_back()
{
    const TemporaryDirectory folder;
    SystemRandom random;
    const auto made = create_master_key(folder.path("master.key"), random, geteuid(), getegid());
    CHECK(made && made->bytes.size() == 32);
    struct stat status {};
    CHECK(stat(folder.path("master.key").c_str(), &status) == 0 && (status.st_mode & 07777) == 0400);
    const auto read = read_master_key(nullptr, folder.path("master.key"));
    CHECK(read && read->bytes.equals(made->bytes.reveal()));
}

void a_key_is_never_replaced()
{
    const TemporaryDirectory folder;
    SystemRandom random;
    const auto file = folder.write("master.key", "");
    CHECK(!create_master_key(file, random, geteuid(), getegid()));
    CHECK(symlink("elsewhere", folder.path("link").c_str()) == 0);
    CHECK(!create_master_key(folder.path("link"), random, geteuid(), getegid()));
    CHECK(access(folder.path("elsewhere").c_str(), F_OK) != 0);
}

void no_key_is_made_without_chance()
{
    const TemporaryDirectory folder;
    ssp::testing::CountingRandom random;
    random.broken = true;
    CHECK(!create_master_key(folder.path("master.key"), random, geteuid(), getegid()));
    CHECK(access(folder.path("master.key").c_str(), F_OK) != 0);
}

void a_key_of_another_length_is_refused()
{
    const TemporaryDirectory folder;
    CHECK(complains(folder.write("empty", ""), "holds 0 bytes"));
    CHECK(complains(folder.write("short", thirty_two.substr(1)), "holds 31 bytes"));
    CHECK(complains(folder.write("long", thirty_two + "\n"), "holds 33 bytes"));
    CHECK_TEXT(complaint(folder.write("right", thirty_two)), "accepted");
}

void a_key_that_others_can_reach_is_refused()
{
    const TemporaryDirectory folder;
    const auto file = folder.write("master.key", thirty_two);
    for (const mode_t mode : std::initializer_list<mode_t>{0640, 0604, 0620, 0602, 0700, 0644}) {
        CHECK(chmod(file.c_str(), mode) == 0);
        CHECK(complains(file, "mode 0400 or 0600"));
    }
    CHECK(chmod(file.c_str(), 0400) == 0);
    CHECK_TEXT(complaint(file), "accepted");
    CHECK(link(file.c_str(), folder.path("second").c_str()) == 0);
    CHECK(complains(file, "second name"));
}

void only_a_regular_file_of_ours_is_a_key()
{
    const TemporaryDirectory folder;
    const auto file = folder.write("master.key", thirty_two);
    CHECK(symlink(file.c_str(), folder.path("link").c_str()) == 0);
    CHECK(complains(folder.path("link"), "symbolic link"));
    CHECK(mkfifo(folder.path("fifo").c_str(), 0600) == 0);
    CHECK(complains(folder.path("fifo"), "not a regular file")); // and it does not hang
    CHECK(complains(folder.path(), "not a regular file"));
    CHECK(complains(folder.path("none"), "No such file"));
    if (geteuid() == 0) {
        CHECK(chown(file.c_str(), 4711, 4711) == 0);
        CHECK(complains(file, "another user"));
    }
}

void a_systemd_credential_comes_before_the_file_and_is_never_passed_over()
{
    const TemporaryDirectory folder;
    const auto file = folder.write("master.key", thirty_two);
    folder.write("credentials/master-key", std::string(32, 'c'));
    const auto directory = folder.path("credentials");
    CHECK(chmod((directory + "/master-key").c_str(), 0440) == 0); // systemd's ACL shows so
    const auto key = read_master_key(directory.c_str(), file);
    CHECK(key && key->bytes.equals(std::string(32, 'c')));

    CHECK(chmod((directory + "/master-key").c_str(), 0444) == 0);
    CHECK(!read_master_key(directory.c_str(), file));
    CHECK(read_master_key(folder.path().c_str(), file)); // no credential of that name
    CHECK(read_master_key("", file));
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(a_key_that_was_made_is_read_back),
        SENTENCE(a_key_is_never_replaced),
        SENTENCE(no_key_is_made_without_chance),
        SENTENCE(a_key_of_another_length_is_refused),
        SENTENCE(a_key_that_others_can_reach_is_refused),
        SENTENCE(only_a_regular_file_of_ours_is_a_key),
        SENTENCE(a_systemd_credential_comes_before_the_file_and_is_never_passed_over),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
