// What the module asks outside of authenticate: at the start of a session and after a password change.
#include "verifier/device.h"
#include "verifier/remembering.h"
#include "verifier/sign_in.h"

namespace ssp {

namespace {

AuditEntry entry_for(const SignInFacts& facts, std::string event)
{
    AuditEntry entry;
    entry.event = std::move(event);
    entry.person = facts.person;
    entry.service = facts.service;
    entry.source = facts.source;
    return entry;
}

/// Only a key that sshd verified in this connection: whatever else may be a device stays out here.
std::optional<Device> proven_key_of(const SignInFacts& facts, const Policy& policy)
{
    Policy keys_only = policy;
    keys_only.trust_hostbased = false;
    keys_only.trust_console = false;
    keys_only.trust_networks.clear();
    return device_of(facts, keys_only);
}

Task<Verdict> refuse_session(Store& store, AuditEntry entry, std::string why)
{
    entry.event = "session-refused";
    entry.detail = std::move(why);
    co_await store.record(entry);
    co_return Verdict::rejected;
}

std::string who_changed_it(const SignInFacts& facts)
{
    if (facts.caller_uid == facts.person.uid)
        return "self";
    return facts.caller_uid == 0 ? "root" : "uid " + std::to_string(facts.caller_uid);
}

} // namespace

Task<Verdict> admit_session(Ports ports, SignInFacts facts)
{
    auto entry = entry_for(facts, "session-admitted");
    entry.actor = "self";
    entry.method = "trusted-device";

    const auto key = proven_key_of(facts, ports.policy);
    if (!key)
        co_return co_await refuse_session(ports.store, entry, "no SSH key proven in this connection");
    const auto subscriber = co_await ports.store.find_subscriber(facts.person);
    if (!subscriber)
        co_return co_await refuse_session(ports.store, entry, "not enrolled");
    if (subscriber->locked_by_desk)
        co_return co_await refuse_session(ports.store, entry, "locked by the support desk");

    entry.detail = key->label;
    const auto scope = scope_of(facts, ports.policy);
    const auto trust = co_await ports.store.find_trust(subscriber->id, key->fingerprint, scope);
    if (!trust || !trust->live || !is_within_policy(*trust, ports.policy, ports.clock.now()))
        co_return co_await refuse_session(ports.store, entry, key->label + " is not a trusted device");
    const Proof proof = TrustProof{trust->id};
    const bool accepted = co_await ports.store.accept(subscriber->id, proof, 0, entry);
    if (!accepted)
        co_return co_await refuse_session(ports.store, entry, key->label + " is no longer trusted");
    co_return Verdict::accepted;
}

Task<Verdict> note_password_change(Ports ports, SignInFacts facts)
{
    const auto subscriber = co_await ports.store.find_subscriber(facts.person);
    if (!subscriber) // nothing of theirs that could end
        co_return Verdict::accepted;
    auto entry = entry_for(facts, "password-changed");
    entry.actor = who_changed_it(facts);
    entry.detail = "ended all trust";
    co_await ports.store.end_all_trust(subscriber->id, entry);
    co_return Verdict::accepted;
}

} // namespace ssp
