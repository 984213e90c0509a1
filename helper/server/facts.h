#pragma once
// What a decoded message says, as values of its own: a message's views die with the bytes they point into.
#include "protocol/message.h"
#include "verifier/sign_in.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ssp {

/// `begin`: decoded, so that its groups are whole numbers.
SignInFacts facts_of(const protocol::Begin& begin);

/// The words of a request, each ended by a NUL; nothing when the last one is not, or there are not 1..64.
std::optional<std::vector<std::string>> words_of(std::string_view words);

} // namespace ssp
