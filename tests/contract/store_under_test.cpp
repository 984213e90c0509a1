#include "contract/store_under_test.h"

namespace ssp::testing {

AuditEntry entry(std::string event)
{
    AuditEntry entry;
    entry.event = std::move(event);
    entry.person = alice;
    entry.actor = "self";
    return entry;
}

TryCost costs(int points)
{
    TryCost cost;
    cost.points = points;
    return cost;
}

TryCost costs(int points, const ChallengeId& challenge)
{
    auto cost = costs(points);
    cost.challenge = challenge;
    cost.phone = true;
    return cost;
}

ChallengeId challenge_id(unsigned char number)
{
    ChallengeId id{};
    id.fill(number);
    return id;
}

NewChallenge text_challenge(unsigned char number, const StoreUnderTest& store)
{
    NewChallenge challenge;
    challenge.id = challenge_id(number);
    challenge.kind = AuthenticatorKind::text_message;
    challenge.service = "sshd";
    challenge.code = SecretString("123456");
    challenge.max_tries = 3;
    challenge.expires_at = store.clock.now() + Seconds(300);
    challenge.expires_at_boot = store.clock.boot_time() + Seconds(300);
    return challenge;
}

SendRequest message_to(std::string_view number)
{
    SendRequest request;
    request.number = SecretString(number);
    request.source = "192.0.2.7";
    request.region = "US";
    request.foreign = false;
    return request;
}

NewAuthenticator app(std::int64_t last_step)
{
    NewAuthenticator authenticator;
    authenticator.kind = AuthenticatorKind::authenticator_app;
    authenticator.secret = SecretString("twenty bytes of key!");
    authenticator.last_step = last_step;
    return authenticator;
}

NewAuthenticator phone(std::string number)
{
    NewAuthenticator authenticator;
    authenticator.kind = AuthenticatorKind::text_message;
    authenticator.secret = SecretString(number);
    return authenticator;
}

Digest device(unsigned char number)
{
    Digest digest{};
    digest.fill(number);
    return digest;
}

NewTrust trust(unsigned char device_number, const StoreUnderTest& store, std::string scope)
{
    NewTrust trust;
    trust.device = device(device_number);
    trust.label = "SSH key ending " + std::to_string(device_number);
    trust.scope = std::move(scope);
    trust.expires_at = store.clock.now() + std::chrono::days(30);
    return trust;
}

Enrolled enrol(StoreUnderTest& store, const Identity& identity)
{
    Enrolled enrolled;
    enrolled.id = store.get(store->add_subscriber(identity));
    store.get(store->bind(enrolled.id, app(), 0, entry("authenticator-bound")));
    enrolled.app = read(store, identity).authenticators.at(0).id;
    return enrolled;
}

Subscriber read(StoreUnderTest& store, const Identity& identity)
{
    auto found = store.get(store->find_subscriber(identity));
    if (!found)
        throw std::runtime_error("not found: " + identity.name);
    return std::move(*found);
}

} // namespace ssp::testing
