#include "config/reader.h"

#include "support/temporary_directory.h"

#include <algorithm>
#include <sys/stat.h>
#include <unistd.h>

#include "support/cmocka.h"

using namespace ssp;
using ssp::testing::TemporaryDirectory;

namespace {

/// What the reader says about `text`, with the directory's name taken out.
std::string verdict_of(const TemporaryDirectory& directory)
{
    const auto read = read_helper_config(directory.path("main.toml"));
    if (read)
        return "good";
    CHECK(read.error().kind == ErrorKind::configuration);
    std::string text = read.error().detail;
    const auto prefix = directory.path() + "/";
    for (auto at = text.find(prefix); at != std::string::npos; at = text.find(prefix))
        text.erase(at, prefix.size());
    return text;
}

std::string verdict_on(std::string_view text)
{
    const TemporaryDirectory directory;
    directory.write("main.toml", text);
    return verdict_of(directory);
}

std::string delivery_verdict_on(std::string_view main, std::string_view name, std::string_view provider)
{
    const TemporaryDirectory directory;
    directory.write("main.toml", main);
    directory.write("providers.d/" + std::string(name), provider);
    const auto read = read_delivery_config(directory.path("main.toml"));
    if (read)
        return "good";
    std::string text = read.error().detail;
    const auto prefix = directory.path() + "/providers.d/";
    for (auto at = text.find(prefix); at != std::string::npos; at = text.find(prefix))
        text.erase(at, prefix.size());
    return text;
}

const char* const durations = ", as \"30s\", \"5m\", \"1h\", \"30d\" or a number of seconds";

} // namespace

