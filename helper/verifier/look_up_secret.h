#pragma once
// Recovery codes: look-up secrets of NIST SP 800-63B 5.1.2. 13 symbols of 5 bits, 65 bits each; at least 64
// are asked for in a saved recovery code (SP 800-63B-4 4.2.1.1), so guessing them needs no budget.
//
// Symbols are Crockford's base 32: digits and capital letters without I, L, O and U. Typed in any case, with
// spaces and hyphens anywhere; O counts as 0, I and L as 1.
#include "base/random.h"
#include "base/secret_string.h"

#include <optional>
#include <string_view>
#include <vector>

namespace ssp {

inline constexpr std::string_view look_up_secret_alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
inline constexpr std::size_t look_up_secret_symbols = 13;
inline constexpr std::size_t look_up_secrets_issued = 6;

/// A new set of `look_up_secrets_issued`, all different, in the normal form that the store takes.
Result<std::vector<SecretString>> new_look_up_secrets(Random& random);

/// "XXXX-XXXX-XXXXX", for people. `secret`: in normal form.
SecretString grouped_look_up_secret(const SecretString& secret);

/// The normal form of what was typed, or nothing when it cannot be a recovery code. Total on any bytes.
std::optional<SecretString> normal_look_up_secret(std::string_view typed);

} // namespace ssp
