#pragma once
// What the command `ssp-mfa` may ask of ssp-mfad, and who may ask it.
#include "base/task.h"
#include "verifier/ports.h"
#include "verifier/sign_in.h"

#include <string>
#include <utility>
#include <vector>

namespace ssp {

/// What the socket and the kernel say about whoever asks. Never from the message.
enum class Role {
    self,          ///< self.sock: the peer's own uid only
    support,       ///< admin.sock, a member of the support group
    administrator, ///< admin.sock, uid 0
};

struct Requester {
    Role role = Role::self;
    std::uint32_t uid = 0;
};

/// Where the lines of a result go: name and value pairs, in the order in which a person reads them.
class Rows {
public:
    using Row = std::vector<std::pair<std::string, std::string>>;
    virtual ~Rows() = default;
    virtual void add(Row row) = 0;
};

/// Carries out one request. `words`: the verb and its words, as typed after `ssp-mfa`, options as
/// `--name=value`; 1..64 words. Verbs of this release:
///   self      status · devices · devices revoke ID · devices forget · recovery-codes
///   support   user show NAME · user unlock NAME · user lock NAME · user reset NAME · user forget NAME,
///             each but `show` with --reason=TEXT
///   administrator   all of support · key status · key rotate --reason=TEXT · repair clock --reason=TEXT
/// A self verb that changes anything asks for an existing factor first, within a small slice of the ledger.
/// Every change is audited with the requester as actor. Says through Claimant::tell() what was wrong.
/// Returns accepted when it was done; rejected for a bad word, an unknown person or a wrong code.
/// Errors: as Store.
Task<Verdict> answer_request(Ports ports, Claimant& claimant, Rows& rows, Requester requester,
                             std::vector<std::string> words);

} // namespace ssp
