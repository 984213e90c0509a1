#include "verifier/remembering.h"

#include "verifier/answers.h"
#include "verifier/device.h"
#include "verifier/prompts.h"

namespace ssp {

bool is_within_policy(const Trust& trust, const Policy& policy, WallTime now) noexcept
{
    const bool too_old = now >= trust.granted_at + std::chrono::days(policy.trust_days);
    const bool idle = policy.trust_max_idle > Seconds(0) && now >= trust.last_used_at + policy.trust_max_idle;
    return !too_old && !idle;
}

Task<bool> let_trusted_device_in(Attempt& attempt, SubscriberId subscriber)
{
    const auto& [store, delivery, clock, random, policy] = attempt.ports;
    const auto device = device_of(attempt.facts, policy);
    if (!device)
        co_return false;
    const auto scope = scope_of(attempt.facts, policy);
    const auto trust = co_await store.find_trust(subscriber, device->fingerprint, scope);
    if (!trust || !trust->live || !is_within_policy(*trust, policy, clock.now()))
        co_return false;
    auto entry = attempt.entry("sign-in-accepted");
    entry.method = "trusted-device";
    entry.detail = trust->label;
    const Proof proof = TrustProof{trust->id};
    co_return co_await store.accept(subscriber, proof, 0, std::move(entry));
}

Task<void> ask_to_remember(Attempt& attempt, SubscriberId subscriber)
{
    const auto& [store, delivery, clock, random, policy] = attempt.ports;
    if (policy.trust_days <= 0)
        co_return;
    const auto device = device_of(attempt.facts, policy);
    if (!device) {
        attempt.claimant.tell(why_not_bindable(attempt.facts, policy));
        co_return;
    }
    NewTrust trust;
    trust.device = device->fingerprint;
    trust.label = device->label;
    trust.scope = scope_of(attempt.facts, policy);
    trust.max_devices = policy.max_trusted_devices;
    trust.epoch = attempt.epoch;
    bool wanted = false;
    while (!attempt.over() && !wanted) {
        const auto until = clock.now() + std::chrono::days(policy.trust_days);
        const auto typed =
            co_await attempt.ask(prompts::ask_to_remember(device->label, policy.trust_days, until));
        if (!typed || is_word(*typed, "n") || is_word(*typed, "no"))
            co_return;
        wanted = is_word(*typed, "y") || is_word(*typed, "yes");
        if (!wanted)
            attempt.puzzled_by_answer(prompts::yes_or_no());
    }
    if (!wanted)
        co_return;
    trust.expires_at = clock.now() + std::chrono::days(policy.trust_days);
    auto entry = attempt.entry("trust-granted");
    entry.detail = device->label + ", reference " + attempt.reference;
    co_await store.grant_trust(subscriber, std::move(trust), std::move(entry));
}

} // namespace ssp
