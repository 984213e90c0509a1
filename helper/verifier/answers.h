#pragma once
// What was typed, by its shape alone. Nothing here compares with a secret.
#include "base/secret_string.h"

#include <string_view>

namespace ssp {

enum class AnswerKind {
    nothing_of_these, ///< a saved password, words, bytes: never a try
    option,           ///< one digit, 1 ... options
    letter,           ///< one letter, given in lower case
    digits,           ///< 4 to 8 digits, spaces and hyphens taken out: the shape of a code
    look_up_secret,   ///< the shape of a recovery code, in normal form
};

struct Answer {
    AnswerKind kind = AnswerKind::nothing_of_these;
    int option = 0;
    char letter = '\0';
    SecretString code; ///< digits or look-up secret

    bool is_letter(char wanted) const noexcept { return kind == AnswerKind::letter && letter == wanted; }
    bool is_code_of(int digits) const noexcept;
};

/// Total on any bytes. `options`: how many numbered options the question had, 0..9.
Answer read_answer(const SecretString& typed, int options);

/// True for `word` in any case.
bool is_word(const SecretString& typed, std::string_view word) noexcept;

/// Without the spaces, tabs and line ends around it.
SecretString trimmed(const SecretString& typed);

/// What sshd puts in the place of each answer of somebody who may not sign in: "\b\n\r\177INCORRECT", cut or
/// repeated to the length of what was typed (OpenSSH auth-pam.c, fake_password()). Not for empty answers.
bool is_fake_of_sshd(const SecretString& typed) noexcept;

} // namespace ssp
