#include "config/provider_file.h"

#include "support/temporary_directory.h"

#include <sys/stat.h>
#include <unistd.h>

#include "support/cmocka.h"

using namespace ssp;
using namespace ssp::config;
using ssp::testing::TemporaryDirectory;

namespace {

struct File {
    std::string path(std::string_view name) const { return directory.path(name); }
    /// Reads "a.toml"; "DIR" in `text` is a folder with a secret in "key".
    std::string verdict(std::string text)
    {
        for (auto at = text.find("DIR"); at != std::string::npos; at = text.find("DIR"))
            text.replace(at, 3, directory.path());
        const auto parsed = parse_document(text, "a.toml");
        if (const auto* problem = std::get_if<Problem>(&parsed))
            return problem->sentence;
        Findings findings;
        provider = read_provider_file(std::get<Table>(parsed), "a.toml", false, findings);
        auto said = findings.none() ? "good" : findings.text();
        for (auto at = said.find(directory.path()); at != std::string::npos; at = said.find(directory.path()))
            said.replace(at, directory.path().size(), "DIR");
        return said;
    }

    TemporaryDirectory directory;
    std::string key = directory.write("key", "hunter2");
    ProviderConfig provider;
};

const std::string head = "kind = \"http\"\nchannels = [\"text-message\"]\n";       // 2 lines
const std::string call = "kind = \"http\"\nchannels = [\"voice-call\"]\n";         // 2 lines
const std::string request = "[request]\nurl = \"https://gateway.example/send\"\n"; // 2 lines

void check_all(std::initializer_list<std::pair<std::string, const char*>> cases)
{
    for (const auto& [text, says] : cases) {
        File file;
        CHECK_TEXT(file.verdict(text), says);
    }
}

void a_whole_file_is_read()
{
    File file;
    CHECK_TEXT(file.verdict(head +
                            "deadline = \"5s\"\n[set]\nsender = \"+15005550006\"\nlimit = 3\n"
                            "[secrets]\nsid = \"DIR/key\"\n" +
                            request +
                            "auth = \"basic\"\nusername = \"{secret.sid}\"\npassword = \"{secret.sid}\"\n"
                            "form = { To = \"{to}\", From = \"{sender}\", L = \"{limit|int}\" }\n"
                            "[answer]\nid = \"json:/sid\"\n"
                            "[[rule]]\nstatus = [400, \"5xx\"]\nmatch = \"json:/code\"\nin = [\"21211\", 7]\n"
                            "outcome = \"bad-number\"\n[[rule]]\noutcome = \"unknown\"\n"),
               "good");
    const auto& http = *file.provider.http;
    CHECK(file.provider.kind == ProviderKind::http && file.provider.text_message &&
          !file.provider.voice_call);
    CHECK(http.deadline == Seconds(5) && http.method == "POST" && !http.plain);
    CHECK(http.secrets.size() == 1 && http.secrets[0].value.reveal() == "hunter2");
    CHECK(http.body == HttpBody::form && http.form.size() == 3 && http.auth == HttpAuth::basic);
    CHECK(http.rules.size() == 2 && http.rules[0].statuses.size() == 2 &&
          http.rules[0].statuses[1].second == 599);
    CHECK_TEXT(http.rules[0].in[1], "7");
    CHECK(http.rules[1].statuses.empty() && http.rules[1].match.kind == HttpExtraction::Kind::none);
}

void a_name_that_is_not_known_is_named_with_its_place_and_the_nearest_one()
{
    check_all({
        {head + request + "form = { To = \"{too}\" }\n",
         "a.toml:5:15: request.form.To: {too} is not known; did you mean {to}?"},
        {head + "[set]\nsender = \"x\"\n" + request + "raw = \"{sendr}\"\n",
         "a.toml:7:7: request.raw: {sendr} is not known; did you mean {sender}?"},
        {head + "[secrets]\nauth_token = \"DIR/key\"\n" + request + "raw = \"{secret.authtoken}\"\n",
         "a.toml:7:7: request.raw: {secret.authtoken} is not known; did you mean {secret.auth_token}?"},
        {head + request + "raw = \"{zebra}\"\n",
         "a.toml:5:7: request.raw: {zebra} is not known; allowed: to, text, ttl, "
         "reference, tag, language"},
        {head + request + "raw = \"{to|digit}\"\n",
         "a.toml:5:7: request.raw: the filter |digit is not known; did you mean |digits?"},
        {head + request + "raw = \"{to|rot13}\"\n",
         "a.toml:5:7: request.raw: the filter |rot13 is not known; allowed: "
         "digits, xml, url, int, ms, minutes, iso"},
        {head + request + "raw = \"{text\"\n",
         "a.toml:5:7: request.raw: a { is not closed; write {{ for a brace"},
        {head + request + "raw = \"{}\"\n",
         "a.toml:5:7: request.raw: {} is not known; allowed: to, text, ttl, reference, tag, language"},
    });
}

void a_name_without_a_value_there_is_refused()
{
    check_all({
        {head + request + "raw = \"{code}\"\n",
         "a.toml:5:7: request.raw: {code} has no value in a text message; allowed: "
         "to, text, ttl, reference, tag, language"},
        {call + request + "raw = \"{text}\"\n", "a.toml:5:7: request.raw: {text} has no value in a voice "
                                                "call; allowed: to, code, digits_spoken, speech, ttl, "
                                                "ring_timeout, reference, tag, language"},
        {head + request + "auth = \"bearer\"\ntoken = \"{to}\"\n",
         "a.toml:6:9: request.token: {to} has no value in a place without a message; allowed: no name"},
        {call + request + "raw = \"{id}\"\n",
         "a.toml:5:7: request.raw: {id} has no value in a voice call; allowed: to, "
         "code, digits_spoken, speech, ttl, ring_timeout, reference, tag, language"},
        {call + request + "raw = \"{code|int}\"\n", "a.toml:5:7: request.raw: |int does not fit here: it "
                                                    "takes {ttl}, {ring_timeout} or another whole number, or "
                                                    "{to|digits}"},
        {head + request + "raw = \"{to|ms}\"\n",
         "a.toml:5:7: request.raw: |ms does not fit here: it takes {ttl}, "
         "{ring_timeout} or another whole number"},
        {head + "[set]\nto = \"x\"\n" + request,
         "a.toml:4:1: set.to: each message brings its own value of this name"},
        {head + "[set]\nA-b = \"x\"\n" + request,
         "a.toml:4:1: set.A-b: a name has 1 to 32 of a-z, 0-9 and _, a letter first"},
    });
}

void an_expression_that_is_none_is_refused_with_its_place()
{
    check_all({
        {head + request + "[answer]\nid = \"json:sid\"\n",
         "a.toml:6:6: answer.id: is no JSON pointer; allowed: \"json:/name/0/name\", with ~1 for / and ~0 "
         "for ~ in a name"},
        {head + request + "[answer]\nid = \"json:/a~2\"\n",
         "a.toml:6:6: answer.id: is no JSON pointer; allowed: \"json:/name/0/name\", with ~1 for / and ~0 "
         "for ~ in a name"},
        {head + request + "[answer]\nid = \"/sid\"\n",
         "a.toml:6:6: answer.id: allowed: \"json:/POINTER\" or \"regex:EXPRESSION\""},
        {head + request + "[[rule]]\nmatch = \"regex:\"\noutcome = \"retry\"\n",
         "a.toml:6:9: rule.match: allowed: \"json:/POINTER\" or \"regex:EXPRESSION\""},
    });
}

void a_rule_says_what_it_looks_at_and_what_it_means()
{
    check_all({
        {head + request + "[[rule]]\nstatus = [42]\noutcome = \"retry\"\n",
         "a.toml:6:11: rule.status: allowed: 200 to 599, \"2xx\", \"3xx\", \"4xx\", \"5xx\""},
        {head + request + "[[rule]]\nstatus = [\"40x\"]\noutcome = \"retry\"\n",
         "a.toml:6:11: rule.status: allowed: 200 to 599, \"2xx\", \"3xx\", \"4xx\", \"5xx\""},
        {head + request + "[[rule]]\nin = [\"1\"]\noutcome = \"retry\"\n",
         "a.toml:6:6: rule.in: needs match, which says what is looked at"},
        {head + request + "[[rule]]\nmatch = \"json:/a\"\nin = []\noutcome = \"retry\"\n",
         "a.toml:7:6: rule.in: is empty, so the rule never fits"},
        {head + request + "[[rule]]\nstatus = 400\n", "a.toml:5:1: rule.outcome: is missing"},
        {head + request + "[[rule]]\noutcome = \"config\"\n",
         "a.toml:6:11: rule.outcome: is \"config\"; allowed: accepted, queued, bad-number, retry, "
         "credentials, "
         "configuration, unknown"},
        {head + request + "[[rule]]\noutcom = \"retry\"\n",
         "a.toml:5:1: rule.outcome: is missing\n"
         "a.toml:6:1: rule.outcom: no such key; allowed here: status, "
         "match, in, outcome"},
        {head + request + "[rule]\noutcome = \"retry\"\n",
         "a.toml:5:1: rule: allowed: tables, each begun with [[rule]]"},
    });
}

void a_request_has_one_body()
{
    check_all({
        {head + request + "raw = \"x\"\nform = { a = \"b\" }\n",
         "a.toml:5:7: request.raw: a request has one body, and form is one already"},
        {head + request + "raw = \"x\"\njson = { a = \"b\" }\n",
         "a.toml:5:7: request.raw: a request has one body, and json is one already"},
        {head + request + "method = \"GET\"\nraw = \"x\"\n",
         "a.toml:6:7: request.raw: a GET has no body; use query"},
        {head + request + "[request.json]\na = 1.5\n",
         "a.toml:6:5: request.json.a: is a number with a fraction or exponent; allowed: a text, a whole "
         "number, true, "
         "false, an array, a table"},
        {head + request + "form = { a = [\"b\"] }\n",
         "a.toml:5:14: request.form.a: allowed: a text, a whole number, true, false"},
        {head, "a.toml: request: is missing"},
        {head + "[request]\n", "a.toml:3:2: request.url: is missing"},
        {"kind = \"http\"\nchannels = [\"text-message\", \"voice-call\"]\n" + request,
         "a.toml:2:12: channels: a request fits one channel; write a file for each"},
    });
}

void plain_http_goes_to_this_host_only_and_only_when_it_is_asked_for()
{
    const auto says = [](const std::string& url, bool allow) {
        File file;
        const auto said =
            file.verdict(head + "[request]\nurl = \"" + url + "\"\n" + (allow ? "allow_http = true\n" : ""));
        return said == "good" ? std::string("good") : said.substr(0, said.find(';'));
    };
    for (const char* url :
         {"http://127.0.0.1:13013/send", "http://127.9.9.9/", "http://[::1]:80/", "http://localhost"}) {
        CHECK_TEXT(says(url, true), "good");
        CHECK_TEXT(says(url, false),
                   "a.toml:4:7: request.url: without https everybody on the way reads codes and passwords");
    }
    for (const char* url : {"http://127.0.0.1.evil.example/", "http://localhost.evil.example/",
                            "http://10.0.0.1/", "http://[::2]/", "http://2130706433/", "http://0x7f.1/",
                            "http://127.1/", "http://gateway.example/"})
        CHECK_TEXT(says(url, true),
                   "a.toml:4:7: request.url: without https everybody on the way reads codes and passwords");
    CHECK_TEXT(says("https://127.0.0.1/", true), "good");
}

void an_address_is_whole_and_its_host_is_known()
{
    check_all({
        {head + "[request]\nurl = \"gateway.example\"\n",
         "a.toml:4:7: request.url: must begin with https://"},
        {head + "[request]\nurl = \"ftp://gateway.example/\"\n",
         "a.toml:4:7: request.url: must begin with https://"},
        {head + "[set]\nu = \"https://x\"\n[request]\nurl = \"{u}/\"\n",
         "a.toml:6:7: request.url: must begin with https://"},
        {head + "[request]\nurl = \"https://\"\n",
         "a.toml:4:7: request.url: must have a host, without a user, behind https://"},
        {head + "[request]\nurl = \"https://user:pw@gateway.example/\"\n",
         "a.toml:4:7: request.url: must have a host, without a user, behind https://"},
        {head + "[request]\nurl = \"http://[::1].evil.example/\"\nallow_http = true\n",
         "a.toml:4:7: request.url: must have a host, without a user, behind https://"},
        {head + "[request]\nurl = \"https://a.example:80x/\"\n",
         "a.toml:4:7: request.url: must have a host, without a user, behind https://"},
        {head + "[request]\nurl = \"https://a.example/b#c\"\n",
         "a.toml:4:7: request.url: an address has printable ASCII characters, no space and no #"},
        {head + "[request]\nurl = \"https://{to}.example/\"\n",
         "a.toml:4:7: request.url: the host cannot depend on a message; only names of [set] and secrets"},
        {head + "[set]\nregion = \"x@evil\"\n[request]\nurl = \"https://{region}.example/\"\n",
         "a.toml:6:7: request.url: must have a host, without a user, behind https://"},
        {head +
             "[set]\nregion = \"us-east-1\"\n[request]\nurl = \"https://sns.{region}.amazonaws.com/{to}\"\n",
         "good"},
        {head + request + "ca_file = \"/nonexistent/ca\"\n",
         "a.toml:5:11: request.ca_file: No such file or directory"},
    });
}

void header_fields_have_names_and_no_line_ends()
{
    check_all({
        {head + request + "headers = { \"X Y\" = \"1\" }\n",
         "a.toml:5:13: request.headers.X Y: is no name of a header field"},
        {head + request + "headers = { X = \"a\\r\\nY: 1\" }\n",
         "a.toml:5:17: request.headers.X: a header field has no line ends and control characters"},
        {head + "[set]\nv = \"a\\nb\"\n" + request + "headers = { X = \"{v}\" }\n",
         "a.toml:7:17: request.headers.X: a header field has no line ends and control characters"},
        {head + request + "headers = { host = \"x\" }\n",
         "a.toml:5:13: request.headers.host: this header field is made from other keys"},
        {head + request + "headers = { Authorization = \"AccessKey x\" }\n", "good"},
        {head + request + "auth = \"bearer\"\ntoken = \"x\"\nheaders = { authorization = \"y\" }\n",
         "a.toml:7:13: request.headers.authorization: this header field is made from other keys"},
    });
}

void each_way_to_authenticate_has_its_own_keys()
{
    check_all({
        {head + request + "auth = \"digest\"\n",
         "a.toml:5:8: request.auth: is \"digest\"; allowed: none, basic, bearer, "
         "aws-sigv4, jwt-rs256, command"},
        {head + request + "auth = \"basic\"\nusername = \"x\"\n", "a.toml:3:2: request.password: is missing"},
        {head + request + "token = \"x\"\n",
         "a.toml:5:9: request.token: allowed only with auth = \"bearer\""},
        {head + request + "auth = \"aws-sigv4\"\nusername = \"x\"\npassword = \"y\"\nservice = \"sns\"\n",
         "a.toml:3:2: request.region: is missing"},
        {head + request + "auth = \"jwt-rs256\"\nprivate_key = \"-----BEGIN\"\n",
         "a.toml:6:15: request.private_key: allowed: one secret, as \"{secret.private_key}\""},
        {head + "[secrets]\nkey = \"DIR/key\"\n" + request +
             "auth = \"jwt-rs256\"\nprivate_key = \"{secret.key}\"\nclaims = { exp = 1 }\n",
         "a.toml:9:12: request.claims.exp: this claim is made for each request"},
        {head + request + "auth = \"command\"\ncommand = [\"token\"]\n",
         "a.toml:6:11: request.command: the first item must be an absolute path of 2 to 255 printable ASCII "
         "characters, without . or .. in it"},
    });
}

void a_secret_that_cannot_be_read_is_told_without_its_content()
{
    File file;
    CHECK_TEXT(file.verdict(head + "[secrets]\nsid = \"DIR/missing\"\n" + request),
               "a.toml:4:7: secrets.sid: DIR/missing: No such file or directory");
    CHECK(::chmod(file.key.c_str(), 0644) == 0);
    CHECK_TEXT(
        file.verdict(head + "[secrets]\nsid = \"DIR/key\"\n" + request),
        "a.toml:4:7: secrets.sid: DIR/key: others may use this file; allowed: mode 0400, 0600 or 0640");
    CHECK(file.verdict(head + "[secrets]\nsid = \"hunter2\"\n" + request).find("hunter2") ==
          std::string::npos);
}

void a_status_has_words_for_the_end_of_a_call()
{
    const std::string status =
        "[status]\nurl = \"https://gateway.example/Calls/{id}\"\nstate = \"json:/status\"\n";
    check_all({
        {call + request + "[answer]\nid = \"json:/sid\"\n" + status +
             "ringing = [\"ringing\"]\nplayed = \"completed\"\n",
         "good"},
        {head + request + "[answer]\nid = \"json:/sid\"\n" + status + "played = [\"x\"]\n",
         "a.toml:7:1: status: allowed only with channels = [\"voice-call\"]"},
        {call + request + "[answer]\nid = \"json:/sid\"\n" + status + "ringing = [\"ringing\"]\n",
         "a.toml:7:1: status: names no word with which a call ends: played, busy, no-answer, failed ..."},
        {call + request + "[answer]\nid = \"json:/sid\"\n" + status + "played = [\"x\"]\nbusy = [\"x\"]\n",
         "a.toml:11:9: status.busy: this word has a meaning already"},
        {call + request + status + "played = [\"x\"]\n",
         "a.toml:6:7: status.url: {id} has no value without answer.id"},
        {call + request + "[answer]\nid = \"json:/sid\"\n[status]\nplayed = [\"x\"]\n",
         "a.toml:7:2: status.url: is missing\na.toml:7:2: status.state: is missing"},
        {call + request +
             "[answer]\nid = \"json:/sid\"\n[status]\nurl = \"https://x.example/{to}\"\n"
             "state = \"json:/s\"\nplayed = \"x\"\n",
         "a.toml:8:7: status.url: {to} has no value in a question for the state of a call; allowed: "
         "reference, id"},
    });
}

void other_kinds_have_their_own_keys()
{
    check_all({
        {head + request + "[sets]\na = 1\n",
         "a.toml:5:2: sets: no such key; allowed here: kind, channels, deadline, set, "
         "secrets, request, answer, rule, status"},
        {head + "argv = [\"/bin/true\"]\n" + request,
         "a.toml:3:1: argv: no such key; allowed here: kind, channels, "
         "deadline, set, secrets, request, answer, rule, status"},
        {head + "deadline = 0\n" + request,
         "a.toml:3:12: deadline: is 0; allowed: 1s to 1m, as \"30s\", \"5m\", \"1h\", "
         "\"30d\" or a number of seconds"},
    });
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(a_whole_file_is_read),
        SENTENCE(a_name_that_is_not_known_is_named_with_its_place_and_the_nearest_one),
        SENTENCE(a_name_without_a_value_there_is_refused),
        SENTENCE(an_expression_that_is_none_is_refused_with_its_place),
        SENTENCE(a_rule_says_what_it_looks_at_and_what_it_means),
        SENTENCE(a_request_has_one_body),
        SENTENCE(plain_http_goes_to_this_host_only_and_only_when_it_is_asked_for),
        SENTENCE(an_address_is_whole_and_its_host_is_known),
        SENTENCE(header_fields_have_names_and_no_line_ends),
        SENTENCE(each_way_to_authenticate_has_its_own_keys),
        SENTENCE(a_secret_that_cannot_be_read_is_told_without_its_content),
        SENTENCE(a_status_has_words_for_the_end_of_a_call),
        SENTENCE(other_kinds_have_their_own_keys),
    };
    return cmocka_run_group_tests_name("config http provider", tests, nullptr, nullptr);
}
