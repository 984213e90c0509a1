#include "loop/journal.h"

#include <string>
#include <sys/types.h>
#include <unistd.h>

#include "base/unique_fd.h"

#include "support/cmocka.h"

using namespace ssp;

namespace {

/// Undoes the escaping, as ssp-mfad(8) tells the reader of a log to.
std::string unescaped(std::string_view text)
{
    std::string bytes;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text.substr(i, 2) == "\\x" && i + 4 <= text.size()) {
            bytes += static_cast<char>(std::stoi(std::string(text.substr(i + 2, 2)), nullptr, 16));
            i += 3;
        } else {
            bytes += text[i];
        }
    }
    return bytes;
}

} // namespace

static void fields_follow_the_message()
{
    CHECK_TEXT(journal_line("sign-in accepted", {{"user", "alice"}, {"service", "sshd"}}),
               "sign-in accepted user=alice service=sshd");
}

static void nobody_who_chooses_a_value_can_forge_a_line_or_a_field()
{
    CHECK_TEXT(journal_line("m", {{"user", "a\nerror: forged"}}), "m user=\"a\\x0aerror: forged\"");
    CHECK_TEXT(journal_line("m", {{"user", "a verdict=accepted"}}), "m user=\"a verdict=accepted\"");
    CHECK_TEXT(journal_line("m", {{"user", "a\" verdict=accepted"}}), "m user=\"a\\x22 verdict=accepted\"");
    CHECK_TEXT(journal_line("m", {{"user", ""}}), "m user=\"\"");
    CHECK_TEXT(journal_line("m\x1b[31m", {}), "m\\x1b[31m");
    CHECK_TEXT(journal_line("m", {{"user", "\xc3\xa4\x7f"}}), "m user=\\xc3\\xa4\\x7f");
}

static void every_value_can_be_read_back()
{
    std::string every;
    for (int c = 0; c < 256; ++c)
        every += static_cast<char>(c);
    const auto line = journal_line("m", {{"v", every}});
    const auto quoted = line.substr(std::string("m v=\"").size());
    CHECK(quoted.back() == '"');
    CHECK(unescaped(quoted.substr(0, quoted.size() - 1)) == every);
    CHECK_TEXT(unescaped(journal_line("m", {{"v", "\\x41"}}).substr(5, 7)), "\\x41");
}

static void without_a_journal_the_line_goes_to_standard_error()
{
    int ends[2];
    CHECK(::pipe2(ends, 0) == 0);
    const UniqueFd reader(ends[0]);
    UniqueFd writer(ends[1]);
    const UniqueFd kept(::dup(STDERR_FILENO));
    CHECK(::dup2(writer.get(), STDERR_FILENO) == STDERR_FILENO);
    journal(Severity::alert, "the store does not verify", {{"error", "store-tampered"}});
    CHECK(::dup2(kept.get(), STDERR_FILENO) == STDERR_FILENO);
    writer.reset();
    char bytes[256];
    const ssize_t got = ::read(reader.get(), bytes, sizeof bytes);
    CHECK(got > 0);
    CHECK_TEXT(std::string(bytes, static_cast<std::size_t>(got)),
               "alert: the store does not verify error=store-tampered\n");
}

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(fields_follow_the_message),
        SENTENCE(nobody_who_chooses_a_value_can_forge_a_line_or_a_field),
        SENTENCE(every_value_can_be_read_back),
        SENTENCE(without_a_journal_the_line_goes_to_standard_error),
    };
    return cmocka_run_group_tests_name("journal", tests, nullptr, nullptr);
}
