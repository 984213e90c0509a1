#pragma once
// Authenticators and look-up secrets as rows. A secret is sealed for its row and its person; the MAC of the
// row covers the last TOTP step. Runs inside a transaction of the caller; throws as Connection does.
#include "store/spent_steps.h"
#include "store/subscriber_rows.h"

#include <functional>
#include <vector>

namespace ssp {

class AuthenticatorRows {
public:
    AuthenticatorRows(Connection& connection, const KeyRing& keys) : connection_(connection), keys_(keys) {}

    /// All of this person, unsealed, in order of binding. Errors: store_tampered, also when one is missing.
    Result<std::vector<Authenticator>> all(const SubscriberRow& person);

    /// True if `step` was newer than every step accepted before, and not accepted while the
    /// clock was ahead; it is the last step now, and there are no
    /// failures any more.
    Result<bool> consume_step(const SubscriberRow& person, AuthenticatorId id, std::int64_t step);

    /// Tries in a row at this one without a success with it; 0 if there is none of that id.
    /// Errors: store_tampered.
    Result<int> failures(const SubscriberRow& person, AuthenticatorId id);
    Result<void> set_failures(const SubscriberRow& person, AuthenticatorId id, int failures);
    /// No failures any more: of one kind, or of all. Errors: store_tampered.
    Result<void> forgive(const SubscriberRow& person, std::optional<AuthenticatorKind> kind);
    /// What repair and restore do with the steps of this person's app. False: there is no app, or `change`
    /// said that nothing changed.
    Result<bool> change_steps(const SubscriberRow& person, const std::function<bool(SpentSteps&)>& change);

    /// Adds one, in the place of one of the same kind. `person` has the new count and must be saved by the
    /// caller. Returns true if it replaced one.
    Result<bool> put(SubscriberRow& person, const NewAuthenticator& authenticator, const Nonce& nonce,
                     WallTime now);

    /// Seals and signs what is under another key than the newest with that one, look-up secrets too. Returns
    /// how many rows. Errors: store_tampered; of `random`.
    Result<int> renew(const SubscriberRow& person, Random& random);

    /// Forgets all authenticators and look-up secrets; `person` must be saved by the caller.
    void forget_all(SubscriberRow& person);

    /// What is kept of a normalised look-up secret.
    Digest digest_of(SubscriberId person, const SecretString& look_up_secret) const;
    void replace_look_up_secrets(SubscriberId person, const std::vector<Digest>& digests);
    int look_up_secrets_left(SubscriberId person);
    /// How many there are, spent ones too.
    int look_up_secrets(SubscriberId person);
    /// True if the secret existed and was spent.
    bool is_spent(SubscriberId person, const Digest& digest);
    /// True if the secret existed and was not spent.
    Result<bool> spend_look_up_secret(SubscriberId person, const Digest& digest, WallTime now);

private:
    struct Row;
    Result<std::optional<Row>> load(const SubscriberRow& person, AuthenticatorId id);
    struct Opened;
    Result<Opened> read(const Query& row, const SubscriberRow& person) const;
    Result<int> renew_look_up_secrets(SubscriberId person);
    Fields bound_to(const Seals& seals, const Row& row, const SubscriberRow& person) const;
    Fields signed_fields(const Seals& seals, const Row& row, const SubscriberRow& person) const;
    Fields signed_fields(const Seals& seals, SubscriberId person, const Digest& digest,
                         WallTime spent_at) const;

    Connection& connection_;
    const KeyRing& keys_;
};

} // namespace ssp
