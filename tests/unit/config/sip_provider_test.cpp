// Files of providers.d with kind = "sip".
#include "config/reader.h"

#include "support/temporary_directory.h"

#include <initializer_list>

#include "support/cmocka.h"

using namespace ssp;
using ssp::testing::TemporaryDirectory;

namespace {

constexpr std::string_view least =
    "kind = \"sip\"\nchannels = [\"voice-call\"]\n"
    "proxy = \"sips:sbc.example.org\"\nfrom = \"sip:+12055550100@example.org\"\n";

std::string replaced(std::string text, const std::string& what, std::string_view by)
{
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
        text.replace(at, what.size(), by);
    return text;
}

/// In `text`, $ is the test's folder, which holds a file named password.
Result<DeliveryConfig> read(const TemporaryDirectory& directory, const std::string& text)
{
    directory.write("password", "hunter2\n");
    directory.write("providers.d/trunk.toml", replaced(text, "$", directory.path()));
    return read_delivery_config(directory.write("main.toml", ""));
}

/// What is wrong with a file; "good" when nothing is.
std::string verdict_on(const std::string& text)
{
    const TemporaryDirectory directory;
    const auto config = read(directory, text);
    if (config)
        return "good";
    return replaced(replaced(config.error().detail, directory.path() + "/providers.d/", ""), directory.path(),
                    "$");
}

/// The least file with lines added or, where a key is in it already, replaced.
std::string with(std::initializer_list<std::string> lines)
{
    std::string text(least);
    for (const auto& line : lines) {
        const auto key = "\n" + line.substr(0, line.find(" = ") + 3);
        const auto at = text.find(key);
        if (at == std::string::npos)
            text += line + "\n";
        else
            text.replace(at + 1, text.find('\n', at + 1) - at - 1, line);
    }
    return text;
}

void the_least_file_has_safe_defaults()
{
    const TemporaryDirectory directory;
    const auto config = read(directory, std::string(least));
    CHECK_TEXT(config ? "" : config.error().detail, "");
    const auto& provider = config->providers.front();
    CHECK(provider.kind == ProviderKind::sip && provider.voice_call && !provider.text_message);
    const auto& sip = provider.sip;
    CHECK_TEXT(sip.proxy, "sips:sbc.example.org");
    CHECK_TEXT(sip.from, "sip:+12055550100@example.org");
    CHECK(sip.user.empty() && sip.password.empty() && !sip.register_first && sip.ca_file.empty());
    CHECK(sip.srtp == MediaSecurity::required && sip.confirm_key && sip.ring_timeout == Seconds(25));
    CHECK_TEXT(sip.recordings, "/usr/share/asterisk/sounds");
    CHECK(sip.max_calls == 4);
    CHECK(sip.program.ends_with("/ssp-mfa/ssp-mfa-call"));
}

void every_key_is_read()
{
    const TemporaryDirectory directory;
    const auto config =
        read(directory,
             with({"proxy = \"sip:192.0.2.7:5061;transport=tls\"", "user = \"trunk-7\"",
                   "password = \"$/password\"", "register = true", "ca_file = \"/etc/ca.pem\"",
                   "srtp = \"optional\"", "confirm_key = false", "ring_timeout = \"40s\"",
                   "recordings = \"/srv/sounds\"", "max_calls = 9", "program = \"/opt/ssp-mfa-call\""}));
    CHECK_TEXT(config ? "" : config.error().detail, "");
    const auto& sip = config->providers.front().sip;
    CHECK_TEXT(sip.user, "trunk-7");
    CHECK(sip.password.reveal() == "hunter2");
    CHECK(sip.register_first && !sip.confirm_key && sip.ring_timeout == Seconds(40) && sip.max_calls == 9);
    CHECK(sip.srtp == MediaSecurity::optional);
    CHECK_TEXT(sip.ca_file + sip.recordings + sip.program, "/etc/ca.pem/srv/sounds/opt/ssp-mfa-call");
}

void servers_and_callers_are_taken_as_they_are_written()
{
    for (const char* proxy : {"sip:sbc", "sip:192.0.2.7", "sip:[2001:db8::7]:5060;transport=tcp",
                              "sips:sbc-1.example.org:5061", "sip:sbc.example.org;transport=udp"})
        CHECK_TEXT(verdict_on(with({std::string("proxy = \"") + proxy + "\""})), "good");
    for (const char* proxy :
         {"", "sbc.example.org", "sip:", "sip:a b", "sip:user@sbc", "sip:sbc:0", "sip:sbc:65536",
          "sip:sbc;transport=sctp", "sip:sbc;lr", "sip:[2001:db8::7", "https://sbc", "sip:sbc>"})
        CHECK(verdict_on(with({std::string("proxy = \"") + proxy + "\""}))
                  .starts_with("trunk.toml:3:9: proxy: is "));
    for (const char* from : {"sip:alarm@192.0.2.7", "sips:+1205@example.org:5061"})
        CHECK_TEXT(verdict_on(with({std::string("from = \"") + from + "\""})), "good");
    for (const char* from : {"", "+12055550100", "sip:example.org", "sip:@example.org", "sip:a@b@c",
                             "sip:a\\\"@b", "sip:a:secret@b", "sip:a@b;x=y"})
        CHECK(verdict_on(with({std::string("from = \"") + from + "\""}))
                  .starts_with("trunk.toml:4:8: from: is "));
}

void what_is_wrong_is_named_with_its_place_and_what_is_allowed()
{
    CHECK_TEXT(verdict_on("kind = \"sip\"\nchannels = [\"voice-call\", \"text-message\"]\n"),
               "trunk.toml: proxy: is missing\ntrunk.toml: from: is missing\n"
               "trunk.toml:2:12: channels: a call cannot carry a text message; allowed: voice-call");
    CHECK_TEXT(verdict_on(with({"ring_timeout = \"61s\"", "max_calls = 0", "srtp = \"on\""})),
               "trunk.toml:5:16: ring_timeout: is \"61s\"; allowed: 5s to 1m, as \"30s\", \"5m\", \"1h\", "
               "\"30d\" or "
               "a number of seconds\n"
               "trunk.toml:6:13: max_calls: is 0; allowed: a whole number, 1 to 64\n"
               "trunk.toml:7:8: srtp: is \"on\"; allowed: off, optional, required");
    CHECK_TEXT(
        verdict_on(with({"deadline = \"5s\""})),
        "trunk.toml:5:1: deadline: no such key; allowed here: kind, channels, proxy, from, user, password, "
        "register, ca_file, srtp, confirm_key, ring_timeout, recordings, max_calls, program");
    CHECK_TEXT(
        verdict_on(with({"user = \"a b\"", "password = \"$/password\""})),
        "trunk.toml:5:8: user: is \"a b\"; allowed: 1 to 64 printable ASCII characters, no space, \" or \\");
}

void a_password_comes_from_a_file_and_is_not_repeated()
{
    CHECK_TEXT(
        verdict_on(with({"user = \"trunk\"", "password = \"hunter2\""})),
        "trunk.toml:6:12: password: is a text that is not shown here; allowed: the absolute path of a file "
        "that holds the secret, or \"credential:NAME\" for one that systemd gives");
    CHECK_TEXT(verdict_on(with({"user = \"trunk\"", "password = \"$/missing\""})),
               "trunk.toml:6:12: password: $/missing: No such file or directory");
    CHECK_TEXT(verdict_on(with({"user = \"trunk\""})), "trunk.toml:5:8: user: needs a password");
    CHECK_TEXT(verdict_on(with({"password = \"$/password\""})), "trunk.toml:5:12: password: needs a user");
    CHECK_TEXT(verdict_on(with({"register = true"})),
               "trunk.toml:5:12: register: needs a user and a password");
}

void what_needs_tls_is_refused_without_it()
{
    const std::string plain = "proxy = \"sip:sbc.example.org;transport=udp\"";
    CHECK_TEXT(
        verdict_on(with({plain, "ca_file = \"/etc/ca.pem\"", "srtp = \"required\""})),
        "trunk.toml:5:11: ca_file: has no use: the proxy is not asked for TLS (sips:, or transport=tls)\n"
        "trunk.toml:6:8: srtp: needs TLS to the proxy (sips:, or transport=tls): without it the key of the "
        "sound travels in clear");
    CHECK_TEXT(verdict_on(with({plain, "srtp = \"off\""})), "good");
    const TemporaryDirectory directory;
    CHECK(read(directory, with({plain}))->providers.front().sip.srtp == MediaSecurity::off);
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(the_least_file_has_safe_defaults),
        SENTENCE(every_key_is_read),
        SENTENCE(servers_and_callers_are_taken_as_they_are_written),
        SENTENCE(what_is_wrong_is_named_with_its_place_and_what_is_allowed),
        SENTENCE(a_password_comes_from_a_file_and_is_not_repeated),
        SENTENCE(what_needs_tls_is_refused_without_it),
    };
    return cmocka_run_group_tests_name("config sip provider", tests, nullptr, nullptr);
}
