#include "verifier/look_up_secret.h"

#include <algorithm>

namespace ssp {

namespace {

/// The symbol that `c` stands for; NUL when it stands for none.
char symbol_of(char c)
{
    if (c >= 'a' && c <= 'z')
        c = static_cast<char>(c - 'a' + 'A');
    if (c == 'O')
        c = '0';
    if (c == 'I' || c == 'L')
        c = '1';
    return c != '\0' && look_up_secret_alphabet.find(c) != std::string_view::npos ? c : '\0';
}

} // namespace

Result<std::vector<SecretString>> new_look_up_secrets(Random& random)
{
    std::vector<SecretString> secrets;
    while (secrets.size() < look_up_secrets_issued) {
        auto secret = random.text(look_up_secret_symbols, look_up_secret_alphabet);
        if (!secret)
            return secret.error();
        const bool known = std::ranges::any_of(
            secrets, [&](const SecretString& other) { return other.equals(secret->reveal()); });
        if (known)
            return Error{ErrorKind::internal, "the random generator repeats itself"};
        secrets.push_back(std::move(*secret));
    }
    return secrets;
}

SecretString grouped_look_up_secret(const SecretString& secret)
{
    static constexpr std::size_t group = 4;
    static constexpr std::size_t hyphens = 2;
    auto out = SecretString::zeros(secret.size() + hyphens);
    char* at = out.data();
    for (std::size_t i = 0; i < secret.size(); ++i) {
        if (i == group || i == 2 * group)
            *at++ = '-';
        *at++ = secret.reveal()[i];
    }
    return out;
}

std::optional<SecretString> normal_look_up_secret(std::string_view typed)
{
    auto out = SecretString::zeros(look_up_secret_symbols);
    std::size_t count = 0;
    for (const char c : typed) {
        if (c == ' ' || c == '-')
            continue;
        const char symbol = symbol_of(c);
        if (symbol == '\0' || count == look_up_secret_symbols)
            return std::nullopt;
        out.data()[count++] = symbol;
    }
    if (count != look_up_secret_symbols)
        return std::nullopt;
    return out;
}

} // namespace ssp
