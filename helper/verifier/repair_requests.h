#pragma once
#include "verifier/requests.h"

#include <string>
#include <vector>

namespace ssp {

/// `repair clock --reason=TEXT`, for administrators alone: the clock was ahead and is right now
/// (Store::repair_clock()). Rejected, with a sentence, for anybody else and when there is nothing to repair.
Task<Verdict> answer_repair_request(Ports ports, Claimant& claimant, Rows& rows, Requester requester,
                                    std::vector<std::string> words);

} // namespace ssp
