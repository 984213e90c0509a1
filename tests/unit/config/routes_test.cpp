// [[routes]] of the main file.
#include "config/nearest.h"
#include "config/reader.h"

#include "support/temporary_directory.h"

#include <string>

#include "support/cmocka.h"

using namespace ssp;
using ssp::testing::TemporaryDirectory;

namespace {

struct Files {
    Files()
    {
        directory.write("providers.d/kannel.toml",
                        "kind = \"command\"\nchannels = [\"text-message\"]\nargv = [\"/bin/true\"]\n");
        directory.write("providers.d/trunk.toml",
                        "kind = \"command\"\nchannels = [\"voice-call\"]\nargv = [\"/bin/true\"]\n");
        directory.write("providers.d/twilio.toml", "kind = \"command\"\nchannels = [\"text-message\", "
                                                   "\"voice-call\"]\nargv = [\"/bin/true\"]\n");
    }
    Result<DeliveryConfig> read(std::string_view main)
    {
        directory.write("main.toml", main);
        return read_delivery_config(directory.path("main.toml"));
    }
    std::string verdict_on(std::string_view main)
    {
        const auto config = read(main);
        if (config)
            return "good";
        std::string text = config.error().detail;
        const auto prefix = directory.path() + "/";
        for (auto at = text.find(prefix); at != std::string::npos; at = text.find(prefix))
            text.erase(at, prefix.size());
        return text;
    }
    TemporaryDirectory directory;
};

const std::string regions = "[phones]\nhome_region = \"US\"\nregions = [\"US\", \"DE\"]\n";

void routes_are_kept_in_the_order_of_the_file()
{
    Files files;
    const auto config = files.read(regions + R"(
[[routes]]
channel = "text-message"
regions = ["DE"]
providers = ["kannel", "twilio"]
[[routes]]
channel = "text-message"
providers = ["twilio"]
[[routes]]
channel = "voice-call"
providers = ["trunk"]
)");
    CHECK(config && config->routes.size() == 3);
    CHECK((config->routes[0] == RouteConfig{false, {"DE"}, {"kannel", "twilio"}}));
    CHECK((config->routes[1] == RouteConfig{false, {}, {"twilio"}}));
    CHECK((config->routes[2] == RouteConfig{true, {}, {"trunk"}}));
    CHECK(files.read("").value().routes.empty());
}

void routes_of_a_later_file_replace_those_before()
{
    Files files;
    files.directory.write("conf.d/10.toml",
                          "[[routes]]\nchannel = \"text-message\"\nproviders = [\"twilio\"]\n");
    const auto config = files.read("[[routes]]\nchannel = \"text-message\"\nproviders = [\"kannel\"]\n");
    CHECK(config && config->routes.size() == 1 && config->routes[0].providers.front() == "twilio");
}

void every_fault_is_named_with_its_place()
{
    struct Case {
        std::string text;
        std::string says;
    };
    const std::string text_route = "[[routes]]\nchannel = \"text-message\"\n";
    const Case cases[] = {
        {text_route + "providers = [\"kanel\"]\n",
         "main.toml:3:14: routes[0].providers: there is no kanel.toml in providers.d; did you mean "
         "\"kannel\"?"},
        {text_route + "providers = [\"twilio\", \"swisscom\"]\n",
         "main.toml:3:24: routes[0].providers: there is no swisscom.toml in providers.d"},
        {text_route + "providers = [\"trunk\"]\n",
         "main.toml:3:14: routes[0].providers: \"trunk\" does not carry a text-message; its channels do not "
         "name it"},
        {text_route + "providers = []\n",
         "main.toml:3:13: routes[0].providers: has 0 items; allowed: 1 to 16"},
        {text_route + "providers = [\"kannel\", \"twilio\", \"kannel\"]\n",
         "main.toml:3:34: routes[0].providers: \"kannel\" is named twice"},
        {text_route + "providers = [\"Kannel\"]\n",
         "main.toml:3:14: routes[0].providers: is \"Kannel\"; allowed: a name of 1 to 32 of a-z, 0-9 and -"},
        {text_route, "main.toml:1:1: routes[0].providers: is missing"},
        {"[[routes]]\nproviders = [\"kannel\"]\n", "main.toml:1:1: routes[0].channel: is missing"},
        {"[[routes]]\nchannel = \"sms\"\nproviders = [\"kannel\"]\n",
         "main.toml:2:11: routes[0].channel: is \"sms\"; allowed: text-message, voice-call"},
        {text_route + "providers = [\"kannel\"]\nregion = [\"US\"]\n",
         "main.toml:4:1: routes[0].region: no such key; allowed here: channel, regions, providers"},
        {text_route + "regions = [\"US\", \"FR\"]\nproviders = [\"kannel\"]\n",
         "main.toml:3:18: routes[0].regions: is \"FR\"; allowed: one of phones.regions"},
        {text_route + "regions = [\"us\"]\nproviders = [\"kannel\"]\n",
         "main.toml:3:12: routes[0].regions: is \"us\"; allowed: an ISO 3166 region of two capitals, as "
         "\"US\""},
        {text_route + "providers = [\"kannel\"]\n" + text_route + "providers = [\"twilio\"]\n",
         "main.toml:6:14: routes[1]: is never used; a route of this channel before it takes every region"},
        {regions + text_route + "regions = [\"DE\"]\nproviders = [\"kannel\"]\n",
         "main.toml:7:14: routes[0]: no route carries a text-message to US, which is in phones.regions; a "
         "last route without regions takes what is left"},
        {"routes = 1\n", "main.toml:1:10: routes: is 1; allowed: at most 32 tables, each [[routes]]"},
        {"routes = [1]\n",
         "main.toml:1:10: routes: is an array; allowed: at most 32 tables, each [[routes]]"},
    };
    for (const auto& one : cases) {
        Files files;
        CHECK_TEXT(files.verdict_on(one.text), one.says);
    }
}

void a_provider_whose_file_has_a_fault_is_not_called_missing()
{
    Files files;
    files.directory.write("providers.d/kannel.toml", "kind =\n");
    const auto verdict =
        files.verdict_on("[[routes]]\nchannel = \"text-message\"\nproviders = [\"kannel\"]\n");
    CHECK(verdict.starts_with("providers.d/kannel.toml:1:") && verdict.find("routes") == std::string::npos);
}

void the_nearest_word_is_meant_and_a_far_one_is_not()
{
    const std::vector<std::string> known{"kannel", "twilio", "aws-sns", "aws-sms"};
    CHECK_TEXT(config::nearest("kanel", known), "kannel");
    CHECK_TEXT(config::nearest("twiloi", known), "twilio");
    CHECK_TEXT(config::nearest("aws-sn", known), "aws-sns");
    CHECK_TEXT(config::nearest("vonage", known), "");
    CHECK_TEXT(config::nearest("", known), "");
    CHECK_TEXT(config::nearest("x", {}), "");
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(routes_are_kept_in_the_order_of_the_file),
        SENTENCE(routes_of_a_later_file_replace_those_before),
        SENTENCE(every_fault_is_named_with_its_place),
        SENTENCE(a_provider_whose_file_has_a_fault_is_not_called_missing),
        SENTENCE(the_nearest_word_is_meant_and_a_far_one_is_not),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
