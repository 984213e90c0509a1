#include "command/request.h"

#include "scripted_helper.h"
#include "support/temporary_directory.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/cmocka.h"

using namespace ssp;
using namespace ssp::command;
using namespace std::chrono_literals;
using protocol::Decision;
using ssp::testing::HelperSide;
using ssp::testing::ScriptedHelper;
using ssp::testing::TemporaryDirectory;

namespace {

/// A person who types `answers` and whose screen is kept.
class Person {
public:
    explicit Person(const std::string& answers)
    {
        int typed[2];
        int shown[2];
        if (::pipe2(typed, O_CLOEXEC) != 0 || ::pipe2(shown, O_CLOEXEC | O_NONBLOCK) != 0)
            throw std::runtime_error("no pipe");
        typed_ = UniqueFd(typed[0]);
        screen_ = UniqueFd(shown[0]);
        to_screen_ = UniqueFd(shown[1]);
        const UniqueFd keyboard(typed[1]);
        CHECK(::write(keyboard.get(), answers.data(), answers.size()) ==
              static_cast<ssize_t>(answers.size()));
        terminal.emplace(typed_.get(), to_screen_.get());
    }
    std::string screen()
    {
        std::string text(4096, '\0');
        const auto got = ::read(screen_.get(), text.data(), text.size());
        text.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
        return text;
    }
    std::optional<Terminal> terminal;
    std::vector<std::string> told;

private:
    UniqueFd typed_;
    UniqueFd screen_;
    UniqueFd to_screen_;
};

struct Scene {
    TemporaryDirectory folder;
    HelperDoor door{folder.path() + "/self.sock", {::geteuid()}, 5000ms};

