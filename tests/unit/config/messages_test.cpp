// The wording of messages and calls. argv: the folder conf/messages.
#include "config/gsm7.h"
#include "config/reader.h"
#include "support/temporary_directory.h"
#include "verifier/message_text.h"

#include <fstream>
#include <sstream>

#include "support/cmocka.h"

using namespace ssp;
using ssp::testing::TemporaryDirectory;

namespace {

std::string shipped_folder;

const std::string good = "text = \"{tag} {code} is it, for {life}.\"\n"
                         "speech = \"{digits}. {digits}.\"\n"
                         "seconds = \"{n} s\"\nminute = \"1 min\"\nminutes = \"{n} min\"\n"
                         "notice = \"{what} {when}\"\nnotice_added = \"a\"\nnotice_changed = \"b\"\n"
                         "notice_reset = \"c\"\nnotice_recovery_codes = \"d\"\nnotice_guessing = \"e\"\n"
                         "notice_spent_code = \"f\"\nnotice_administrator = \"{n} {name}\"\n";

/// What the reader says about messages/`name`, with the directory's name taken out.
std::string verdict_on(const std::string& text, const std::string& name = "xx.toml",
                       const std::string& main = "")
{
    const TemporaryDirectory directory;
    directory.write("main.toml", main);
    directory.write("messages/" + name, text);
    const auto read = read_helper_config(directory.path("main.toml"));
    std::string says = read ? "good" : read.error().detail;
    for (const auto& prefix : {directory.path() + "/messages/", directory.path() + "/"})
        for (auto at = says.find(prefix); at != std::string::npos; at = says.find(prefix))
            says.erase(at, prefix.size());
    const auto of_delivery = read_delivery_config(directory.path("main.toml"));
    CHECK(read.has_value() == of_delivery.has_value());
    return says;
}

/// As above; only `line` differs from a good file, and it is the first one.
std::string verdict_on_line(const std::string& line)
{
    std::string file = line + "\n";
    std::istringstream lines(good);
    for (std::string one; std::getline(lines, one);)
        if (one.substr(0, one.find(' ')) != line.substr(0, line.find(' ')))
            file += one + "\n";
    return verdict_on(file);
}

std::string text_of(const std::string& path)
{
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

constexpr const char* first = "{tag} {code} ";

} // namespace

static void without_a_folder_there_is_english()
{
    const TemporaryDirectory directory;
    directory.write("main.toml", "");
    const auto read = read_helper_config(directory.path("main.toml"));
    CHECK(read && read->policy.wordings == MessageWordings({{"en", MessageWording{}}}));
}

static void both_daemons_read_a_file_as_its_language()
{
    const TemporaryDirectory directory;
    directory.write("main.toml", "[texts]\norganisation = \"Example\"\n");
    directory.write("messages/xx.toml", good);
    const auto helper = read_helper_config(directory.path("main.toml"));
    const auto delivery = read_delivery_config(directory.path("main.toml"));
    CHECK(helper && delivery);
    CHECK_TEXT(helper->policy.wordings.at("xx").text, "{tag} {code} is it, for {life}.");
    CHECK_TEXT(helper->policy.wordings.at("xx").minutes, "{n} min");
    CHECK(helper->policy.wordings == delivery->wordings);
    CHECK_TEXT(delivery->organisation, "Example");
}

static void english_may_be_changed_key_by_key()
{
    const TemporaryDirectory directory;
    directory.write("main.toml", "");
    directory.write("messages/en.toml", "minute = \"one minute\"\n");
    const auto read = read_helper_config(directory.path("main.toml"));
    CHECK(read);
    MessageWording expected;
    expected.minute = "one minute";
    CHECK(read->policy.wordings.at("en") == expected);
}

static void every_fault_of_a_line_is_named_with_its_column()
{
    const std::string braces = "; allowed: {tag}, {code}, {organisation}, {life}, {support}";
    const std::string alphabet = ", a letter that text messages do not have; allowed: the GSM-7 alphabet "
                                 "(3GPP TS 23.038)";
    const struct {
        std::string line;
        std::string says;
    } cases[] = {
        {"text = \"{tag} {code} from {organization}\"",
         "xx.toml:1:27: text: has {organization}, which stands for nothing here (did you mean "
         "{organisation}?)" +
             braces},
        {"text = \"{tag} {code} {}\"", "xx.toml:1:22: text: has {}, which stands for nothing here" + braces},
        {"text = \"{tag} {code} {digits}\"",
         "xx.toml:1:22: text: has {digits}, which stands for nothing here" + braces},
        {"text = \"{tag} {code} for {life\"",
         "xx.toml:1:26: text: has a brace without its partner; allowed: braces around a name only"},
        {"text = \"{tag} {code} for life}\"",
         "xx.toml:1:30: text: has a brace without its partner; allowed: braces around a name only"},
        {"text = \"{tag} {code} su c\u00f3digo\"", "xx.toml:1:26: text: has U+00F3" + alphabet},
        {"text = \"{tag} {code} \u00e9\u00e8\u0429\"", "xx.toml:1:24: text: has U+0429" + alphabet},
        {"text = \"{tag} {code} \\\"\\u00e9\\\" `\"", "xx.toml:1:33: text: has U+0060" + alphabet},
        {"text = '{tag} {code} \\ `'", "xx.toml:1:24: text: has U+0060" + alphabet},
        {"text = '\u00e9'", "xx.toml:1:9: a letter outside of ASCII; allowed: printable ones, in double "
                            "quotes and comments"},
        {"text = \"\\\u00e9\"", "xx.toml:1:10: a letter outside of ASCII; allowed: printable ones, in double "
                                "quotes and comments"},
        {"# \u0429\ntext = \"\u00e9\U0001F600\" x",
         "xx.toml:2:13: Error while parsing key-value pair: expected a comment or whitespace, saw 'x'"},
        {"a = 1979T-\"A\\50u\u0412\"",
         "xx.toml:1:5: Error while parsing value: could not determine value type"},
        {"text = \"{code} {tag} first\"",
         "xx.toml:1:9: text: does not begin with {tag}, {code} and a space; allowed: these first, so that "
         "the person finds them without opening the message"},
        {"text = \"{tag} {code} \\n@host #{code}\"", "xx.toml:1:9: text: has {code} twice; allowed: once"},
        {"text = \"\"", "xx.toml:1:8: text: is \"\"; allowed: 1 to 400 bytes of printable UTF-8"},
        {"text = \"{tag} {code} \\u001b[2J\"", "xx.toml:1:8: text: is \"{tag} {code} \\x1b[2J\"; allowed: 1 "
                                               "to 400 bytes of printable UTF-8"},
        {"text = 5", "xx.toml:1:8: text: is 5; allowed: 1 to 400 bytes of printable UTF-8"},
        {"speech = \"{digits}\"",
         "xx.toml:1:11: speech: must have {digits} twice, or three times: nobody remembers five digits at "
         "once"},
        {"speech = \"{digits} {digits} {digit}\"",
         "xx.toml:1:29: speech: has {digit}, which stands for nothing here (did you mean {digits}?); "
         "allowed: {digits}, {organisation}"},
        {"speech = \"{digits}\\n{digits}\"", "xx.toml:1:19: speech: has a line end; allowed: one line"},
        {"minutes = \"some minutes\"", "xx.toml:1:12: minutes: must have {n} once"},
        {"minute = \"{n} minute\"",
         "xx.toml:1:11: minute: has {n}, which stands for nothing here; allowed: none"},
        {"seconds = \"{n} \u0441\"", "xx.toml:1:16: seconds: has U+0441" + alphabet},
        {"texts = \"\"",
         "xx.toml:1:1: texts: no such key; allowed here: text, speech, seconds, minute, "
         "minutes, notice, notice_added, notice_changed, notice_reset, notice_recovery_codes, "
         "notice_guessing, notice_spent_code, notice_administrator"},
        {"notice = \"{what}\"", "xx.toml:1:11: notice: must have {what} and {when} once each"},
        {"notice_added = \"\u0429\"", "xx.toml:1:17: notice_added: has U+0429" + alphabet},
        {"text = \"\"\"{tag} {code} \"\"\"",
         "xx.toml:1:8: a text of several lines; allowed: one line, with \\n in it"},
        {"t\u00e9xt = 1",
         "xx.toml:1:2: a letter outside of ASCII; allowed: printable ones, in double quotes and "
         "comments"},
        {"text = \"\\\\\" \u00e9",
         "xx.toml:1:13: a letter outside of ASCII; allowed: printable ones, in double quotes "
         "and comments"},
        {"text = \"{tag} {code} \u202e\"",
         "xx.toml:1:22: a letter outside of ASCII; allowed: printable ones, "
         "in double quotes and comments"},
        {"text = \"\xff\"", "xx.toml:1:9: bytes that are not UTF-8"},
    };
    for (const auto& one : cases)
        CHECK_TEXT(verdict_on_line(one.line), one.says);
}

static void what_is_missing_in_another_language_is_named()
{
    CHECK_TEXT(verdict_on("text = \"{tag} {code} \"\n"), "xx.toml: speech: is missing\n"
                                                         "xx.toml: seconds: is missing\n"
                                                         "xx.toml: minute: is missing\n"
                                                         "xx.toml: minutes: is missing\n"
                                                         "xx.toml: notice: is missing\n"
                                                         "xx.toml: notice_added: is missing\n"
                                                         "xx.toml: notice_changed: is missing\n"
                                                         "xx.toml: notice_reset: is missing\n"
                                                         "xx.toml: notice_recovery_codes: is missing\n"
                                                         "xx.toml: notice_guessing: is missing\n"
                                                         "xx.toml: notice_spent_code: is missing\n"
                                                         "xx.toml: notice_administrator: is missing");
}

static void the_name_of_a_file_is_a_language()
{
    for (const char* name : {"english.toml", "EN.toml", "e.toml", "e1.toml"})
        CHECK_TEXT(verdict_on(good, name), std::string(name) + ": the name must be a language of two small "
                                                               "letters (ISO 639-1), then .toml");
}

static void a_text_fills_one_message_at_most()
{
    const auto with = [](std::size_t letters, const std::string& letter) {
        std::string line = "text = \"" + std::string(first);
        for (std::size_t i = 0; i < letters; ++i)
            line += letter;
        return line + "\"";
    };
    CHECK_TEXT(verdict_on_line(with(150, "\u00fc")), "good");
    CHECK_TEXT(verdict_on_line(with(151, "\u00fc")),
               "xx.toml:1:8: text: makes a text message of 161 characters with the values of [texts]; "
               "allowed: 160, which is one message");
    CHECK_TEXT(verdict_on_line(with(75, "\u20ac")), "good");
    CHECK_TEXT(verdict_on_line(with(76, "\u20ac")),
               "xx.toml:1:8: text: makes a text message of 162 characters with the values of [texts]; "
               "allowed: 160, which is one message");
}

static void the_values_of_the_main_file_count_in_the_length()
{
    const std::string contact(60, 'c');
    const auto main = "[texts]\nsupport_contact = \"" + contact +
                      "\"\norigin = \"login.example.com\"\norganisation = \"^^^^^^^^\"\n";
    const auto text = [](std::size_t letters) {
        return "text = \"" + std::string(first) + "{support} {organisation}" + std::string(letters, 'x') +
               "\"\n";
    };
    // 10 + 60 + 1 + 2 * 8 + 27 of the last line
    CHECK_TEXT(verdict_on(text(46), "en.toml", main), "good");
    CHECK_TEXT(verdict_on(text(47), "en.toml", main),
               "en.toml:1:8: text: makes a text message of 161 characters with the values of [texts]; "
               "allowed: 160, which is one message");
}

static void a_notice_fills_one_message_at_most()
{
    const auto reset = [](std::size_t letters) {
        return "notice_reset = \"" + std::string(letters, 'x') + "\"";
    };
    CHECK_TEXT(verdict_on_line(reset(139)), "good"); // a space and 20 characters of the time
    CHECK_TEXT(verdict_on_line(reset(140)),
               "xx.toml:1:16: notice_reset: makes a text message of 161 characters "
               "with the values of [texts]; allowed: 160, which is one message");
}

static void the_words_that_are_built_in_are_measured_too()
{
    const auto main =
        "[texts]\norganisation = \"~~~~~~~~~~~~~~~~\"\norigin = \"" + std::string(43, 'o') + ".com\"\n";
    const TemporaryDirectory directory;
    directory.write("main.toml", main);
    const auto read = read_helper_config(directory.path("main.toml"));
    CHECK(!read && read.error().detail.find("main.toml:3:10: texts.origin: makes a text message of 16") !=
                       std::string::npos);
}

static void a_language_that_nobody_wrote_is_refused()
{
    CHECK_TEXT(verdict_on(good, "xx.toml", "[texts]\nlanguage = \"es\"\n"),
               "main.toml:2:12: texts.language: says es, and there is no messages/es.toml; allowed: en, xx");
    CHECK_TEXT(verdict_on(good, "xx.toml", "[texts]\nregion_languages = [\"MX=xx\", \"FR=fr\"]\n"),
               "main.toml:2:20: texts.region_languages: says fr, and there is no messages/fr.toml; allowed: "
               "en, xx");
    CHECK_TEXT(verdict_on(good, "xx.toml", "[texts]\nregion_languages = [\"MX=xx\"]\nlanguage = \"xx\"\n"),
               "good");
    CHECK(verdict_on(good, "xx.toml", "[texts]\nregion_languages = [\"mx=xx\"]\n").find("\"MX=es\"") !=
          std::string::npos);
}

static void an_origin_is_a_host_name()
{
    for (const char* origin : {"", "login.example.com", "a.b", "x-1.example"})
        CHECK_TEXT(verdict_on(good, "xx.toml", "[texts]\norigin = \"" + std::string(origin) + "\"\n"),
                   "good");
    for (const char* origin : {"https://login.example.com", "login", ".example.com", "example.com.", "a..b",
                               "Login.example.com", "-a.example.com", "a.example.com/", "@a.example", " "})
        CHECK(verdict_on(good, "xx.toml", "[texts]\norigin = \"" + std::string(origin) + "\"\n") != "good");
}

static void the_shipped_files_fit_with_any_organisation_and_an_origin()
{
    const TemporaryDirectory directory;
    directory.write("main.toml",
                    "[texts]\norganisation = \"Sixteen letters.\"\norigin = "
                    "\"login.example.com\"\nregion_languages = [\"MX=es\", \"FR=fr\", \"DE=de\"]\n");
    for (const char* name : {"en", "es", "fr", "de"})
        directory.write("messages/" + std::string(name) + ".toml",
                        text_of(shipped_folder + "/" + name + ".toml"));
    const auto read = read_helper_config(directory.path("main.toml"));
    CHECK_TEXT(read ? "" : read.error().detail, "");
    CHECK(read->policy.wordings.size() == 4);
    CHECK(read->policy.wordings.at("en") == MessageWording{});
}

static void the_alphabet_is_that_of_text_messages()
{
    using config::gsm7_septets;
    CHECK(gsm7_septets("@\u00a3$\u00a5\u00e8\u00e9\u00f9\u00ec\u00f2\u00c7\n\u00d8\u00f8\u00c5\u00e5") == 15);
    CHECK(gsm7_septets(" !\"#\u00a4%&'()*+,-./0123456789:;<=>?") == 32);
    CHECK(gsm7_septets("\u00a1ABCDEFGHIJKLMNOPQRSTUVWXYZ\u00c4\u00d6\u00d1\u00dc\u00a7") == 32);
    CHECK(gsm7_septets("\u00bfabcdefghijklmnopqrstuvwxyz\u00e4\u00f6\u00f1\u00fc\u00e0") == 32);
    CHECK(gsm7_septets(
              "\u0394_\u03a6\u0393\u039b\u03a9\u03a0\u03a8\u03a3\u0398\u039e\u00c6\u00e6\u00df\u00c9") == 15);
    CHECK(gsm7_septets("^{}\\[~]|\u20ac") == 18);
    for (const char* missing : {"`", "\t", "\u00e7", "\u00f3", "\u00e1", "\u0391", "\u0430", "\u2019"})
        CHECK(gsm7_septets(missing) == 0);
}

int main(int argc, char** argv)
{
    if (argc != 2)
        return 2;
    shipped_folder = argv[1];
    const CMUnitTest tests[] = {
        SENTENCE(without_a_folder_there_is_english),
        SENTENCE(both_daemons_read_a_file_as_its_language),
        SENTENCE(english_may_be_changed_key_by_key),
        SENTENCE(every_fault_of_a_line_is_named_with_its_column),
        SENTENCE(what_is_missing_in_another_language_is_named),
        SENTENCE(the_name_of_a_file_is_a_language),
        SENTENCE(a_text_fills_one_message_at_most),
        SENTENCE(the_values_of_the_main_file_count_in_the_length),
        SENTENCE(a_notice_fills_one_message_at_most),
        SENTENCE(the_words_that_are_built_in_are_measured_too),
        SENTENCE(a_language_that_nobody_wrote_is_refused),
        SENTENCE(an_origin_is_a_host_name),
        SENTENCE(the_shipped_files_fit_with_any_organisation_and_an_origin),
        SENTENCE(the_alphabet_is_that_of_text_messages),
    };
    return cmocka_run_group_tests_name("config messages", tests, nullptr, nullptr);
}
