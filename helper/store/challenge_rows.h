#pragma once
// Codes that were sent out, as rows. Runs inside a transaction of the caller; throws as Connection does.
#include "base/result.h"
#include "store/connection.h"
#include "store/key_ring.h"
#include "store/records.h"

#include <optional>

namespace ssp {

class ChallengeRows {
public:
    ChallengeRows(Connection& connection, const KeyRing& keys) : connection_(connection), keys_(keys) {}

    /// The challenge of this person if it is live. Errors: store_tampered.
    Result<std::optional<ChallengeRecord>> find_live(SubscriberId person, const ChallengeId& id,
                                                     const Moment& now);

    /// Adds one under the newest key; the person's live one for the same service ends, and what expired is
    /// deleted.
    void open(SubscriberId person, const ChallengeRecord& challenge, const Moment& now);
    /// True if one more try was left and is counted now.
    bool reserve_try(SubscriberId person, ChallengeRecord& challenge, const Moment& now);
    /// True if it was open and is spent now.
    bool spend(SubscriberId person, ChallengeRecord& challenge, const Moment& now);
    /// True if this is the code of a challenge of this kind that was spent and has not expired yet. Of a
    /// forged row it could only say that a code was used before, which lets nobody in: no MAC is asked for.
    bool was_spent(SubscriberId person, AuthenticatorKind kind, const SecretString& code, WallTime now);
    /// Forgets one that is open; a spent one is kept until it expires, see was_spent().
    void forget(SubscriberId person, const ChallengeId& id);
    void forget_all(SubscriberId person);
    /// Those under another key than the newest: what is spent, or `live` ones too.
    void forget_old(bool live);

    /// What is kept of a code under the newest key, or under the key of a row that was read.
    Digest code_mac(const ChallengeId& id, const SecretString& code) const;
    Digest code_mac(const ChallengeRecord& challenge, const SecretString& code) const;

private:
    Fields signed_fields(const Seals& seals, SubscriberId person, const ChallengeRecord& challenge) const;

    Connection& connection_;
    const KeyRing& keys_;
};

} // namespace ssp
