#include "call/outcome.h"

#include "support/cmocka.h"

using namespace ssp;

namespace {

CallEnd end_of(std::uint16_t status, bool challenged = false)
{
    return outcome_of_status(status, "Words", challenged).end;
}

void every_end_has_its_word_and_its_exit_code()
{
    const struct {
        CallEnd end;
        const char* word;
        int code;
    } expected[] = {
        {CallEnd::played, "played", 0},
        {CallEnd::hung_up, "hung-up", 1},
        {CallEnd::busy, "busy", 2},
        {CallEnd::refused, "refused", 2},
        {CallEnd::no_answer, "no-answer", 3},
        {CallEnd::no_key, "no-key", 4},
        {CallEnd::undialable, "failed", 65},
        {CallEnd::unreachable, "failed", 69},
        {CallEnd::server_failed, "failed", 75},
        {CallEnd::credentials, "failed", 77},
        {CallEnd::configuration, "failed", 78},
    };
    for (const auto& row : expected) {
        CHECK_TEXT(word(row.end), row.word);
        CHECK(exit_code(row.end) == row.code);
    }
}

void a_busy_phone_a_refusal_and_a_phone_that_nobody_takes_are_told_apart()
{
    CHECK(end_of(486) == CallEnd::busy && end_of(600) == CallEnd::busy);
    CHECK(end_of(603) == CallEnd::refused && end_of(403) == CallEnd::refused);
    CHECK(end_of(480) == CallEnd::no_answer && end_of(408) == CallEnd::no_answer &&
          end_of(487) == CallEnd::no_answer);
}

void a_number_that_does_not_exist_is_the_number_s_fault()
{
    CHECK(end_of(404) == CallEnd::undialable && end_of(410) == CallEnd::undialable);
    CHECK(end_of(484) == CallEnd::undialable && end_of(604) == CallEnd::undialable);
}

void a_server_that_refuses_us_is_told_from_one_that_refuses_the_call()
{
    CHECK(end_of(401) == CallEnd::credentials && end_of(407) == CallEnd::credentials);
    CHECK(end_of(403, true) == CallEnd::credentials);
    CHECK(end_of(403, false) == CallEnd::refused);
}

void a_server_in_trouble_is_no_fault_of_the_callee()
{
    CHECK(end_of(500) == CallEnd::server_failed && end_of(503) == CallEnd::server_failed);
    CHECK(end_of(488) == CallEnd::configuration);
}

void a_redirection_is_not_followed() { CHECK(end_of(302) == CallEnd::configuration); }

void a_server_s_words_are_printed_only_as_far_as_they_are_printable()
{
    CHECK_TEXT(outcome_of_status(486, "Busy\r\nplayed\x1b[2J", false).detail, "486 Busy??played?[2J");
    CHECK(printable(std::string(4096, 'x')).size() == 120);
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(every_end_has_its_word_and_its_exit_code),
        SENTENCE(a_busy_phone_a_refusal_and_a_phone_that_nobody_takes_are_told_apart),
        SENTENCE(a_number_that_does_not_exist_is_the_number_s_fault),
        SENTENCE(a_server_that_refuses_us_is_told_from_one_that_refuses_the_call),
        SENTENCE(a_server_in_trouble_is_no_fault_of_the_callee),
        SENTENCE(a_redirection_is_not_followed),
        SENTENCE(a_server_s_words_are_printed_only_as_far_as_they_are_printable),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
