// What a person typed, by its shape. The first byte says how many options the question had.
#include "verifier/answers.h"
#include "fuzz.h"
#include "verifier/look_up_secret.h"

#include <algorithm>
#include <string>

using namespace ssp;

namespace {

bool all_of(std::string_view text, std::string_view allowed)
{
    return text.find_first_not_of(allowed) == std::string_view::npos;
}

void check(const Answer& answer, int options)
{
    switch (answer.kind) {
    case AnswerKind::nothing_of_these: MUST(answer.code.empty()); break;
    case AnswerKind::option: MUST(answer.option >= 1 && answer.option <= options); break;
    case AnswerKind::letter: MUST(answer.letter >= 'a' && answer.letter <= 'z'); break;
    case AnswerKind::digits:
        MUST(answer.code.size() >= 4 && answer.code.size() <= 8 &&
             all_of(answer.code.reveal(), "0123456789"));
        break;
    case AnswerKind::look_up_secret:
        MUST(answer.code.size() == look_up_secret_symbols);
        MUST(all_of(answer.code.reveal(), look_up_secret_alphabet));
        break;
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0)
        return 0;
    const int options = data[0] % 10;
    const auto text = ssp::testing::text_of(data, size).substr(1);
    const SecretString typed{text};

    const auto answer = read_answer(trimmed(typed), options);
    check(answer, options);
    ssp::testing::understood = answer.kind != AnswerKind::nothing_of_these;

    // Spaces around an answer never change what it is, nor what is compared.
    const auto spaced = read_answer(trimmed(SecretString(" \t" + std::string(text) + " \r\n")), options);
    MUST(spaced.kind == answer.kind && spaced.option == answer.option && spaced.letter == answer.letter);
    MUST(spaced.code.equals(answer.code.reveal()));

    // What is shown of a recovery code is read as the same one.
    if (const auto normal = normal_look_up_secret(text)) {
        const auto shown = grouped_look_up_secret(*normal);
        const auto again = normal_look_up_secret(shown.reveal());
        MUST(again && again->equals(normal->reveal()));
    }
    is_fake_of_sshd(typed);
    MUST(trimmed(typed).size() <= typed.size());
    return 0;
}
