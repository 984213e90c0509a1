#pragma once
#include "store/audit_trail.h"
#include "store/authenticator_rows.h"
#include "store/challenge_rows.h"
#include "store/everybody_row.h"
#include "store/key_ring.h"
#include "store/send_count_rows.h"
#include "store/subscriber_rows.h"
#include "store/trust_rows.h"

#include <memory>
#include <vector>

namespace ssp {

/// One connection with everything that reads and writes through it. Used by one thread at a time.
struct Tables {
    Tables(std::unique_ptr<Connection> opened, std::unique_ptr<KeyRing> ring, std::string node_id)
        : connection(std::move(opened)), keys(std::move(ring)), subscribers(*connection, *keys),
          authenticators(*connection, *keys), challenges(*connection, *keys), trust(*connection, *keys),
          send_counts(*connection, *keys), everybody(*connection, *keys),
          audit(*connection, *keys, std::move(node_id))
    {
    }

    std::unique_ptr<Connection> connection;
    std::unique_ptr<KeyRing> keys;
    SubscriberRows subscribers;
    AuthenticatorRows authenticators;
    ChallengeRows challenges;
    TrustRows trust;
    SendCountRows send_counts;
    EverybodyRow everybody;
    AuditTrail audit;
    std::int64_t highest_step = 0;       ///< of all TOTP steps that were accepted; for the history mark
    std::vector<Telling> tellings;       ///< of this transaction, for when it is durable
    std::vector<AuditEntry> for_journal; ///< audit rows of this transaction that an operator looks for
};

} // namespace ssp