static void every_bad_line_is_named_with_its_place_and_what_is_allowed()
{
    const std::string d = durations;
    struct Case {
        std::string text;
        std::string says;
    };
    const Case cases[] = {
        {"[codes]\nlife = \"5m \"\n", "main.toml:2:8: codes.life: is \"5m \"; allowed: 30s to 10m" + d},
        {"[codes]\nlife = \"-1\"\n", "main.toml:2:8: codes.life: is \"-1\"; allowed: 30s to 10m" + d},
        {"[codes]\nlife = -1\n", "main.toml:2:8: codes.life: is -1; allowed: 30s to 10m" + d},
        {"[codes]\nlife = 1e9\n",
         "main.toml:2:8: codes.life: is a number with a fraction or exponent; allowed: 30s to 10m" + d},
        {"[codes]\nlife = 601\n", "main.toml:2:8: codes.life: is 601; allowed: 30s to 10m" + d},
        {"[codes]\nlife = \"11m\"\n", "main.toml:2:8: codes.life: is \"11m\"; allowed: 30s to 10m" + d},
        {"[codes]\nlife = \"99999999999999999999s\"\n",
         "main.toml:2:8: codes.life: is \"99999999999999999999s\"; allowed: 30s to 10m" + d},
        {"[codes]\nlife = \"\"\n", "main.toml:2:8: codes.life: is \"\"; allowed: 30s to 10m" + d},
        {"[codes]\nlife = true\n", "main.toml:2:8: codes.life: is true; allowed: 30s to 10m" + d},
        {"[codes]\nlife = 99999999999999999999\n", "main.toml:2:28: Error while parsing decimal integer: "
                                                   "'99999999999999999999' is not representable in 64 "
                                                   "bits"},
        {"[codes]\nlife = 60\nlife = 70\n",
         "main.toml:3:8: Error while parsing key-value pair: cannot redefine existing integer 'life'"},
        {"[codes]\nlive = 60\n",
         "main.toml:2:1: codes.live: no such key; allowed here: life, tries_per_sign_in, "
         "tries_per_voice_challenge, answer_deadline, console_deadline, login_grace"},
        {"[kodes]\n",
         "main.toml:1:2: kodes: no such key; allowed here: profile, demo, user, delivery_user, files, "
         "sockets, methods, codes, enrolment, trust, texts, guessing, sending, audit, notices, phones, "
         "routes"},
        {"codes = 5\n", "main.toml:1:9: codes: is 5; allowed: a table, [codes]"},
        {"[codes]\ntries_per_sign_in = 11\n",
         "main.toml:2:21: codes.tries_per_sign_in: is 11; allowed: a whole number, 1 to 10"},
        {"[codes]\ntries_per_sign_in = 4294967297\n",
         "main.toml:2:21: codes.tries_per_sign_in: is 4294967297; allowed: a whole number, 1 to 10"},
        {"[codes]\ntries_per_sign_in = \"3\"\n",
         "main.toml:2:21: codes.tries_per_sign_in: is \"3\"; allowed: a whole number, 1 to 10"},
        {"[codes]\ntries_per_voice_challenge = 3\n",
         "main.toml:2:29: codes.tries_per_voice_challenge: is 3; allowed: a whole number, 1 to 2"},
        {"[codes]\nconsole_deadline = \"1m\"\n",
         "main.toml:2:20: codes.console_deadline: is \"1m\"; allowed: 5s to 59s" + d},
        {"[methods]\nvoice_digits = 4\n",
         "main.toml:2:16: methods.voice_digits: is 4; allowed: a whole number, 5 to 6"},
        {"[methods]\nvoice_call = \"no\"\n",
         "main.toml:2:14: methods.voice_call: is \"no\"; allowed: true, false"},
        {"[trust]\ndays = 31\n", "main.toml:2:8: trust.days: is 31; allowed: a whole number, 0 to 30"},
        {"[trust]\nmax_idle = \"31d\"\n",
         "main.toml:2:12: trust.max_idle: is \"31d\"; allowed: 0s to 30d" + d},
        {"[trust]\nnetworks = [\"10.0.0.0/8\", \"127.0.0.1\"]\n",
         "main.toml:2:27: trust.networks: is \"127.0.0.1\"; allowed: an address or a network as "
         "\"10.20.0.0/16\", not a loopback address"},
        {"[trust]\nnetworks = \"10.0.0.0/8\"\n", "main.toml:2:12: trust.networks: is \"10.0.0.0/8\"; "
                                                 "allowed: an array of 0 to 64 texts, each an address "
                                                 "or a network as \"10.20.0.0/16\", not a loopback address"},
        {"[trust]\nssh_services = []\n", "main.toml:2:16: trust.ssh_services: has 0 items; allowed: 1 to 16"},
        {"[trust]\nssh_services = [\"a/b\"]\n", "main.toml:2:17: trust.ssh_services: is \"a/b\"; allowed: a "
                                                "PAM service: 1 to 64 of A-Z, a-z, 0-9, ., _ "
                                                "and -"},
        {"[texts]\nissuer = \"Seventeen letters\"\n",
         "main.toml:2:10: texts.issuer: is \"Seventeen letters\"; allowed: 1 to 16 printable ASCII "
         "characters, no "
         "space at an end"},
        {"[texts]\norganisation = \"\"\n",
         "main.toml:2:16: texts.organisation: is \"\"; allowed: 1 to 16 printable "
         "ASCII characters, no space at an end"},
        {"[texts]\nissuer = \"\\u001b[31m\"\n", "main.toml:2:10: texts.issuer: is \"\\x1b[31m\"; allowed: 1 "
                                                "to 16 printable ASCII characters, no space at "
                                                "an end"},
        {"[files]\ndatabase = \"ssp-mfa.db\"\n", "main.toml:2:12: files.database: is \"ssp-mfa.db\"; "
                                                 "allowed: an absolute path of 2 to 255 printable ASCII "
                                                 "characters, without . or .. in it"},
        {"[files]\ndatabase = \"/var/../etc/db\"\n", "main.toml:2:12: files.database: is \"/var/../etc/db\"; "
                                                     "allowed: an absolute path of 2 to 255 printable "
                                                     "ASCII characters, without . or .. in it"},
        {"[sockets]\nsignin = \"/run/ssp-mfa/other.sock\"\n",
         "main.toml:2:10: sockets.signin: is \"/run/ssp-mfa/other.sock\"; allowed: an absolute path of at "
         "most 107 "
         "bytes to signin.sock"},
        {"[enrolment]\nmode = \"open\"\n",
         "main.toml:2:8: enrolment.mode: is \"open\"; allowed: first-sign-in, closed"},
        {"profile = \"NIST\"\n", "main.toml:1:11: profile: is \"NIST\"; allowed: standard, nist"},
        {"user = 1979-05-27\n",
         "main.toml:1:8: user: is a date or time; allowed: a user name: 1 to 32 of a-z, 0-9, _ and -"},
        {"[audit]\nkeep_days = 364\n",
         "main.toml:2:13: audit.keep_days: is 364; allowed: 365 to 36500, or 0 for ever"},
        {"[audit]\nkeep_days = 36501\n",
         "main.toml:2:13: audit.keep_days: is 36501; allowed: a whole number, 0 to 36500"},
        {"[phones]\nregions = [\"us\"]\n",
         "main.toml:2:12: phones.regions: is \"us\"; allowed: an ISO 3166 region of two capitals, as \"US\""},
        {"[phones]\ntext_types = [\"premium-rate\"]\n",
         "main.toml:2:15: phones.text_types: is \"premium-rate\"; allowed: mobile, fixed-line, "
         "fixed-line-or-mobile, voip"},
        {"[phones]\ndeny_prefixes = [\"1976\"]\n",
         "main.toml:2:18: phones.deny_prefixes: is \"1976\"; allowed: + and 1 to 15 digits, as \"+1976\""},
        {"[guessing]\nyearly_points = 1000\n",
         "main.toml:2:17: guessing.yearly_points: is 1000; allowed: a whole number, 10 to 999"},
        {"[sending]\nper_day = 0\n",
         "main.toml:2:11: sending.per_day: is 0; allowed: a whole number, 1 to 100"},
        {"[sending]\ncalls_per_hour = 0\n",
         "main.toml:2:18: sending.calls_per_hour: is 0; allowed: a whole number, 1 to 1000000"},
        {"a\xff = 1\n", "main.toml:1:2: a letter outside of ASCII; allowed: ASCII, in comments too"},
        // found by fuzzing: toml++ 3.3.0 ended the program on both
        {"\xd0\xa9 = 1\n", "main.toml:1:1: a letter outside of ASCII; allowed: ASCII, in comments too"},
        {"[$]\n",
         "main.toml:1:2: Error while parsing key: expected bare key starting character or string delimiter, "
         "saw '$'"},
    };
    for (const auto& one : cases)
        CHECK_TEXT(verdict_on(one.text), one.says);
}

