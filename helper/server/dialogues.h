#pragma once
#include "config/config.h"
#include "protocol/message.h"
#include "verifier/ports.h"
#include "verifier/requests.h"
#include "verifier/sign_in.h"
#include "verifier/telling.h"

#include <memory>
#include <string>
#include <vector>

namespace ssp {

/// What conversations are about. A connection holds the one that was current when it came, so that a reload
/// or a lost store changes nothing for a dialogue that runs. Implementations: VerifierDialogues;
/// ClosedDialogues when there is no store.
class Dialogues {
public:
    virtual ~Dialogues() = default;
    /// The dialogue that one `begin` starts. `claimant` outlives the task.
    virtual Task<Verdict> begin(protocol::Phase phase, Claimant& claimant, SignInFacts facts) = 0;
    /// The dialogue that one `request` starts.
    virtual Task<Verdict> request(Claimant& claimant, Rows& rows, Requester requester,
                                  std::vector<std::string> words) = 0;
    /// The task that tells one notice (verifier/telling.h).
    virtual Task<DeliveryOutcome> tell_owner(Telling telling) = 0;
    virtual Task<DeliveryOutcome> tell_administrator(AdministratorsNews news) = 0;
    /// The deadlines of its dialogues.
    virtual const Policy& policy() const noexcept = 0;
};

/// The verifier, with one reading of the configuration.
class VerifierDialogues final : public Dialogues {
public:
    /// The references outlive this object.
    VerifierDialogues(std::shared_ptr<Store> store, Delivery& delivery, Clock& clock, Random& random,
                      Connections& connections, HelperConfig config);
    VerifierDialogues(const VerifierDialogues&) = delete;
    VerifierDialogues& operator=(const VerifierDialogues&) = delete;

    Task<Verdict> begin(protocol::Phase phase, Claimant& claimant, SignInFacts facts) override;
    Task<Verdict> request(Claimant& claimant, Rows& rows, Requester requester,
                          std::vector<std::string> words) override;
    Task<DeliveryOutcome> tell_owner(Telling telling) override;
    Task<DeliveryOutcome> tell_administrator(AdministratorsNews news) override;
    const Policy& policy() const noexcept override { return config_.policy; }

private:
    std::shared_ptr<Store> store_;
    Connections& connections_;
    HelperConfig config_;
    Ports ports_; ///< refers to config_: not copied, not moved
};

/// Refuses everybody at once with "unavailable", so that nobody waits for a helper that cannot decide.
class ClosedDialogues final : public Dialogues {
public:
    /// `why`: for the log, on each conversation.
    explicit ClosedDialogues(std::string why) : why_(std::move(why)) {}

    Task<Verdict> begin(protocol::Phase phase, Claimant& claimant, SignInFacts facts) override;
    Task<Verdict> request(Claimant& claimant, Rows& rows, Requester requester,
                          std::vector<std::string> words) override;
    Task<DeliveryOutcome> tell_owner(Telling telling) override;
    Task<DeliveryOutcome> tell_administrator(AdministratorsNews news) override;
    const Policy& policy() const noexcept override { return policy_; }

private:
    std::string why_;
    Policy policy_;
};

} // namespace ssp
