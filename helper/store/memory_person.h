#pragma once
#include "store/memory_store.h"
#include "store/spent_steps.h"

namespace ssp {

/// One person of a MemoryStore, for its implementation alone.
struct MemoryStore::Person {
    SubscriberId id{};
    std::string name;
    std::optional<std::uint32_t> uid;
    Standing standing;
    std::vector<Authenticator> authenticators;
    std::map<Digest, bool> look_up_secrets; ///< true: spent
    std::vector<ChallengeRecord> challenges;
    std::vector<TrustRecord> trust;
    std::vector<std::string> notices;
    std::map<AuthenticatorId, std::vector<StepRange>> spent_later;

    SpentSteps spent_steps(const Authenticator& app) const
    {
        const auto later = spent_later.find(app.id);
        return {app.last_step, later == spent_later.end() ? std::vector<StepRange>() : later->second};
    }
};

} // namespace ssp
