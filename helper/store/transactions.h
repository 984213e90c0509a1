#pragma once
// What each operation of the Store port does to the rows, as plain functions. Each runs inside one
// transaction or savepoint: an Error undoes all of it. An operation that answers "no" has changed nothing.
// They throw as Connection does.
#include "store/tables.h"

#include <optional>
#include <string>
#include <vector>

namespace ssp::transactions {

/// What was true when the operation was asked for, on the loop.
struct Terms {
    Moment now;
    GuessLimits guessing;
    SendLimits sending;
};

/// The value of an operation that has none.
struct Done {};

/// The points of tries that a success gives back to `person` and to everybody, and the end of failures and
/// throttle; `person` must be saved by the caller. Errors: store_tampered.
Result<void> give_back(Tables& rows, WallTime now, SubscriberRow& person, int refund_points);

/// The code of this challenge was typed: its message is given back to `person`, who must be saved by the
/// caller, and counted as typed back. Called where a challenge is spent.
Result<void> note_came_back(Tables& rows, WallTime now, SubscriberRow& person,
                            const ChallengeRecord& challenge);

Result<std::optional<Subscriber>> find_subscriber(Tables& rows, const Identity& identity, const Terms& terms);
Result<std::optional<Subscriber>> find_by_name(Tables& rows, const std::string& name, const Terms& terms);
Result<std::optional<Subscriber>> find_by_uid(Tables& rows, std::uint32_t uid, const Terms& terms);
Result<bool> matches(Tables& rows, const Moment& now, SubscriberId person, const ChallengeId& challenge,
                     const SecretString& code);
Result<std::optional<Trust>> find_trust(Tables& rows, const Moment& now, SubscriberId person,
                                        const Digest& device, const std::string& scope);
Result<std::vector<Trust>> list_trust(Tables& rows, const Moment& now, SubscriberId person);

Result<SubscriberId> add_subscriber(Tables& rows, const Identity& identity);
Result<TryReservation> reserve_try(Tables& rows, const Terms& terms, SubscriberId person,
                                   const TryCost& cost);
Result<bool> accept(Tables& rows, const Terms& terms, SubscriberId person, const Proof& proof,
                    int refund_points, const AuditEntry& entry);
Result<SendReservation> reserve_send(Tables& rows, const Terms& terms, SubscriberId person,
                                     const SendRequest& request, const AuditEntry& entry);
Result<Done> refuse_code(Tables& rows, const Terms& terms, SubscriberId person, const RefusedCode& refused,
                         const AuditEntry& entry);
Result<bool> reserve_administrators_notice(Tables& rows, const Terms& terms);
Result<Done> open_challenge(Tables& rows, const Moment& now, SubscriberId person,
                            const NewChallenge& challenge);
Result<Done> void_challenge(Tables& rows, const Terms& terms, SubscriberId person,
                            const ChallengeId& challenge, bool never_sent);
Result<bool> bind(Tables& rows, const Terms& terms, SubscriberId person,
                  const NewAuthenticator& authenticator, const Nonce& nonce, int refund_points,
                  const AuditEntry& entry);
Result<Done> replace_look_up_secrets(Tables& rows, const Terms& terms, SubscriberId person,
                                     const std::vector<Digest>& digests,
                                     const std::optional<std::int64_t>& epoch, const AuditEntry& entry);
Result<Done> grant_trust(Tables& rows, const Moment& now, SubscriberId person, const NewTrust& trust,
                         const AuditEntry& entry);
Result<bool> revoke_trust(Tables& rows, const Moment& now, SubscriberId person, TrustId trust,
                          const AuditEntry& entry);
Result<Done> end_all_trust(Tables& rows, WallTime now, SubscriberId person, const AuditEntry& entry);
Result<bool> reset_damaged(Tables& rows, const Terms& terms, const std::string& name,
                           const std::string& reason, const AuditEntry& entry);
Result<Done> act(Tables& rows, const Terms& terms, SubscriberId person, DeskAct act,
                 const std::string& reason, const AuditEntry& entry);
Result<Done> record(Tables& rows, WallTime now, const AuditEntry& entry);
Result<Done> add_notice(Tables& rows, SubscriberId person, const std::string& sentence);
Result<Done> clear_notices(Tables& rows, WallTime now, SubscriberId person, const AuditEntry& entry);

} // namespace ssp::transactions
