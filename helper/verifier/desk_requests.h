#pragma once
#include "verifier/requests.h"

#include <string>
#include <vector>

namespace ssp {

/// The verbs of the support desk and of administrators, all below `user` (requests.h). `requester` is one of
/// them: answer_request() has looked.
Task<Verdict> answer_desk_request(Ports ports, Claimant& claimant, Rows& rows, Requester requester,
                                  std::vector<std::string> words);

} // namespace ssp
