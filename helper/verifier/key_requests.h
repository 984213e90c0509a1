#pragma once
#include "verifier/requests.h"

#include <string>
#include <vector>

namespace ssp {

/// `key status` and `key rotate --reason=TEXT`, for administrators only (requests.h).
Task<Verdict> answer_key_request(Ports ports, Claimant& claimant, Rows& rows, Requester requester,
                                 std::vector<std::string> words);

} // namespace ssp
