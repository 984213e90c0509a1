// The examples in conf/providers.d are understood.
// examples_test FILE...
#include "config/reader.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "support/cmocka.h"
#include "support/temporary_directory.h"

using namespace ssp;
using namespace ssp::testing;

namespace {

std::vector<std::filesystem::path> examples;

void each_example_of_a_provider_is_read()
{
    CHECK(examples.size() == 4);
    for (const auto& example : examples) {
        const TemporaryDirectory directory;
        std::ifstream stream(example);
        std::string text(std::istreambuf_iterator<char>(stream), {});
        // The secrets that an example names are the administrator's to make.
        const std::string secrets = "/etc/ssp-mfa/secrets/";
        for (auto at = text.find(secrets); at != std::string::npos; at = text.find(secrets)) {
            const auto name = text.substr(at + secrets.size(), text.find('"', at) - at - secrets.size());
            text.replace(at, secrets.size() + name.size(), directory.write(name, "a secret\n"));
        }
        directory.write("providers.d/" + example.filename().string(), text);
        const auto config = read_delivery_config(directory.write("ssp-mfa.toml", "demo = true\n"));
        CHECK_TEXT(config ? "" : config.error().detail, "");
        CHECK(config->providers.size() == 1 &&
              (config->providers.front().text_message || config->providers.front().voice_call));
    }
}

} // namespace

int main(int argc, char** argv)
{
    examples.assign(argv + 1, argv + argc);
    const CMUnitTest tests[] = {SENTENCE(each_example_of_a_provider_is_read)};
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
