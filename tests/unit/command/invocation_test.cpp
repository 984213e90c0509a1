#include "command/invocation.h"

#include "support/cmocka.h"

using namespace ssp;
using namespace ssp::command;

namespace {

Result<Invocation> read(std::vector<std::string> words)
{
    words.insert(words.begin(), "ssp-mfa");
    std::vector<char*> argv;
    for (auto& word : words)
        argv.push_back(word.data());
    argv.push_back(nullptr);
    return read_command_line(static_cast<int>(words.size()), argv.data());
}

using Words = std::vector<std::string>;

void words_keep_their_order_and_options_may_stand_anywhere()
{
    for (const auto& line : {Words{"--json", "user", "unlock", "alice", "--reason=lost phone"},
                             Words{"user", "--reason", "lost phone", "unlock", "alice", "--json"}}) {
        const auto invocation = read(line);
        CHECK(invocation && invocation->json);
        CHECK((invocation->words == Words{"user", "unlock", "alice"}));
        CHECK(invocation->reason == "lost phone");
    }
}

void without_options_the_configuration_is_the_installed_one()
{
    const auto invocation = read({"status"});
    CHECK(invocation && !invocation->json && !invocation->help && !invocation->version &&
          !invocation->reason);
    CHECK_TEXT(invocation->config_file, "/etc/ssp-mfa/ssp-mfa.toml");
    CHECK_TEXT(read({"--config", "other.toml", "status"})->config_file, "other.toml");
}

void behind_two_dashes_a_name_may_look_like_an_option()
{
    const auto invocation = read({"user", "show", "--", "--json"});
    CHECK(invocation && !invocation->json);
    CHECK((invocation->words == Words{"user", "show", "--json"}));
}

void an_unknown_option_is_named_wherever_it_stands()
{
    for (const auto& line : {Words{"--frobnicate", "status"}, Words{"status", "--frobnicate"},
                             Words{"--json", "--frobnicate=1"}}) {
        const auto invocation = read(line);
        CHECK(!invocation && invocation.error().kind == ErrorKind::malformed);
        CHECK(invocation.error().detail.find("--frobnicate") != std::string::npos);
    }
    CHECK_TEXT(read({"-x"}).error().detail, "The option -x is unknown here.");
    CHECK_TEXT(read({"-c"}).error().detail, "The option -c is unknown here.");
    CHECK_TEXT(read({"status", "-xyz"}).error().detail, "The option -x is unknown here.");
    CHECK_TEXT(read({"--json=yes", "status"}).error().detail, "The option --json takes no value.");
}

void an_option_without_its_value_is_named()
{
    CHECK_TEXT(read({"status", "--config"}).error().detail, "The option --config needs a value.");
    CHECK_TEXT(read({"user", "lock", "alice", "--reason"}).error().detail,
               "The option --reason needs a value.");
}

void an_empty_value_is_a_value()
{
    const auto invocation = read({"user", "lock", "alice", "--reason="});
    CHECK(invocation && invocation->reason == "");
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(words_keep_their_order_and_options_may_stand_anywhere),
        SENTENCE(without_options_the_configuration_is_the_installed_one),
        SENTENCE(behind_two_dashes_a_name_may_look_like_an_option),
        SENTENCE(an_unknown_option_is_named_wherever_it_stands),
        SENTENCE(an_option_without_its_value_is_named),
        SENTENCE(an_empty_value_is_a_value),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
