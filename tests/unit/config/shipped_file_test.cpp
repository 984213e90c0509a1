// conf/ssp-mfa.toml shows every key with its default. argv: that file.
#include "config/reader.h"

#include "support/temporary_directory.h"

#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "support/cmocka.h"

using namespace ssp;
using ssp::testing::TemporaryDirectory;

namespace {

std::string shipped_file;

std::string text_of(const std::string& path)
{
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

/// The shipped file with every default taken out of its comment.
std::string defaults_text()
{
    return std::regex_replace(text_of(shipped_file), std::regex("(^|\n)#([a-z_]+ = )"), "$1$2");
}

/// The keys that `section` takes, as the reader lists them.
std::vector<std::string> keys_of(const std::string& section)
{
    const TemporaryDirectory directory;
    const auto table = section.empty() ? "" : "[" + section + "]\n";
    const auto main = directory.write("main.toml", table + "no_such_key = 1\n");
    const auto read = read_helper_config(main);
    CHECK(!read);
    const std::string marker = "allowed here: ";
    std::istringstream list(read.error().detail.substr(read.error().detail.find(marker) + marker.size()));
    std::vector<std::string> keys;
    for (std::string key; list >> key;)
        keys.push_back(key.ends_with(',') ? key.substr(0, key.size() - 1) : key);
    return keys;
}

} // namespace

static void the_shipped_file_reads_as_it_is()
{
    const TemporaryDirectory directory;
    const auto main = directory.write("ssp-mfa.toml", text_of(shipped_file));
    const auto read = read_helper_config(main);
    CHECK(read && *read == HelperConfig{});
}

static void every_default_it_shows_is_the_default()
{
    const TemporaryDirectory directory;
    const auto main = directory.write("ssp-mfa.toml", defaults_text());
    const auto helper = read_helper_config(main);
    CHECK_TEXT(helper ? "" : helper.error().detail, "");
    CHECK(*helper == HelperConfig{});
    const auto delivery = read_delivery_config(main);
    CHECK(delivery && delivery->phones == PhoneRules{} && !delivery->demo && delivery->providers.empty());
    CHECK_TEXT(delivery->socket, DeliveryConfig{}.socket);
    CHECK_TEXT(delivery->peer_user, DeliveryConfig{}.peer_user);
}

static void it_shows_every_key()
{
    const auto text = defaults_text();
    std::set<std::string> sections;
    for (const auto& key : keys_of(""))
        if (text.find("\n[" + key + "]\n") != std::string::npos)
            sections.insert(key);
        else if (text.find("\n#[[" + key + "]]\n") == std::string::npos) // has no default to show
            CHECK_TEXT(text.find("\n" + key + " = ") == std::string::npos ? key + " is not shown" : "", "");
    CHECK(sections.size() == 12);
    for (const auto& section : sections) {
        const auto begin = text.find("\n[" + section + "]\n");
        const auto part = text.substr(begin, text.find("\n[", begin + 1) - begin);
        for (const auto& key : keys_of(section))
            CHECK_TEXT(part.find("\n" + key + " = ") == std::string::npos ? key + " is not shown" : "", "");
    }
}

int main(int argc, char** argv)
{
    if (argc != 2)
        return 2;
    shipped_file = argv[1];
    const CMUnitTest tests[] = {
        SENTENCE(the_shipped_file_reads_as_it_is),
        SENTENCE(every_default_it_shows_is_the_default),
        SENTENCE(it_shows_every_key),
    };
    return cmocka_run_group_tests_name("config shipped file", tests, nullptr, nullptr);
}
