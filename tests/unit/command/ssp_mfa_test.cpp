// The program itself, given as the first argument, against a scripted ssp-mfad.
#include "program_host.h"

using namespace ssp;
using namespace ssp::testing;
using namespace std::string_literals;
using protocol::Decision;

namespace {

void status_is_asked_at_the_persons_own_socket_and_printed()
{
    Host host;
    Words heard;
    const auto ended = host.run_with("self.sock",
                                     [&](HelperSide& side) {
                                         heard = side.hear_request();
                                         side.row("name\0alice\0wait_until\0\0"s);
                                         side.decide(Decision::accepted);
                                     },
                                     {"status"});
    CHECK((heard == Words{"status"}));
    CHECK(ended.status == 0);
    CHECK_TEXT(ended.out, "name:        alice\nwait until:\n");
    CHECK_TEXT(ended.err, "");
}

void the_desks_verbs_go_to_the_admin_socket_with_their_reason()
{
    Host host;
    Words heard;
    const auto ended = host.run_with("admin.sock",
                                     [&](HelperSide& side) {
                                         heard = side.hear_request();
                                         side.tell("alice can sign in again.");
                                         side.decide(Decision::accepted);
                                     },
                                     {"user", "unlock", "alice", "--reason", "lost phone"});
    CHECK((heard == Words{"user", "unlock", "alice", "--reason=lost phone"}));
    CHECK(ended.status == 0);
    CHECK_TEXT(ended.out, "");
    CHECK_TEXT(ended.err, "alice can sign in again.\n");
}

void a_code_is_read_from_the_input_and_appears_nowhere()
{
    Host host;
    std::string answer;
    const auto ended = host.run_with(
        "self.sock",
        [&](HelperSide& side) {
            side.hear_request();
            side.ask("Verification code: ", true);
            answer = side.hear_answer();
            side.row("recovery_code\0AAAA-BBBB-CCCCC\0"s);
            side.row("recovery_code\0DDDD-EEEE-FFFFF\0"s);
            side.decide(Decision::accepted);
        },
        {"recovery-codes"}, "135790\n");
    CHECK_TEXT(answer, "135790");
    CHECK(ended.status == 0);
    CHECK_TEXT(ended.out, "RECOVERY CODE\nAAAA-BBBB-CCCCC\nDDDD-EEEE-FFFFF\n");
    CHECK_TEXT(ended.err, "Verification code: ");
}

void every_verdict_has_its_exit_status_and_its_json()
{
    for (const auto& [decision, status] :
         {std::pair(Decision::accepted, 0), std::pair(Decision::rejected, 1), std::pair(Decision::locked, 1),
          std::pair(Decision::not_enrolled, 1), std::pair(Decision::unavailable, 3)}) {
        Host host;
        const auto ended = host.run_with("self.sock",
                                         [d = decision](HelperSide& side) {
                                             side.hear_request();
                                             side.row("id\0007\0"s);
                                             side.tell("What it is.");
                                             side.decide(d);
                                         },
                                         {"devices", "--json"});
        CHECK(ended.status == status);
        CHECK(json_of(ended)[0]["id"] == "7");
        CHECK(says(ended.err, "What it is."));
    }
}

void without_a_helper_the_status_is_3_and_the_json_is_an_empty_array()
{
    Host host;
    const auto ended = host.run({"--json", "status"});
    CHECK(ended.status == 3);
    CHECK(json_of(ended).empty());
    CHECK(says(ended.err, host.root.path("self.sock")) && says(ended.err, "systemctl"));
    CHECK(host.run({"status"}).out.empty());
}

void a_conversation_that_breaks_off_is_no_success()
{
    Host host;
    for (const auto& words : {Words{"status"}, Words{"status", "--json"}}) {
        const auto ended = host.run_with(
            "self.sock",
            [](HelperSide& side) {
                side.hear_request();
                side.row("name\0alice\0"s);
            },
            words);
        CHECK(ended.status == 3 && !ended.err.empty());
        CHECK(!says(ended.out, "alice"));
        ::unlink(host.root.path("self.sock").c_str());
    }
}

void hostile_rows_and_texts_reach_neither_the_terminal_nor_break_the_json()
{
    for (const auto& words : {Words{"devices"}, Words{"devices", "--json"}}) {
        Host host;
        const auto ended = host.run_with(
            "self.sock",
            [](HelperSide& side) {
                side.hear_request();
                side.row("\x1b]0;title\x07\0\"},{\"\xff\n\x1b[2J\0"s);
                side.decide(Decision::accepted);
            },
            words);
        CHECK(ended.status == 0);
        for (const char c : ended.out + ended.err)
            CHECK(c == '\n' || (c >= 0x20 && c < 0x7f));
        if (words.size() == 2)
            CHECK(json_of(ended).size() == 1);
    }
}

void wrong_words_are_refused_before_anything_is_sent()
{
    Host host;
    bool connected = false;
    const Script notice = [&](HelperSide& side) { connected = !side.hear_request().empty(); };
    const ScriptedHelper self(host.root.path("self.sock"), notice);
    const ScriptedHelper admin(host.root.path("admin.sock"), notice);
    const ScriptedHelper delivery(host.root.path("delivery.sock"), notice);
    for (const auto& words : {Words{},
                              Words{"frobnicate"},
                              Words{"status", "alice"},
                              Words{"status", "--reason=x"},
                              Words{"--frobnicate"},
                              Words{"devices", "revoke"},
                              Words{"devices", "revoke", "1", "2"},
                              Words{"devices", "list"},
                              Words{"devices", "forget", "x"},
                              Words{"devices", "--reason=x"},
                              Words{"recovery-codes", "6"},
                              Words{"user"},
                              Words{"user", "show"},
                              Words{"user", "show", ""},
                              Words{"user", "show", "a", "b"},
                              Words{"user", "show", "alice", "--reason=x"},
                              Words{"user", "frobnicate", "alice"},
                              Words{"user", "lock", "alice"},
                              Words{"user", "lock", "alice", "--reason="},
                              Words{"user", "lock", "alice", "--reason=a\nb"},
                              Words{"user", "lock", "alice", "--reason=h\xc3\xa9"},
                              Words{"user", "lock", "alice", "--reason=" + std::string(201, 'x')},
                              Words{"backup"},
                              Words{"backup", "a", "b"},
                              Words{"backup", "a", "--reason=x"},
                              Words{"status", "--force"},
                              Words{"restore", "--reason=x"},
                              Words{"restore", "a"},
                              Words{"restore", "a", "--reason="},
                              Words{"repair"},
                              Words{"repair", "clock"},
                              Words{"repair", "clock", "now", "--reason=x"},
                              Words{"repair", "watch", "--reason=x"},
                              Words{"init", "now"},
                              Words{"init", "--reason=x"},
                              Words{"status", "--channel=voice-call"},
                              Words{"providers", "--language=en"},
                              Words{"providers", "all"},
                              Words{"providers", "--reason=x"},
                              Words{"send-test", "1", "2"},
                              Words{"send-test", ""},
                              Words{"send-test", std::string(65, '5')},
                              Words{"send-test", "205 555 0123", "--reason=x"},
                              Words{"send-test", "205 555 0123", "--channel=sms"},
                              Words{"send-test", "205 555 0123", "--provider=../x"},
                              Words{"send-test", "205 555 0123", "--provider="},
                              Words{"send-test", "205 555 0123", "--language=eng"},
                              Words{"send-test", "205 555 0123", "--language=EN"},
                              Words{"\x1b[2J"}}) {
        const auto ended = host.run(words);
        CHECK(ended.status == 2);
        CHECK(ended.out.empty() && ended.err.starts_with("ssp-mfa: ") && says(ended.err, "--help"));
        CHECK(!says(ended.err, "\x1b"));
    }
    CHECK(!connected);
}

void every_verb_has_help_and_the_command_names_them_all()
{
    Host host;
    const auto all = host.run({"--help"});
    CHECK(all.status == 0 && all.err.empty());
    for (const auto* verb : {"status", "devices", "recovery-codes", "user", "init", "send-test", "providers",
                             "audit", "repair", "backup", "restore"}) {
        CHECK(says(all.out, "\n  "s + verb + " "));
        const auto ended = host.run({verb, "--help"});
        CHECK(ended.status == 0 && ended.err.empty());
        CHECK(ended.out.starts_with("Usage: ssp-mfa "s + verb));
        for (std::size_t at = 0, end = 0; (end = ended.out.find('\n', at)) != std::string::npos; at = end + 1)
            CHECK(end - at <= 80);
    }
    const auto version = host.run({"--version"});
    CHECK(version.status == 0 && version.out.starts_with("ssp-mfa ") && version.out.ends_with("\n"));
}

void a_configuration_that_cannot_be_used_is_status_2_with_the_place()
{
    Host host;
    host.root.write("ssp-mfa.toml", "[sockets]\nfrobnicate = 1\n");
    for (const auto* verb : {"status", "init"}) {
        const auto ended = host.run({verb});
        CHECK(ended.status == 2 && ended.out.empty());
        CHECK(says(ended.err, "ssp-mfa.toml:2:1") && says(ended.err, "frobnicate"));
    }
}

void init_makes_the_state_once()
{
    Host host;
    const auto first = host.run({"init", "--json"});
    CHECK(first.status == 0);
    const auto made = json_of(first);
    CHECK(made.size() == 3 && made[0]["file"] == host.root.path("master.key"));
    CHECK(made[1]["file"] == host.root.path("state/ssp-mfa.db") && made[1]["mode"] == "0600");
    CHECK(says(first.err, "Next:"));
    const auto key = contents(host.root.path("master.key"));
    CHECK(key.size() == 32 && !says(first.out + first.err, key));

    const auto second = host.run({"init", "--json"});
    CHECK(second.status == 1 && json_of(second).empty());
    CHECK(says(second.err, "Already set up"));
    CHECK(contents(host.root.path("master.key")) == key);
}

void a_result_that_cannot_be_written_is_no_success()
{
    Host host;
    host.stdout_file = "/dev/full";
    const auto ended = host.run_with("self.sock",
                                     [](HelperSide& side) {
                                         side.hear_request();
                                         side.row("recovery_code\0AAAA-BBBB-CCCCC\0"s);
                                         side.decide(Decision::accepted);
                                     },
                                     {"recovery-codes"});
    CHECK(ended.status == 1 && says(ended.err, "could not be written"));
}

} // namespace

int main(int argc, char* argv[])
{
    if (argc != 2)
        return 2;
    program = argv[1];
    const CMUnitTest tests[] = {
        SENTENCE(status_is_asked_at_the_persons_own_socket_and_printed),
        SENTENCE(the_desks_verbs_go_to_the_admin_socket_with_their_reason),
        SENTENCE(a_code_is_read_from_the_input_and_appears_nowhere),
        SENTENCE(every_verdict_has_its_exit_status_and_its_json),
        SENTENCE(without_a_helper_the_status_is_3_and_the_json_is_an_empty_array),
        SENTENCE(a_conversation_that_breaks_off_is_no_success),
        SENTENCE(hostile_rows_and_texts_reach_neither_the_terminal_nor_break_the_json),
        SENTENCE(wrong_words_are_refused_before_anything_is_sent),
        SENTENCE(every_verb_has_help_and_the_command_names_them_all),
        SENTENCE(a_configuration_that_cannot_be_used_is_status_2_with_the_place),
        SENTENCE(init_makes_the_state_once),
        SENTENCE(a_result_that_cannot_be_written_is_no_success),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
