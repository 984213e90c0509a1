#include "verifier/sign_in.h"

#include "ssh_keys.h"
#include "store/memory_store.h"
#include "support/counting_random.h"
#include "support/manual_clock.h"
#include "verifier/device.h"

#include "support/cmocka.h"

using namespace ssp;
using ssp::testing::CountingRandom;
using ssp::testing::ManualClock;
using ssp::testing::ssh_keys;

namespace {

class NoDelivery final : public Delivery {
public:
    Task<NumberJudgement> judge_number(SecretString, Channel, std::string) override
    {
        co_return NumberJudgement{};
    }
    Task<DeliveryOutcome> deliver(OutboundMessage) override { co_return DeliveryOutcome::configuration; }
    CallState call_state(const std::string&) const override { return CallState::unknown; }
    void release(const std::string&) noexcept override {}
};

const std::string key_of_alice(ssh_keys[0].plain);
const std::string another_key(ssh_keys[1].plain);

SignInFacts session(std::string auth_info, Identity person = {1001, "alice"})
{
    SignInFacts facts;
    facts.person = std::move(person);
    facts.service = "sshd";
    facts.source = "192.0.2.7";
    facts.auth_info = std::move(auth_info);
    return facts;
}

/// Alice's first key is trusted at sshd for 30 days.
struct House {
    ManualClock clock;
    CountingRandom random;
    Policy policy;
    MemoryStore store{clock, random, policy.guessing, policy.sending};
    NoDelivery delivery;
    Ports ports{store, delivery, clock, random, policy};
    SubscriberId alice{};

