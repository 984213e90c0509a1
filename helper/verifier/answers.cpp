#include "verifier/answers.h"

#include "verifier/look_up_secret.h"

#include <algorithm>

namespace ssp {

namespace {

constexpr std::size_t fewest_digits = 4;
constexpr std::size_t most_digits = 8;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// The digits of "123 456" or "123-456"; empty for anything that has more in it, or too few or too many.
SecretString digits_of(std::string_view text)
{
    auto digits = SecretString::zeros(most_digits);
    std::size_t count = 0;
    for (const char c : text) {
        if (c == ' ' || c == '-')
            continue;
        if (!is_digit(c) || count == most_digits)
            return {};
        digits.data()[count++] = c;
    }
    return count < fewest_digits ? SecretString() : SecretString(digits.reveal().substr(0, count));
}

} // namespace

bool Answer::is_code_of(int digits) const noexcept
{
    return kind == AnswerKind::digits && code.size() == static_cast<std::size_t>(digits);
}

Answer read_answer(const SecretString& typed, int options)
{
    Answer answer;
    const auto text = typed.reveal();
    if (text.size() == 1) {
        const char c = lower(text[0]);
        if (is_digit(c) && c != '0' && c - '0' <= options) {
            answer.kind = AnswerKind::option;
            answer.option = c - '0';
        } else if (c >= 'a' && c <= 'z') {
            answer.kind = AnswerKind::letter;
            answer.letter = c;
        }
        return answer;
    }
    if (auto digits = digits_of(text); !digits.empty()) {
        answer.kind = AnswerKind::digits;
        answer.code = std::move(digits);
        return answer;
    }
    if (auto secret = normal_look_up_secret(text)) {
        answer.kind = AnswerKind::look_up_secret;
        answer.code = std::move(*secret);
    }
    return answer;
}

bool is_word(const SecretString& typed, std::string_view word) noexcept
{
    return std::ranges::equal(typed.reveal(), word, [](char typed_char, char char_of_word) {
        return lower(typed_char) == char_of_word;
    });
}

SecretString trimmed(const SecretString& typed)
{
    static constexpr std::string_view around = " \t\r\n";
    const auto text = typed.reveal();
    const auto first = text.find_first_not_of(around);
    if (first == std::string_view::npos)
        return {};
    return SecretString(text.substr(first, text.find_last_not_of(around) - first + 1));
}

bool is_fake_of_sshd(const SecretString& typed) noexcept
{
    static constexpr std::string_view pattern = "\b\n\r\177INCORRECT";
    const auto text = typed.reveal();
    for (std::size_t i = 0; i < text.size(); ++i)
        if (text[i] != pattern[i % pattern.size()])
            return false;
    return !text.empty();
}

} // namespace ssp
