#pragma once
#include "verifier/requests.h"

#include <string>
#include <vector>

namespace ssp {

/// Most points of the guess ledger that self verbs may spend between two successes of a person: three misses
/// of an app code, ten of a text code, one of a five-digit code (docs/explanation/guessing.md). Recovery
/// codes cost no points and are never cut off.
inline constexpr int own_request_points = 10;

/// The verbs of self.sock (requests.h): about the person with the peer's own uid and nobody else.
Task<Verdict> answer_own_request(Ports ports, Claimant& claimant, Rows& rows, std::uint32_t uid,
                                 std::vector<std::string> words);

} // namespace ssp
