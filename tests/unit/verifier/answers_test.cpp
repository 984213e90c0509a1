#include "verifier/answers.h"

#include "support/cmocka.h"

using namespace ssp;

namespace {

SecretString typed(std::string_view text) { return SecretString(text); }
AnswerKind kind_of(std::string_view text, int options = 3) { return read_answer(typed(text), options).kind; }

void a_digit_is_an_option_only_where_there_is_one()
{
    CHECK(read_answer(typed("1"), 3).option == 1);
    CHECK(read_answer(typed("3"), 3).option == 3);
    for (const char* none : {"0", "4", "9"})
        CHECK(kind_of(none) == AnswerKind::nothing_of_these);
    CHECK(kind_of("1", 0) == AnswerKind::nothing_of_these);
}

void a_letter_counts_in_either_case()
{
    CHECK(read_answer(typed("r"), 0).is_letter('r'));
    CHECK(read_answer(typed("R"), 0).is_letter('r'));
    CHECK(!read_answer(typed("rr"), 0).is_letter('r'));
}

void a_code_is_four_to_eight_digits_and_may_be_spaced()
{
    for (const char* code : {"123456", "123 456", "12-34-56"}) {
        const auto answer = read_answer(typed(code), 3);
        CHECK(answer.is_code_of(6) && answer.code.equals("123456"));
    }
    CHECK(read_answer(typed("00012"), 3).is_code_of(5));
    CHECK(!read_answer(typed("00012"), 3).is_code_of(6));
    for (const char* other :
         {"123", "123456789", "12345a", "12 345 6x", "\xef\xbc\x91\xef\xbc\x92\xef\xbc\x93\xef\xbc\x94"})
        CHECK(kind_of(other) == AnswerKind::nothing_of_these);
}

void a_recovery_code_is_read_in_any_way_of_writing_it()
{
    for (const char* code : {"7K4Q-92AB-CDEF0", "7k4q92abcdef0", "7K4Q 92AB CDEFO"}) {
        const auto answer = read_answer(typed(code), 3);
        CHECK(answer.kind == AnswerKind::look_up_secret && answer.code.equals("7K4Q92ABCDEF0"));
    }
}

void a_saved_password_is_nothing_of_these()
{
    for (const char* password :
         {"hunter2", "Tr0ub4dor&3", "correct horse battery staple", "p", "Passw0rd-1!xx"})
        CHECK(kind_of(password) == AnswerKind::nothing_of_these || kind_of(password) == AnswerKind::letter);
    CHECK(kind_of(std::string(512, 'a')) == AnswerKind::nothing_of_these);
    CHECK(kind_of("\x1b[2J\xff\xfe") == AnswerKind::nothing_of_these);
}

void what_sshd_types_for_people_who_may_not_sign_in_is_known_at_any_length()
{
    const std::string once = "\b\n\r\177INCORRECT";
    const std::string twice = once + once;
    for (std::size_t length = 1; length <= twice.size(); ++length)
        CHECK(is_fake_of_sshd(typed(twice.substr(0, length))));
    for (const char* other : {"", "123456", "INCORRECT", "\b\n\r\177INCORRECU", "\n"})
        CHECK(!is_fake_of_sshd(typed(other)));
}

void spaces_around_an_answer_do_not_count()
{
    CHECK(trimmed(typed(" \t123 456\r\n")).equals("123 456"));
    CHECK(trimmed(typed(" \t\r\n")).empty());
    CHECK(trimmed(typed("")).empty());
}

void words_count_in_any_case_and_whole()
{
    CHECK(is_word(typed("Saved"), "saved"));
    CHECK(is_word(typed("YES"), "yes"));
    CHECK(!is_word(typed("save"), "saved"));
    CHECK(!is_word(typed("saved it"), "saved"));
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(a_digit_is_an_option_only_where_there_is_one),
        SENTENCE(a_letter_counts_in_either_case),
        SENTENCE(a_code_is_four_to_eight_digits_and_may_be_spaced),
        SENTENCE(a_recovery_code_is_read_in_any_way_of_writing_it),
        SENTENCE(a_saved_password_is_nothing_of_these),
        SENTENCE(what_sshd_types_for_people_who_may_not_sign_in_is_known_at_any_length),
        SENTENCE(spaces_around_an_answer_do_not_count),
        SENTENCE(words_count_in_any_case_and_whole),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