    House()
    {
        alice = *run_now(store.add_subscriber({1001, "alice"}));
        trust(session(key_of_alice), "sshd");
    }
    void trust(const SignInFacts& facts, std::string scope)
    {
        const auto device = device_of(facts, policy);
        CHECK(device.has_value());
        NewTrust trust;
        trust.device = device->fingerprint;
        trust.label = device->label;
        trust.scope = std::move(scope);
        trust.expires_at = clock.now() + Seconds(30 * 86400);
        CHECK(run_now(store.grant_trust(alice, trust, {})));
    }
    Verdict admit(const SignInFacts& facts)
    {
        const auto verdict = run_now(admit_session(ports, facts));
        if (!verdict)
            throw ssp::testing::CheckFailed(verdict.error().detail);
        return *verdict;
    }
    std::string last_event() { return store.audit().empty() ? "" : store.audit().back().event; }
};

void a_session_with_a_trusted_key_is_admitted_and_audited()
{
    House house;
    CHECK(house.admit(session(key_of_alice)) == Verdict::accepted);
    const auto& entry = house.store.audit().back();
    CHECK_TEXT(entry.event, "session-admitted");
    CHECK_TEXT(entry.method, "trusted-device");
    CHECK_TEXT(entry.source, "192.0.2.7");
    CHECK_TEXT(entry.actor, "self");
    CHECK(entry.detail.starts_with("SSH key ending "));
}

void a_certificate_of_the_trusted_key_is_admitted()
{
    House house;
    CHECK(house.admit(session(std::string(ssh_keys[0].first_certificate))) == Verdict::accepted);
    CHECK(house.admit(session(std::string(ssh_keys[0].second_certificate))) == Verdict::accepted);
}

void anything_but_the_trusted_key_is_refused_and_audited()
{
    for (const auto& info : {another_key, key_of_alice + another_key, std::string(),
                             std::string("password\n"), std::string("publickey junk\n")}) {
        House house;
        CHECK(house.admit(session(info)) == Verdict::rejected);
        CHECK_TEXT(house.last_event(), "session-refused");
    }
    House house;
    auto without_the_variable = session("");
    without_the_variable.auth_info.reset();
    CHECK(house.admit(without_the_variable) == Verdict::rejected);
}

void another_person_with_the_same_key_is_refused()
{
    House house;
    CHECK(house.admit(session(key_of_alice, {1002, "bob"})) == Verdict::rejected);
    CHECK(run_now(house.store.add_subscriber({1002, "bob"})));
    CHECK(house.admit(session(key_of_alice, {1002, "bob"})) == Verdict::rejected);
}

void a_reused_name_or_uid_is_an_error_and_no_admission()
{
    House house;
    for (const auto& person : {Identity{1001, "carol"}, Identity{1003, "alice"}}) {
        const auto verdict = run_now(admit_session(house.ports, session(key_of_alice, person)));
        CHECK(!verdict && verdict.error().kind == ErrorKind::identity_changed);
    }
}

void trust_that_has_ended_admits_nobody()
{
    House expired;
    expired.clock.advance(Seconds(30 * 86400));
    CHECK(expired.admit(session(key_of_alice)) == Verdict::rejected);

    House revoked;
    CHECK(run_now(revoked.store.end_all_trust(revoked.alice, {})));
    CHECK(revoked.admit(session(key_of_alice)) == Verdict::rejected);
}

void trust_for_another_scope_admits_nobody()
{
    House house;
    CHECK(run_now(house.store.end_all_trust(house.alice, {})));
    house.trust(session(key_of_alice), "sudo");
    CHECK(house.admit(session(key_of_alice)) == Verdict::rejected);
    auto at_sudo = session(key_of_alice);
    at_sudo.service = "sudo";
    CHECK(house.admit(at_sudo) == Verdict::rejected);
}

void only_a_key_counts_however_many_other_devices_are_trusted()
{
    House house;
    house.policy.trust_networks = {"192.0.2.0/24"};
    house.policy.trust_hostbased = true;
    house.trust(session(""), "sshd");
    CHECK(house.admit(session("")) == Verdict::rejected);
    auto hostbased = key_of_alice;
    hostbased.replace(0, hostbased.find(' '), "hostbased");
    house.trust(session(hostbased), "sshd");
    CHECK(house.admit(session(hostbased)) == Verdict::rejected);
    CHECK(house.admit(session(key_of_alice)) == Verdict::accepted);
}

void a_person_locked_by_the_desk_is_refused()
{
    House house;
    CHECK(run_now(house.store.act(house.alice, DeskAct::lock, "left", {})));
    CHECK(house.admit(session(key_of_alice)) == Verdict::rejected);
    CHECK_TEXT(house.store.audit().back().detail, "locked by the support desk");
}

void a_password_change_ends_all_trust()
{
    House house;
    auto facts = session("");
    facts.service = "passwd";
    facts.caller_uid = 1001;
    CHECK(*run_now(note_password_change(house.ports, facts)) == Verdict::accepted);
    CHECK_TEXT(house.last_event(), "password-changed");
    CHECK_TEXT(house.store.audit().back().actor, "self");
    CHECK(house.admit(session(key_of_alice)) == Verdict::rejected);
}

void whoever_changed_the_password_is_in_the_audit_trail()
{
    for (const auto& [caller, actor] :
         {std::pair(1001U, "self"), std::pair(0U, "root"), std::pair(1500U, "uid 1500")}) {
        House house;
        auto facts = session("");
        facts.caller_uid = caller;
        CHECK(run_now(note_password_change(house.ports, facts)));
        CHECK_TEXT(house.store.audit().back().actor, actor);
    }
}

void a_password_change_of_somebody_unknown_is_fine()
{
    House house;
    const auto before = house.store.audit().size();
    CHECK(*run_now(note_password_change(house.ports, session("", {1002, "bob"}))) == Verdict::accepted);
    CHECK(house.store.audit().size() == before);
    const auto changed = run_now(note_password_change(house.ports, session("", {1009, "alice"})));
    CHECK(!changed && changed.error().kind == ErrorKind::identity_changed);
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(a_session_with_a_trusted_key_is_admitted_and_audited),
        SENTENCE(a_certificate_of_the_trusted_key_is_admitted),
        SENTENCE(anything_but_the_trusted_key_is_refused_and_audited),
        SENTENCE(another_person_with_the_same_key_is_refused),
        SENTENCE(a_reused_name_or_uid_is_an_error_and_no_admission),
        SENTENCE(trust_that_has_ended_admits_nobody),
        SENTENCE(trust_for_another_scope_admits_nobody),
        SENTENCE(only_a_key_counts_however_many_other_devices_are_trusted),
        SENTENCE(a_person_locked_by_the_desk_is_refused),
        SENTENCE(a_password_change_ends_all_trust),
        SENTENCE(whoever_changed_the_password_is_in_the_audit_trail),
        SENTENCE(a_password_change_of_somebody_unknown_is_fine),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