static void a_rule_about_two_keys_is_noted_where_one_was_written()
{
    CHECK_TEXT(verdict_on("[methods]\ntext_message = false\nvoice_call = false\nauthenticator_app = false\n"),
               "main.toml:4:21: methods.authenticator_app: every method is off; allowed: at least one of "
               "text_message, voice_call, authenticator_app");
    CHECK_TEXT(
        verdict_on("profile = \"nist\"\n[methods]\nvoice_digits = 5\n"),
        "main.toml:3:16: methods.voice_digits: is 5; allowed with profile = \"nist\": 6 (NIST SP 800-63B "
        "5.1.3.2, at least 20 bits)");
    CHECK_TEXT(
        verdict_on("[guessing]\nlock_after = 3\n"),
        "main.toml:2:14: guessing.lock_after: guessing.deny is 5; allowed: at most guessing.lock_after, "
        "which is 3");
    CHECK_TEXT(verdict_on("[guessing]\nfail_interval = \"50m\"\nlongest_interval = \"10m\"\n"),
               "main.toml:2:17: guessing.fail_interval: guessing.fail_interval is 50m; allowed: at most "
               "guessing.longest_interval, which is 10m");
    CHECK_TEXT(verdict_on("[sending]\nregion_per_day = 20\n"),
               "main.toml:2:18: sending.region_per_day: sending.foreign_region_per_day is 50; allowed: at "
               "most sending.region_per_day, which is 20");
    CHECK_TEXT(verdict_on("[sending]\nnumber_per_day = 5\n"),
               "main.toml:2:18: sending.number_per_day: sending.number_per_quarter_hour is 6; allowed: at "
               "most sending.number_per_day, which is 5");
    CHECK_TEXT(verdict_on("[phones]\nregions = [\"DE\"]\n"),
               "main.toml:2:11: phones.regions: phones.home_region is US; allowed: one of phones.regions");
}

