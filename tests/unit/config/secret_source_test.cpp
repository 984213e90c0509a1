#include "config/secret_source.h"

#include "support/temporary_directory.h"

#include <cstdlib>
#include <sys/stat.h>
#include <unistd.h>

#include "support/cmocka.h"

using namespace ssp;
using namespace ssp::config;
using ssp::testing::TemporaryDirectory;

namespace {

/// The secret, or why there is none, with the directory's name taken out.
std::string read_of(const TemporaryDirectory& directory, const std::string& source)
{
    const auto secret = read_secret(source);
    if (secret)
        return std::string(secret->reveal());
    CHECK(secret.error().kind == ErrorKind::configuration);
    auto why = secret.error().detail;
    const auto prefix = directory.path() + "/";
    if (const auto at = why.find(prefix); at != std::string::npos)
        why.erase(at, prefix.size());
    return why;
}

/// What a table with one key, token, gives: the secret, or the problem.
std::string section_says(const std::string& toml)
{
    const auto parsed = parse_document(toml, "a.toml");
    Findings findings;
    SecretString token;
    {
        Section section(&std::get<Table>(parsed), "", findings);
        section.secret("token", token);
    }
    return findings.none() ? std::string(token.reveal()) : findings.text();
}

void a_secret_is_the_content_of_a_file_without_its_line_end()
{
    const TemporaryDirectory directory;
    const auto says = [&](std::string_view content) {
        return read_of(directory, directory.write("secret", content));
    };
    CHECK_TEXT(says("hunter2"), "hunter2");
    CHECK_TEXT(says("hunter2\n"), "hunter2");
    CHECK_TEXT(says("hunter2\r\n"), "hunter2");
    CHECK_TEXT(says(" hunter2 \n\n"), " hunter2 \n");
    CHECK_TEXT(says("-----BEGIN\nPRIVATE-----\n"), "-----BEGIN\nPRIVATE-----");
    CHECK_TEXT(says(std::string(16384, 'x')), std::string(16384, 'x'));
}

void a_file_without_a_usable_secret_is_refused()
{
    const TemporaryDirectory directory;
    const auto says = [&](std::string_view content) {
        return read_of(directory, directory.write("secret", content));
    };
    CHECK_TEXT(says(""), "secret: is empty");
    CHECK_TEXT(says("\n"), "secret: is empty");
    CHECK_TEXT(says(std::string_view("a\0b", 3)), "secret: holds a NUL byte");
    CHECK_TEXT(says(std::string(16385, 'x')), "secret: is longer than 16384 bytes");
    CHECK_TEXT(read_of(directory, directory.path("missing")), "missing: No such file or directory");
    CHECK(::mkfifo(directory.path("fifo").c_str(), 0600) == 0);
    CHECK_TEXT(read_of(directory, directory.path("fifo")), "fifo: is not a regular file");
}

void a_file_that_others_may_read_is_refused()
{
    const TemporaryDirectory directory;
    const auto file = directory.write("secret", "hunter2");
    for (const mode_t mode : {0400U, 0600U, 0440U, 0640U}) {
        CHECK(::chmod(file.c_str(), mode) == 0);
        CHECK_TEXT(read_of(directory, file), "hunter2");
    }
    for (const mode_t mode : {0604U, 0644U, 0660U, 0601U}) {
        CHECK(::chmod(file.c_str(), mode) == 0);
        CHECK_TEXT(read_of(directory, file),
                   "secret: others may use this file; allowed: mode 0400, 0600 or 0640");
    }
    CHECK(::chmod(file.c_str(), 0600) == 0 && ::chmod(directory.path().c_str(), 0777) == 0);
    CHECK(!read_secret(file));
    if (::geteuid() == 0) {
        CHECK(::chmod(directory.path().c_str(), 0700) == 0 && ::chown(file.c_str(), 4711, 0) == 0);
        CHECK(read_of(directory, file).starts_with("secret: is owned by uid 4711"));
    }
}

void a_credential_of_systemd_is_a_secret()
{
    const TemporaryDirectory directory;
    directory.write("trunk", "hunter2\n");
    ::setenv("CREDENTIALS_DIRECTORY", directory.path().c_str(), 1);
    CHECK_TEXT(read_of(directory, "credential:trunk"), "hunter2");
    const auto missing = read_of(directory, "credential:other");
    CHECK(missing.starts_with("credential other: systemd gave none of this name; "));
    CHECK(::chmod(directory.path("trunk").c_str(), 0444) == 0);
    CHECK(!read_secret("credential:trunk"));
    CHECK(::chmod(directory.path("trunk").c_str(), 0400) == 0);
    ::unsetenv("CREDENTIALS_DIRECTORY");
    CHECK(read_of(directory, "credential:trunk").starts_with("credential trunk: systemd gave none"));
}

void a_source_is_an_absolute_path_or_a_credential()
{
    for (const char* good : {"/etc/ssp-mfa/secrets/token", "credential:token", "credential:A.b_c-9"})
        CHECK(rule::secret_source.fits(good));
    for (const char* bad : {"", "hunter2", "secrets/token", "/etc/../token", "credential:", "credential:../x",
                            "credential:a/b", "credential:.x", "Credential:token", "file:/etc/x"})
        CHECK(!rule::secret_source.fits(bad));
}

void what_is_wrong_with_a_source_is_told_with_its_place_and_without_its_text()
{
    const TemporaryDirectory directory;
    const auto file = directory.write("token", "hunter2");
    CHECK_TEXT(section_says("token = \"" + file + "\"\n"), "hunter2");
    CHECK_TEXT(section_says("token = \"hunter2\"\n"),
               "a.toml:1:9: token: is a text that is not shown here; allowed: the absolute path of a file "
               "that holds the secret, or \"credential:NAME\" for one that systemd gives");
    CHECK_TEXT(section_says("token = \"/nonexistent/token\"\n"),
               "a.toml:1:9: token: /nonexistent/token: No such file or directory");
    CHECK(section_says("token = 5\n").starts_with("a.toml:1:9: token: is 5; allowed: the absolute path"));
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(a_secret_is_the_content_of_a_file_without_its_line_end),
        SENTENCE(a_file_without_a_usable_secret_is_refused),
        SENTENCE(a_file_that_others_may_read_is_refused),
        SENTENCE(a_credential_of_systemd_is_a_secret),
        SENTENCE(a_source_is_an_absolute_path_or_a_credential),
        SENTENCE(what_is_wrong_with_a_source_is_told_with_its_place_and_without_its_text),
    };
    return cmocka_run_group_tests_name("config secret source", tests, nullptr, nullptr);
}