    Result<Outcome> ask(Person& person, const std::vector<std::string>& words = {"status"})
    {
        return ask_helper(door, words, *person.terminal,
                          [&](const std::string& text) { person.told.push_back(text); });
    }
};

using namespace std::string_literals;

void a_request_is_carried_with_its_words_and_its_rows_come_back()
{
    Scene scene;
    std::vector<std::string> heard;
    Person person("");
    const auto outcome = [&] {
        const ScriptedHelper helper(scene.door.socket, [&](HelperSide& side) {
            heard = side.hear_request();
            side.row("name\0alice\0uid\0001001\0"s);
            side.row("name\0\0"s);
            side.tell("All is well.");
            side.decide(Decision::accepted);
        });
        return scene.ask(person, {"user", "unlock", "alice", "--reason=lost phone"});
    }();
    CHECK((heard == std::vector<std::string>{"user", "unlock", "alice", "--reason=lost phone"}));
    CHECK(outcome && outcome->decision == Decision::accepted);
    CHECK((outcome->rows == std::vector<ResultRow>{{{"name", "alice"}, {"uid", "1001"}}, {{"name", ""}}}));
    CHECK((person.told == std::vector<std::string>{"All is well."}));
}

void questions_are_asked_in_their_order_and_answered_by_what_was_typed()
{
    Scene scene;
    std::vector<std::string> answers;
    Person person("\n123456\n pass word \n");
    const auto outcome = [&] {
        const ScriptedHelper helper(scene.door.socket, [&](HelperSide& side) {
            side.hear_request();
            for (const auto* question : {"Verification code: ", "Again: ", "Once more: "}) {
                side.ask(question, question[0] == 'V');
                answers.push_back(side.hear_answer());
            }
            side.decide(Decision::rejected);
        });
        return scene.ask(person);
    }();
    CHECK(outcome && outcome->decision == Decision::rejected);
    CHECK((answers == std::vector<std::string>{"", "123456", " pass word "}));
    CHECK_TEXT(person.screen(), "Verification code: Again: Once more: ");
}

void a_person_who_ends_the_input_leaves_the_conversation()
{
    Scene scene;
    std::string answer;
    Person person("");
    const auto outcome = [&] {
        const ScriptedHelper helper(scene.door.socket, [&](HelperSide& side) {
            side.hear_request();
            side.ask("Verification code: ", true);
            answer = side.hear_answer();
        });
        return scene.ask(person);
    }();
    CHECK(!outcome && outcome.error().kind == ErrorKind::claimant_left);
    CHECK_TEXT(answer, "(left)");
}

void an_answer_that_is_too_long_is_explained_and_asked_again()
{
    Scene scene;
    std::string answer;
    Person person(std::string(513, 'x') + "\n" + std::string(512, 'y') + "\n");
    const auto outcome = [&] {
        const ScriptedHelper helper(scene.door.socket, [&](HelperSide& side) {
            side.hear_request();
            side.ask("Code: ", false);
            answer = side.hear_answer();
            side.decide(Decision::accepted);
        });
        return scene.ask(person);
    }();
    CHECK(outcome.has_value());
    CHECK(answer == std::string(512, 'y'));
    CHECK_TEXT(person.screen(), "Code: An answer has at most 512 characters.\nCode: ");
}

void a_line_without_a_newline_at_the_end_of_the_input_is_an_answer()
{
    Scene scene;
    std::string answer;
    Person person("123456");
    [&] {
        const ScriptedHelper helper(scene.door.socket, [&](HelperSide& side) {
            side.hear_request();
            side.ask("Code: ", true);
            answer = side.hear_answer();
            side.decide(Decision::accepted);
        });
        CHECK(scene.ask(person).has_value());
    }();
    CHECK_TEXT(answer, "123456");
}

ErrorKind kind_after(const std::function<void(HelperSide&)>& script, std::string* said = nullptr)
{
    Scene scene;
    Person person("answer\n");
    const ScriptedHelper helper(scene.door.socket, script);
    const auto outcome = scene.ask(person);
    if (outcome)
        throw ssp::testing::CheckFailed("an outcome came from a broken conversation");
    if (said != nullptr)
        *said = outcome.error().detail;
    return outcome.error().kind;
}

void a_helper_that_goes_away_is_no_verdict()
{
    CHECK(kind_after([](HelperSide&) {}) == ErrorKind::delivery_unavailable);
    CHECK(kind_after([](HelperSide& side) { side.hear_request(); }) == ErrorKind::delivery_unavailable);
    CHECK(kind_after([](HelperSide& side) {
              side.hear_request();
              side.row("name\0alice\0"s);
          }) == ErrorKind::delivery_unavailable);
    CHECK(kind_after([](HelperSide& side) {
              side.hear_request();
              side.ask("Code: ", true);
          }) == ErrorKind::delivery_unavailable);
    CHECK(kind_after([](HelperSide& side) {
              side.hear_request();
              side.send_bytes("\x20");
          }) == ErrorKind::delivery_unavailable);
}

void bytes_that_are_no_conversation_are_refused()
{
    CHECK(kind_after([](HelperSide& side) {
              side.hear_request();
              side.send_bytes("\0\0"s); // a frame without a payload
          }) == ErrorKind::malformed);
    CHECK(kind_after([](HelperSide& side) {
              side.hear_request();
              side.send_bytes("\xff\xff"); // a frame that is too long
          }) == ErrorKind::malformed);
    CHECK(kind_after([](HelperSide& side) {
              side.hear_request();
              side.send_bytes("\x01\0\x02"s); // an answer, from the wrong side
          }) == ErrorKind::malformed);
    CHECK(kind_after([](HelperSide& side) {
              side.hear_request();
              side.send_bytes("\x01\0\x13"s); // a verdict without fields
          }) == ErrorKind::malformed);
    CHECK(kind_after([](HelperSide& side) {
              side.hear_request();
              side.row("name\0"s); // half a pair
          }) == ErrorKind::malformed);
}

void an_acceptance_with_a_wrong_number_or_conversation_does_not_count()
{
    CHECK(kind_after([](HelperSide& side) {
              side.hear_request();
              side.skip_a_number();
              side.decide(Decision::accepted);
          }) == ErrorKind::malformed);
    CHECK(kind_after([](HelperSide& side) {
              side.hear_request();
              side.talk_of_another_conversation();
              side.decide(Decision::accepted);
          }) == ErrorKind::malformed);
}

void without_anybody_listening_the_sentence_names_the_socket_and_the_remedy()
{
    Scene scene;
    Person person("");
    const auto outcome = scene.ask(person);
    CHECK(!outcome && outcome.error().kind == ErrorKind::delivery_unavailable);
    const auto& detail = outcome.error().detail;
    CHECK(detail.find(scene.door.socket) != std::string::npos);
    CHECK(detail.find("systemctl status ssp-mfad.socket") != std::string::npos);
}

void a_socket_that_is_for_others_says_for_whom_it_is()
{
    Scene scene;
    const ScriptedHelper helper(scene.door.socket, [](HelperSide& side) { side.hear_request(); });
    CHECK(::chmod(scene.folder.path().c_str(), 0755) == 0 && ::chmod(scene.door.socket.c_str(), 0) == 0);
    const auto child = ::fork();
    if (child == 0) {
        if (::geteuid() == 0 && ::setuid(12345) != 0) // root may connect anywhere
            ::_exit(2);
        Person person("");
        const auto outcome = scene.ask(person);
        ::_exit(!outcome && outcome.error().detail.starts_with("You may not use " + scene.door.socket) ? 0
                                                                                                       : 1);
    }
    int status = -1;
    CHECK(::waitpid(child, &status, 0) == child && status == 0);
}

void a_listener_of_another_user_is_told_nothing()
{
    Scene scene;
    scene.door.trusted_uids = {::geteuid() + 1};
    bool heard_the_request = false;
    Person person("");
    const auto outcome = [&] {
        const ScriptedHelper helper(scene.door.socket, [&](HelperSide& side) {
            side.hear_request();
            heard_the_request = true;
        });
        return scene.ask(person);
    }();
    CHECK(!outcome && outcome.error().kind == ErrorKind::delivery_unavailable);
    CHECK(outcome.error().detail.find("nothing was sent") != std::string::npos);
    CHECK(!heard_the_request);
}

void a_helper_that_stays_silent_is_given_up()
{
    Scene scene;
    scene.door.patience = 20ms;
    Person person("");
    const ScriptedHelper helper(scene.door.socket, [&](HelperSide& side) {
        side.hear_request();
        side.hear_answer(); // until the other side goes
    });
    const auto outcome = scene.ask(person);
    CHECK(!outcome && outcome.error().kind == ErrorKind::deadline_passed);
}

void too_many_words_are_refused_before_anything_is_sent()
{
    Scene scene;
    Person person("");
    for (const auto& words : {std::vector<std::string>(65, "a"),
                              std::vector<std::string>{std::string(4096, 'a')}, std::vector<std::string>{}}) {
        const auto outcome = scene.ask(person, words);
        CHECK(!outcome && outcome.error().kind == ErrorKind::not_permitted);
    }
    scene.door.socket = "/" + std::string(200, 's');
    CHECK(scene.ask(person).error().kind == ErrorKind::delivery_unavailable);
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(a_request_is_carried_with_its_words_and_its_rows_come_back),
        SENTENCE(questions_are_asked_in_their_order_and_answered_by_what_was_typed),
        SENTENCE(a_person_who_ends_the_input_leaves_the_conversation),
        SENTENCE(an_answer_that_is_too_long_is_explained_and_asked_again),
        SENTENCE(a_line_without_a_newline_at_the_end_of_the_input_is_an_answer),
        SENTENCE(a_helper_that_goes_away_is_no_verdict),
        SENTENCE(bytes_that_are_no_conversation_are_refused),
        SENTENCE(an_acceptance_with_a_wrong_number_or_conversation_does_not_count),
        SENTENCE(without_anybody_listening_the_sentence_names_the_socket_and_the_remedy),
        SENTENCE(a_socket_that_is_for_others_says_for_whom_it_is),
        SENTENCE(a_listener_of_another_user_is_told_nothing),
        SENTENCE(a_helper_that_stays_silent_is_given_up),
        SENTENCE(too_many_words_are_refused_before_anything_is_sent),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
