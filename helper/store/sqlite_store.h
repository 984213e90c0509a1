#pragma once
// The Store in an SQLite database of this host; docs/explanation/storage.md says why it is as it is.
//
// Everything that changes something is a job of the writer thread (writer.h); reads run on the loop, on a
// connection of their own, each in one snapshot. A read sees every change whose task has ended.
#include "store/clock_repair.h"
#include "store/key_rotation.h"
#include "store/transactions.h"
#include "store/writer.h"
#include "verifier/ports.h"

#include <memory>

namespace ssp {

struct OpenDatabase;

class SqliteStore final : public Store {
public:
    struct Settings {
        std::string path;
        MasterKey key;
        /// Reads the key that lies ready to take its place; nothing: there is none. At open, when the
        /// database asks for it, and in rotate_key().
        std::function<Result<std::optional<MasterKey>>()> next_key;
        GuessLimits guessing;
        SendLimits sending;
        Writer::Hooks hooks;
        std::optional<BootId> boot_id; ///< nothing: the kernel's
        std::size_t ballast_bytes = 0; ///< room kept for a full disk (ballast.h)
    };

    /// Opens what `ssp-mfa init` made; never creates. Migrates an older schema.
    /// Errors: configuration, with a sentence, for whatever is not exactly ours (database_file.h, schema.h,
    /// installation.h); store_tampered when the file is damaged or the end of the audit trail does not
    /// verify; store_unavailable when trying again later may help.
    static Result<std::unique_ptr<SqliteStore>> open(Settings settings, Clock& clock, Random& random);
    /// Runs queued jobs to their end. Tasks that still wait may be destroyed before or after.
    ~SqliteStore() override;

    /// To be watched by the loop, level-triggered; then run_completions() resumes tasks, on the loop thread.
    int completions_fd() const noexcept { return writer_->completions_fd(); }
    void run_completions();

    /// The last daemon did not close it: have check_integrity() run beside the service (inspection.h).
    bool stopped_uncleanly() const noexcept { return stopped_uncleanly_; }
    /// It did: until then this store does not end as cleanly closed either, so that no stop forgets the
    /// check.
    void note_sound() noexcept { stopped_uncleanly_ = false; }
    /// Ends when the writer thread has come by and could have written, or said why not: ssp-mfad's heartbeat
    /// asks, and a store on a disk that has room again finds that out here.
    Task<void> answer();
    /// Everything is refused until the daemon is started again.
    bool broken() const noexcept { return writer_->broken(); }
    /// Limits for what is asked from now on. On the loop, at a reload.
    void set_limits(GuessLimits guessing, SendLimits sending);

    /// When the oldest row of the audit trail was written; nothing: there is none. For retention.
    Task<std::optional<WallTime>> oldest_audit_row();
    /// AuditTrail::cut() as a job of its own, of at most `most` rows.
    Task<int> cut_audit_trail(WallTime before, int most);

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
    KeyRotation key_rotation() const override;
    Task<void> act(SubscriberId subscriber, DeskAct act, std::string reason, AuditEntry entry) override;
    Task<bool> reset_damaged(std::string name, std::string reason, AuditEntry entry) override;
    Task<ClockRepair> repair_clock(AuditEntry entry) override;
    Task<void> record(AuditEntry entry) override;
    Task<void> add_notice(SubscriberId subscriber, std::string sentence) override;
    Task<void> clear_notices(SubscriberId subscriber, AuditEntry entry) override;

private:
    SqliteStore(OpenDatabase opened, Settings settings, Clock& clock, Random& random);

    Task<void> end_rotation();
    template <class T, class Work> Task<T> write(Work work, Room room = Room::none);
    template <class Work> auto read(Work work) const -> decltype(work(std::declval<Tables&>()));
    transactions::Terms terms() const { return {moment(), guessing_, sending_}; }
    Result<void> check_clock() const { return ssp::check_clock(writer_->newest(), clock_.now()); }
    Moment moment() const { return {clock_.now(), clock_.boot_time(), boot_id_}; }

    Clock& clock_;
    Random& random_;
    GuessLimits guessing_;
    SendLimits sending_;
    BootId boot_id_;
    bool stopped_uncleanly_;
    std::function<Result<std::optional<MasterKey>>()> next_key_;
    bool key_is_credential_;
    std::unique_ptr<Tables> written_; ///< the writer thread's
    std::unique_ptr<Tables> read_;    ///< the loop's
    std::shared_ptr<KeyRotating> rotating_;
    std::unique_ptr<Writer> writer_;
    std::optional<RootTask<void>> ending_; ///< the last transaction of a rotation
};

} // namespace ssp
