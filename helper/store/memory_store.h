#pragma once
// A Store that forgets everything with the process: for tests of what stands on the port. It follows the
// same contract as SqliteStore (tests/contract/) and never suspends.
#include "store/memory_send_counts.h"
#include "store/records.h"
#include "store/standing.h"
#include "store/telling.h"
#include "verifier/ports.h"

#include <map>
#include <memory>
#include <utility>

namespace ssp {

class MemoryStore final : public Store {
public:
    /// `random` is asked once, for the key of the digests; the program ends when it has nothing to give.
    MemoryStore(Clock& clock, Random& random, GuessLimits guess_limits, SendLimits send_limits);
    ~MemoryStore() override;

    /// Limits for what comes from now on.
    void set_limits(GuessLimits guess_limits, SendLimits send_limits);

    /// Every audit entry so far, oldest first.
    const std::vector<AuditEntry>& audit() const noexcept { return audit_; }
    /// What was to be told since the last time, oldest first.
    std::vector<Telling> take_tellings() { return std::exchange(tellings_, {}); }

    Task<std::optional<Subscriber>> find_subscriber(Identity identity) override;
    Task<std::optional<Subscriber>> find_subscriber_by_name(std::string name) override;
    Task<std::optional<Subscriber>> find_subscriber_by_uid(std::uint32_t uid) override;
    Task<SubscriberId> add_subscriber(Identity identity) override;
    Task<TryReservation> reserve_try(SubscriberId subscriber, TryCost cost) override;
    Task<bool> matches(SubscriberId subscriber, ChallengeId challenge, SecretString code) override;
    Task<bool> accept(SubscriberId subscriber, Proof proof, int refund_points, AuditEntry entry) override;
    Task<SendReservation> reserve_send(SubscriberId subscriber, SendRequest request,
                                       AuditEntry entry) override;
    Task<void> refuse_code(SubscriberId subscriber, RefusedCode refused, AuditEntry entry) override;
    Task<bool> reserve_administrators_notice() override;
    Task<void> open_challenge(SubscriberId subscriber, NewChallenge challenge) override;
    Task<void> void_challenge(SubscriberId subscriber, ChallengeId challenge, bool never_sent) override;
    Task<bool> bind(SubscriberId subscriber, NewAuthenticator authenticator, int refund_points,
                    AuditEntry entry) override;
    Task<void> replace_look_up_secrets(SubscriberId subscriber, NewLookUpSecrets anew,
                                       AuditEntry entry) override;
    Digest digest_of(SubscriberId subscriber, const SecretString& look_up_secret) const override;
    Task<std::optional<Trust>> find_trust(SubscriberId subscriber, Digest device, std::string scope) override;
    Task<void> grant_trust(SubscriberId subscriber, NewTrust trust, AuditEntry entry) override;
    Task<std::vector<Trust>> list_trust(SubscriberId subscriber) override;
    Task<bool> revoke_trust(SubscriberId subscriber, TrustId trust, AuditEntry entry) override;
    Task<void> end_all_trust(SubscriberId subscriber, AuditEntry entry) override;
    Task<KeyRotation> rotate_key(AuditEntry entry) override;
    KeyRotation key_rotation() const override { return {}; }
    Task<void> act(SubscriberId subscriber, DeskAct act, std::string reason, AuditEntry entry) override;
    Task<bool> reset_damaged(std::string name, std::string reason, AuditEntry entry) override;
    Task<ClockRepair> repair_clock(AuditEntry entry) override;
    Task<void> record(AuditEntry entry) override;
    Task<void> add_notice(SubscriberId subscriber, std::string sentence) override;
    Task<void> clear_notices(SubscriberId subscriber, AuditEntry entry) override;

private:
    struct Person;

    Task<Person*> known(SubscriberId subscriber);
    Task<Person*> known_since(SubscriberId subscriber, std::optional<std::int64_t> epoch);
    Task<Person*> unlocked_since(SubscriberId subscriber, std::optional<std::int64_t> epoch);
    Result<Person*> find(const Identity& identity);
    std::optional<Subscriber> read(const Person* person) const;
    void append(AuditEntry entry);
    bool set_right(Person& person, WallTime now, WallTime ahead_from);
    bool spend(Person& person, const Proof& proof);
    ChallengeRecord* live_challenge(Person& person, const ChallengeId& challenge);
    bool was_spent(const Person& person, const RefusedCode& refused) const;
    void tell(Person& person, Tidings tidings, const AuditEntry& about);
    void came_back(Person& person, const ChallengeRecord& challenge);
    Digest mac(std::span<const unsigned char> id, const SecretString& secret) const;
    Moment moment() const { return {clock_.now(), clock_.boot_time(), {}}; }

    Clock& clock_;
    GuessLimits guess_limits_;
    SendLimits send_limits_;
    Digest key_{};
    std::map<SubscriberId, std::unique_ptr<Person>> people_;
    MemorySendCounts sent_;
    std::vector<Telling> tellings_;
    Everybody everybody_;
    std::int64_t last_id_ = 0;
    std::vector<AuditEntry> audit_;
    std::vector<WallTime> audited_at_; ///< since the clock was repaired last
    WallTime newest_{};
};

} // namespace ssp
