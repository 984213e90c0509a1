#include "verifier/requests.h"

#include "verifier/desk_requests.h"
#include "verifier/key_requests.h"
#include "verifier/own_requests.h"
#include "verifier/repair_requests.h"

namespace ssp {

Task<Verdict> answer_request(Ports ports, Claimant& claimant, Rows& rows, Requester requester,
                             std::vector<std::string> words)
{
    switch (requester.role) {
    case Role::self:
        co_return co_await answer_own_request(ports, claimant, rows, requester.uid, std::move(words));
    case Role::support:
    case Role::administrator:
        if (!words.empty() && words[0] == "key")
            co_return co_await answer_key_request(ports, claimant, rows, requester, std::move(words));
        if (!words.empty() && words.front() == "repair")
            co_return co_await answer_repair_request(ports, claimant, rows, requester, std::move(words));
        co_return co_await answer_desk_request(ports, claimant, rows, requester, std::move(words));
    }
    co_return Verdict::rejected;
}

} // namespace ssp