static void all_faults_of_all_files_come_at_once_in_their_order()
{
    const TemporaryDirectory directory;
    directory.write("main.toml", "zzz = 1\n[trust]\ndays = 31\n");
    directory.write("conf.d/10-first.toml", "[trust]\ndays = -1\n");
    directory.write("conf.d/20-broken.toml", "a = \n");
    CHECK_TEXT(verdict_of(directory),
               "conf.d/10-first.toml:2:8: trust.days: is -1; allowed: a whole number, 0 to 30\n"
               "conf.d/20-broken.toml:1:5: Error while parsing key-value pair: expected value, saw '\\n'\n"
               "main.toml:1:1: zzz: no such key; allowed here: profile, demo, user, delivery_user, files, "
               "sockets, methods, codes, enrolment, trust, texts, guessing, sending, audit, notices, phones, "
               "routes\n"
               "main.toml:3:8: trust.days: is 31; allowed: a whole number, 0 to 30");
}

static void a_later_file_of_conf_d_wins_key_by_key()
{
    const TemporaryDirectory directory;
    const auto main = directory.write("main.toml", "[trust]\ndays = 10\nmax_devices = 2\n");
    directory.write("conf.d/20.toml", "[trust]\ndays = 3\n");
    directory.write("conf.d/10.toml", "[trust]\ndays = 7\nnetworks = [\"192.0.2.0/24\"]\n");
    directory.write("conf.d/.hidden.toml", "nonsense");
    directory.write("conf.d/30.toml.dpkg-old", "nonsense");
    const auto read = read_helper_config(main);
    CHECK(read);
    CHECK(read->policy.trust_days == 3);
    CHECK(read->policy.max_trusted_devices == 2);
    CHECK(read->policy.trust_networks == std::vector<std::string>{"192.0.2.0/24"});
}

static void limits_of_a_number_follow_those_of_a_person_unless_they_are_written()
{
    const TemporaryDirectory directory;
    const auto main = directory.write("main.toml", "[sending]\nper_quarter_hour = 20\nper_day = 100\n");
    const auto read = read_helper_config(main);
    CHECK(read && read->policy.sending.number_per_quarter_hour == 40);
    CHECK(read->policy.sending.number_per_day == 200);
    directory.write("conf.d/10.toml", "[sending]\nnumber_per_quarter_hour = 3\nnumber_per_day = 9\n");
    const auto written = read_helper_config(main);
    CHECK(written && written->policy.sending.number_per_quarter_hour == 3);
    CHECK(written->policy.sending.number_per_day == 9);
}

static void an_empty_file_gives_the_defaults()
{
    const TemporaryDirectory directory;
    const auto main = directory.write("main.toml", "");
    const auto read = read_helper_config(main);
    CHECK(read && *read == HelperConfig{});
}

static void profile_nist_raises_voice_codes_to_six_digits()
{
    const TemporaryDirectory directory;
    const auto main = directory.write("main.toml", "profile = \"nist\"\n");
    CHECK(read_helper_config(main)->policy.voice_digits == 6);
}

static void durations_are_texts_with_one_unit_or_seconds()
{
    const TemporaryDirectory directory;
    const auto main =
        directory.write("main.toml", "[codes]\nlife = 90\nanswer_deadline = \"2m\"\n[trust]\n"
                                     "max_idle = \"7d\"\n[guessing]\nlongest_interval = \"2h\"\n");
    const auto read = read_helper_config(main);
    CHECK(read);
    CHECK(read->policy.code_life == Seconds(90));
    CHECK(read->policy.answer_deadline == Seconds(120));
    CHECK(read->policy.trust_max_idle == Seconds(7 * 86400));
    CHECK(read->policy.guessing.longest_interval == Seconds(7200));
}

static void a_file_that_others_could_have_written_is_refused()
{
    const TemporaryDirectory directory;
    const auto main = directory.write("main.toml", "");
    CHECK(::chmod(main.c_str(), 0666) == 0);
    CHECK_TEXT(verdict_of(directory), "main.toml: everybody may write this file; not allowed");
    CHECK(::chmod(main.c_str(), 0644) == 0);
    CHECK(::chmod(directory.path().c_str(), 0777) == 0);
    CHECK_TEXT(verdict_of(directory),
               directory.path() + ": everybody may write in this directory; not allowed");
    CHECK(::chmod(directory.path().c_str(), 01777) == 0);
    CHECK_TEXT(verdict_of(directory), "good");
    if (::geteuid() != 0)
        return;
    CHECK(::chown(main.c_str(), 4711, 0) == 0);
    CHECK_TEXT(verdict_of(directory),
               "main.toml: is owned by uid 4711; allowed are root and the running user");
}

static void what_is_no_file_is_refused_at_once()
{
    const TemporaryDirectory directory;
    CHECK_TEXT(verdict_of(directory), "main.toml: No such file or directory");
    CHECK(::mkfifo(directory.path("main.toml").c_str(), 0600) == 0);
    CHECK_TEXT(verdict_of(directory), "main.toml: is not a regular file");
    CHECK(::unlink(directory.path("main.toml").c_str()) == 0);
    directory.write("main.toml", std::string(1048577, '#'));
    CHECK_TEXT(verdict_of(directory), "main.toml: is longer than 1048576 bytes");
}

static void deep_nesting_is_refused_not_followed()
{
    const auto says = verdict_on("a = " + std::string(100000, '['));
    CHECK(says.starts_with("main.toml:1:"));
}

static void providers_come_in_the_order_of_their_names()
{
    const TemporaryDirectory directory;
    const auto main = directory.write("main.toml", "demo = true\nuser = \"someone\"\n[phones]\nregions = "
                                                   "[\"US\", \"CA\"]\n");
    directory.write(
        "providers.d/20-box.toml",
        "kind = \"outbox\"\nchannels = [\"text-message\", \"voice-call\"]\nfile = \"/srv/box\"\n");
    directory.write("providers.d/10-own.toml", "kind = \"command\"\nchannels = [\"text-message\"]\n"
                                               "argv = [\"/usr/bin/send\", \"--now\"]\ndeadline = \"5s\"\n");
    const auto read = read_delivery_config(main);
    CHECK(read);
    CHECK_TEXT(read->peer_user, "someone");
    CHECK(read->phones.regions == (std::vector<std::string>{"US", "CA"}));
    CHECK(read->providers.size() == 2);
    const auto& own = read->providers[0];
    CHECK_TEXT(own.name, "10-own");
    CHECK(own.kind == ProviderKind::command && own.text_message && !own.voice_call);
    CHECK(own.argv == (std::vector<std::string>{"/usr/bin/send", "--now"}));
    CHECK(own.deadline == Seconds(5));
    const auto& box = read->providers[1];
    CHECK(box.kind == ProviderKind::outbox && box.text_message && box.voice_call);
    CHECK_TEXT(box.file, "/srv/box");
}

static void a_bad_provider_is_named_with_its_place()
{
    const char* command = "kind = \"command\"\nchannels = [\"text-message\"]\n";
    const char* outbox = "kind = \"outbox\"\nchannels = [\"text-message\"]\nfile = \"/srv/box\"\n";
    CHECK_TEXT(delivery_verdict_on("demo = true\n", "a.toml", outbox), "good");
    CHECK_TEXT(
        delivery_verdict_on("", "a.toml", outbox),
        "a.toml:1:8: kind: an outbox shows codes to whoever reads its file; allowed only with demo = true "
        "in the main file");
    CHECK_TEXT(delivery_verdict_on("", "A.toml", std::string(command) + "argv = [\"/bin/x\"]\n"),
               "A.toml: the name must be 1 to 32 of a-z, 0-9 and -, then .toml");
    CHECK_TEXT(delivery_verdict_on("", "a.toml", ""),
               "a.toml: kind: is missing\na.toml: channels: is missing");
    CHECK_TEXT(delivery_verdict_on("", "a.toml", command), "a.toml: argv: is missing");
    CHECK_TEXT(delivery_verdict_on("", "a.toml", std::string(command) + "argv = [\"send\"]\n"),
               "a.toml:3:8: argv: the first item must be an absolute path of 2 to 255 printable ASCII "
               "characters, without . or .. in it");
    CHECK_TEXT(
        delivery_verdict_on("", "a.toml", std::string(command) + "argv = [\"/bin/x\"]\nfile = \"/b\"\n"),
        "a.toml:4:8: file: allowed only with kind = \"outbox\"");
    CHECK_TEXT(
        delivery_verdict_on("", "a.toml", "kind = \"command\"\nchannels = [\"text\"]\nargv = [\"/bin/x\"]\n"),
        "a.toml:2:13: channels: is \"text\"; allowed: text-message, voice-call");
    CHECK_TEXT(
        delivery_verdict_on("", "a.toml", std::string(command) + "argv = [\"/bin/x\"]\ndeadline = 61\n"),
        "a.toml:4:12: deadline: is 61; allowed: 1s to 1m, as \"30s\", \"5m\", \"1h\", \"30d\" or a number "
        "of seconds");
}

static void an_argument_of_a_command_is_not_repeated_in_a_message()
{
    const auto says =
        delivery_verdict_on("", "a.toml",
                            "kind = \"command\"\nchannels = [\"text-message\"]\n"
                            "argv = [\"/bin/x\", \"password\\u0000\"]\npassword = \"hunter2\"\n");
    CHECK(says.find("hunter2") == std::string::npos);
    CHECK_TEXT(says,
               "a.toml:3:19: argv: is a text that is not shown here; allowed: 1 to 1024 bytes without NUL\n"
               "a.toml:4:1: password: no such key; allowed here: kind, channels, file, argv, deadline");
}

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(every_bad_line_is_named_with_its_place_and_what_is_allowed),
        SENTENCE(a_rule_about_two_keys_is_noted_where_one_was_written),
        SENTENCE(all_faults_of_all_files_come_at_once_in_their_order),
        SENTENCE(a_later_file_of_conf_d_wins_key_by_key),
        SENTENCE(limits_of_a_number_follow_those_of_a_person_unless_they_are_written),
        SENTENCE(an_empty_file_gives_the_defaults),
        SENTENCE(profile_nist_raises_voice_codes_to_six_digits),
        SENTENCE(durations_are_texts_with_one_unit_or_seconds),
        SENTENCE(a_file_that_others_could_have_written_is_refused),
        SENTENCE(what_is_no_file_is_refused_at_once),
        SENTENCE(deep_nesting_is_refused_not_followed),
        SENTENCE(providers_come_in_the_order_of_their_names),
        SENTENCE(a_bad_provider_is_named_with_its_place),
        SENTENCE(an_argument_of_a_command_is_not_repeated_in_a_message),
    };
    return cmocka_run_group_tests_name("config reader", tests, nullptr, nullptr);
}
