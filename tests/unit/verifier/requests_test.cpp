#include "verifier/requests.h"

#include "store/memory_store.h"
#include "support/counting_random.h"
#include "support/manual_clock.h"
#include "verifier/look_up_secret.h"
#include "verifier/own_requests.h"
#include "verifier/request_words.h"

#include <deque>
#include <map>

#include "support/cmocka.h"

using namespace ssp;
using ssp::testing::CountingRandom;
using ssp::testing::ManualClock;

namespace {

using Words = std::vector<std::string>;

class Typist final : public Claimant {
public:
    Task<SecretString> ask(Prompt prompt) override
    {
        asked.push_back(std::move(prompt.text));
        if (answers.empty())
            return left();
        auto answer = SecretString(answers.front());
        answers.pop_front();
        return typed(std::move(answer));
    }
    void tell(std::string text) override { told += text + "\n"; }

    std::deque<std::string> answers;
    Words asked;
    std::string told;

private:
    static Task<SecretString> typed(SecretString answer) { co_return std::move(answer); }
    static Task<SecretString> left() { co_return Error{ErrorKind::claimant_left, "no answer is left"}; }
};

class NoDelivery final : public Delivery {
public:
    Task<NumberJudgement> judge_number(SecretString, Channel, std::string) override
    {
        co_return NumberJudgement{};
    }
    Task<DeliveryOutcome> deliver(OutboundMessage) override
    {
        ++messages;
        co_return DeliveryOutcome::configuration;
    }
    CallState call_state(const std::string&) const override { return CallState::unknown; }
    void release(const std::string&) noexcept override {}
    int messages = 0;
};

class KeptRows final : public Rows {
public:
    void add(Row row) override { rows.push_back(std::move(row)); }
    std::string value(const std::string& name) const
    {
        for (const auto& row : rows)
            for (const auto& [n, v] : row)
                if (n == name)
                    return v;
        return "(none)";
    }
    std::vector<Row> rows;
};

const Identity alice{1001, "alice"};
const Identity bob{1002, "bob"};
const Requester of_alice{Role::self, 1001};
const Requester of_bob{Role::self, 1002};
const Requester desk{Role::support, 1500};
const Requester root{Role::administrator, 0};

/// Alice has an app, a text number, recovery codes and two devices; Bob has nothing.
struct House {
    ManualClock clock;
    CountingRandom random;
    Policy policy;
    MemoryStore store{clock, random, policy.guessing, policy.sending};
    NoDelivery delivery;
    Ports ports{store, delivery, clock, random, policy};
    Typist typist;
    KeptRows rows;
    SubscriberId alice_id{};
    std::deque<std::string> recovery_codes;

    House()
    {
        alice_id = must(store.add_subscriber(alice));
        NewAuthenticator app;
        app.kind = AuthenticatorKind::authenticator_app;
        app.secret = SecretString("12345678901234567890");
        CHECK(must(store.bind(alice_id, std::move(app), 0, {})));
        auto secrets = new_look_up_secrets(random);
        for (const auto& secret : *secrets)
            recovery_codes.emplace_back(secret.reveal());
        CHECK(run_now(store.replace_look_up_secrets(alice_id, {std::move(*secrets), {}}, {})));
        trust("SSH key ending Qx7A", 1);
        trust("SSH key ending 9fBc", 2);
        CHECK(run_now(store.clear_notices(alice_id, {})));
    }
    template <class T> static T must(Task<T> task)
    {
        auto result = run_now(std::move(task));
        if (!result)
            throw ssp::testing::CheckFailed(result.error().detail);
        return std::move(*result);
    }
    void trust(std::string label, unsigned char key)
    {
        NewTrust trust;
        trust.device.fill(key);
        trust.label = std::move(label);
        trust.scope = "sshd";
        trust.expires_at = clock.now() + Seconds(30 * 86400);
        CHECK(run_now(store.grant_trust(alice_id, trust, {})));
    }
    Subscriber alice_now() { return std::move(*must(store.find_subscriber(alice))); }
    std::vector<Trust> live_devices()
    {
        std::vector<Trust> live;
        for (auto& trust : must(store.list_trust(alice_id)))
            if (trust.live)
                live.push_back(trust);
        return live;
    }
    std::string first_device() { return std::to_string(static_cast<std::int64_t>(live_devices()[0].id)); }
    Result<Verdict> ask(Requester requester, const Words& words)
    {
        typist.told.clear();
        typist.asked.clear();
        rows.rows.clear();
        return run_now(answer_request(ports, typist, rows, requester, words));
    }
    Verdict answer(Requester requester, const Words& words)
    {
        auto verdict = ask(requester, words);
        if (!verdict)
            throw ssp::testing::CheckFailed(verdict.error().detail);
        return *verdict;
    }
    std::string next_recovery_code()
    {
        auto code = recovery_codes.front();
        recovery_codes.pop_front();
        return code;
    }
    bool says(const std::string& part) const { return typist.told.find(part) != std::string::npos; }
    const AuditEntry& last_audit() const { return store.audit().back(); }
};

// Who may do what

struct Line {
    Words words;
    bool self = false;
    bool staff_of_the_desk = false;
};
const std::vector<Line> every_verb{
    {{"status"}, true, false},
    {{"devices"}, true, false},
    {{"devices", "revoke", "ID"}, true, false},
    {{"devices", "forget"}, true, false},
    {{"recovery-codes"}, true, false},
    {{"user", "show", "alice"}, false, true},
    {{"user", "unlock", "alice", "--reason=lost phone"}, false, true},
    {{"user", "lock", "alice", "--reason=lost phone"}, false, true},
    {{"user", "reset", "alice", "--reason=lost phone"}, false, true},
    {{"user", "forget", "alice", "--reason=lost phone"}, false, true},
};

void every_verb_is_answered_to_its_roles_and_to_no_other()
{
    for (const auto& [words, self, staff] : every_verb)
        for (const auto& [requester, permitted] :
             {std::pair(of_alice, self), std::pair(desk, staff), std::pair(root, staff)}) {
            House house;
            house.typist.answers = {house.next_recovery_code()};
            const auto before = house.store.audit().size();
            auto typed = words;
            if (typed.back() == "ID")
                typed.back() = house.first_device();
            const auto verdict = house.answer(requester, typed);
            const bool accepted = verdict == Verdict::accepted;
            if (accepted != permitted)
                throw ssp::testing::CheckFailed(typed[0] + " was answered wrongly to role " +
                                                std::to_string(static_cast<int>(requester.role)));
            if (!permitted) {
                CHECK(house.says("is not known here. Allowed: "));
                CHECK(house.store.audit().size() == before && house.typist.asked.empty() &&
                      house.rows.rows.empty());
            }
        }
}

void a_person_is_told_the_same_of_the_desks_verbs_whoever_they_name()
{
    House house;
    CHECK(house.answer(of_bob, {"user", "show", "alice"}) == Verdict::rejected);
    const auto about_alice = house.typist.told;
    CHECK(house.answer(of_bob, {"user", "show", "nobody-of-that-name"}) == Verdict::rejected);
    CHECK_TEXT(house.typist.told, about_alice);
}

void words_that_are_no_request_are_named_with_what_is_allowed()
{
    House house;
    for (const auto& words :
         {Words{"frobnicate"}, Words{}, Words{"status", "alice"}, Words{"devices", "revoke"},
          Words{"devices", "revoke", "1", "2"}, Words{"devices", "frobnicate"},
          Words{"devices", "forget", "me"}, Words{"--reason=x", "status"}, Words{""}}) {
        CHECK(house.answer(of_alice, words) == Verdict::rejected);
        CHECK(!house.typist.told.empty() && house.typist.asked.empty() && house.rows.rows.empty());
    }
    for (const auto* id : {"0", "-1", "x", "1x", "", "99999999999999999999", "+1", " 1"})
        CHECK(house.answer(of_alice, {"devices", "revoke", id}) == Verdict::rejected &&
              house.typist.asked.empty());
    house.answer(of_alice, {"frob\x1b[2J\"nicate\xff"});
    CHECK(house.says("\"frob?[2J?nicate?\" is not known here. Allowed: status, devices"));
    house.answer(of_alice, {std::string(4000, 'a')});
    CHECK(house.typist.told.size() < 200);
    for (const auto& words :
         {Words{}, Words{"user"}, Words{"user", "show"}, Words{"user", "show", ""},
          Words{"user", "show", "a", "b"}, Words{"user", "frobnicate", "alice"},
          Words{"user", "show", "alice", "--reason=x"}, Words{"user", "lock", "alice", "--why=x"}}) {
        CHECK(house.answer(desk, words) == Verdict::rejected);
        CHECK(!house.typist.told.empty() && house.rows.rows.empty());
    }
}

// A person's own

void status_shows_what_is_set_up_and_no_secret()
{
    House house;
    CHECK(house.answer(of_alice, {"status"}) == Verdict::accepted);
    CHECK(house.typist.asked.empty());
    CHECK(house.rows.rows.size() == 1);
    CHECK_TEXT(house.rows.value("name"), "alice");
    CHECK_TEXT(house.rows.value("uid"), "1001");
    CHECK_TEXT(house.rows.value("text_message"), "no");
    CHECK_TEXT(house.rows.value("authenticator_app"), "set up, since 2026-11-23");
    CHECK_TEXT(house.rows.value("recovery_codes_left"), "6");
    CHECK_TEXT(house.rows.value("remembered_devices"), "2");
    CHECK_TEXT(house.rows.value("locked"), "no");
    CHECK_TEXT(house.rows.value("wait_until"), "");
    CHECK_TEXT(house.rows.value("guess_points"), "(none)"); // for the desk
}

void a_number_is_shown_by_its_ending_only()
{
    Authenticator phone;
    phone.kind = AuthenticatorKind::text_message;
    phone.secret = SecretString("+12055550123");
    CHECK_TEXT(masked(phone), "number ending 23");
    phone.secret = SecretString("7");
    CHECK_TEXT(masked(phone), "number ending 7");
}

void everybody_sees_themselves_and_nobody_else()
{
    House house;
    CHECK(house.answer(of_bob, {"status"}) == Verdict::accepted);
    CHECK_TEXT(house.rows.value("uid"), "1002");
    CHECK_TEXT(house.rows.value("authenticator_app"), "no");
    CHECK(house.answer(of_bob, {"devices"}) == Verdict::accepted);
    CHECK(house.rows.rows.empty() && house.says("No device is remembered"));
    for (const auto& words :
         {Words{"recovery-codes"}, Words{"devices", "forget"}, Words{"devices", "revoke", "1"}}) {
        CHECK(house.answer(of_bob, words) == Verdict::rejected);
        CHECK(house.says("not set up a second factor") && house.typist.asked.empty());
    }
    CHECK(house.live_devices().size() == 2);
}

void devices_lists_the_live_ones_with_their_ends()
{
    House house;
    CHECK(house.answer(of_alice, {"devices"}) == Verdict::accepted);
    CHECK(house.rows.rows.size() == 2 && house.typist.asked.empty());
    const auto& row = house.rows.rows[0];
    const auto names = [&] {
        std::string all;
        for (const auto& [name, value] : row)
            all += name + " ";
        return all;
    }();
    CHECK_TEXT(names, "id device for since until last_used ");
    CHECK_TEXT(house.rows.value("since"), "2026-11-23T08:00:00Z");
    CHECK_TEXT(house.rows.value("until"), "2026-12-23T08:00:00Z");
    house.clock.advance(Seconds(31 * 86400));
    CHECK(house.answer(of_alice, {"devices"}) == Verdict::accepted);
    CHECK(house.rows.rows.empty());
}

void revoking_a_device_asks_for_a_factor_first()
{
    House house;
    const auto id = house.first_device();
    house.typist.answers = {house.next_recovery_code()};
    CHECK(house.answer(of_alice, {"devices", "revoke", id}) == Verdict::accepted);
    CHECK(house.typist.asked.size() == 1);
    CHECK(house.live_devices().size() == 1);
    CHECK_TEXT(house.last_audit().event, "device-revoked");
    CHECK_TEXT(house.last_audit().actor, "self");
    CHECK_TEXT(house.last_audit().person.name, "alice");

    house.typist.answers = {house.next_recovery_code()};
    CHECK(house.answer(of_alice, {"devices", "revoke", id}) == Verdict::rejected);
    CHECK(house.says("No remembered device of yours has that ID"));
}

void a_device_of_somebody_else_cannot_be_revoked()
{
    House house;
    const auto bob_id = House::must(house.store.add_subscriber(bob));
    NewTrust trust;
    trust.label = "SSH key ending Bobs";
    trust.scope = "sshd";
    trust.expires_at = house.clock.now() + Seconds(86400);
    CHECK(run_now(house.store.grant_trust(bob_id, trust, {})));
    const auto device = House::must(house.store.list_trust(bob_id))[0].id;
    house.typist.answers = {house.next_recovery_code()};
    CHECK(house.answer(of_alice, {"devices", "revoke", std::to_string(static_cast<std::int64_t>(device))}) ==
          Verdict::rejected);
    CHECK(House::must(house.store.list_trust(bob_id))[0].live);
}

void whoever_does_not_prove_a_factor_changes_nothing()
{
    for (const auto& words :
         {Words{"devices", "forget"}, Words{"recovery-codes"}, Words{"devices", "revoke", "ID"}})
        for (const auto& answers :
             {std::deque<std::string>{"000000", "000000", "000000"}, std::deque<std::string>{"", ""},
              std::deque<std::string>{"my password", "my password", "my password"}}) {
            House house;
            house.typist.answers = answers;
            auto typed = words;
            if (typed.back() == "ID")
                typed.back() = house.first_device();
            const auto verdict = house.ask(of_alice, typed);
            CHECK(!verdict || *verdict != Verdict::accepted);
            CHECK(!house.typist.asked.empty());
            CHECK(house.live_devices().size() == 2 && house.rows.rows.empty());
            CHECK(house.alice_now().look_up_secrets_left == 6);
            CHECK(house.delivery.messages == 0);
        }
}

void a_person_who_leaves_changes_nothing()
{
    House house;
    const auto verdict = house.ask(of_alice, {"devices", "forget"});
    CHECK(!verdict && verdict.error().kind == ErrorKind::claimant_left);
    CHECK(house.live_devices().size() == 2);
}

void forgetting_ends_every_device()
{
    House house;
    house.typist.answers = {house.next_recovery_code()};
    CHECK(house.answer(of_alice, {"devices", "forget"}) == Verdict::accepted);
    CHECK(house.live_devices().empty());
    CHECK_TEXT(house.last_audit().event, "devices-forgotten");
}

void new_recovery_codes_work_once_and_the_old_ones_no_longer()
{
    House house;
    house.typist.answers = {house.next_recovery_code()};
    CHECK(house.answer(of_alice, {"recovery-codes"}) == Verdict::accepted);
    CHECK(house.rows.rows.size() == look_up_secrets_issued);
    const auto code = house.rows.value("recovery_code");
    CHECK(code.size() == 15 && code[4] == '-' && code[9] == '-');
    CHECK(house.alice_now().notices.size() == 1);
    for (const auto& entry : house.store.audit())
        CHECK(entry.detail.find(code) == std::string::npos);

    house.typist.answers = {house.next_recovery_code(), code};
    CHECK(house.answer(of_alice, {"devices", "forget"}) == Verdict::accepted);
    CHECK(house.typist.asked.size() == 2); // the old one was refused
    house.typist.answers = {code};
    const auto again = house.ask(of_alice, {"devices", "forget"});
    CHECK(!again || *again != Verdict::accepted);
}

void own_requests_spend_a_small_slice_of_the_ledger_only()
{
    House house;
    int points = 0;
    for (int i = 0; i < 8; ++i) {
        house.typist.answers = {"000000", "000000", "000000", "000000"};
        const auto verdict = house.ask(of_alice, {"devices", "forget"});
        CHECK(!verdict || *verdict != Verdict::accepted);
        points = house.alice_now().guess_points;
        CHECK(points <= own_request_points);
        house.clock.advance(Seconds(7200)); // past every throttle
    }
    CHECK(points == 9);
    TryCost at_sign_in;
    at_sign_in.points = 3;
    CHECK(House::must(house.store.reserve_try(house.alice_id, at_sign_in)).answer == TryAnswer::granted);

    // Twelve points now: nothing is asked any more.
    CHECK(house.answer(of_alice, {"devices", "forget"}) == Verdict::locked);
    CHECK(house.typist.asked.empty() && house.says("Sign in once"));
}

void a_locked_person_changes_nothing_and_still_sees_the_status()
{
    House house;
    CHECK(house.answer(desk, {"user", "lock", "alice", "--reason=left the company"}) == Verdict::accepted);
    house.typist.answers = {house.next_recovery_code()};
    const auto verdict = house.ask(of_alice, {"recovery-codes"});
    CHECK(!verdict || *verdict != Verdict::accepted);
    CHECK(house.rows.rows.empty());
    CHECK(house.answer(of_alice, {"status"}) == Verdict::accepted);
    CHECK_TEXT(house.rows.value("locked"), "yes");
    CHECK_TEXT(house.rows.value("lock_reason"), "(none)"); // the desk's words are the desk's
}

// The desk

void each_act_of_the_desk_needs_a_reason_and_is_audited_with_who_did_it()
{
    const std::map<std::string, std::string> events{{"unlock", "user-unlocked"},
                                                    {"lock", "user-locked"},
                                                    {"reset", "user-reset"},
                                                    {"forget", "devices-forgotten"}};
    for (const auto& [act, event] : events)
        for (const auto& [requester, actor] :
             {std::pair(desk, "uid 1500 (support)"), std::pair(root, "root")}) {
            House house;
            const auto before = house.store.audit().size();
            for (const auto& bad :
                 {Words{"user", act, "alice"}, Words{"user", act, "alice", "--reason="},
                  Words{"user", act, "alice", "--reason=   "}, Words{"user", act, "alice", "--reason=a\nb"},
                  Words{"user", act, "alice", "--reason=" + std::string(201, 'x')},
                  Words{"user", act, "alice", "--reason=a", "--reason=b"}}) {
                CHECK(house.answer(requester, bad) == Verdict::rejected);
                CHECK(house.says("reason"));
            }
            CHECK(house.store.audit().size() == before);
            CHECK(house.answer(requester, {"user", act, "alice", "--reason=" + std::string(200, 'x')}) ==
                  Verdict::accepted);
            const auto& row = house.store.audit().at(before); // a reset is told to the owner after it
            CHECK_TEXT(row.event, event);
            CHECK_TEXT(row.actor, actor);
            CHECK_TEXT(row.person.name, "alice");
            CHECK_TEXT(row.detail, std::string(200, 'x'));
        }
}

void lock_and_unlock_are_seen_by_show()
{
    House house;
    CHECK(house.answer(desk, {"user", "lock", "alice", "--reason=left the company"}) == Verdict::accepted);
    CHECK(house.answer(desk, {"user", "show", "alice"}) == Verdict::accepted);
    CHECK_TEXT(house.rows.value("locked"), "yes");
    CHECK_TEXT(house.rows.value("lock_reason"), "left the company");
    CHECK_TEXT(house.rows.value("remembered_devices"), "0");
    CHECK_TEXT(house.rows.value("guess_points_allowed"), "900");
    CHECK_TEXT(house.last_audit().event, "user-shown");
    CHECK(house.answer(desk, {"user", "unlock", "alice", "--reason=came back"}) == Verdict::accepted);
    CHECK(!house.alice_now().locked_by_desk);
    CHECK(house.alice_now().notices.size() == 1);
}

void reset_makes_the_person_enrol_again()
{
    House house;
    CHECK(house.answer(root, {"user", "reset", "alice", "--reason=lost everything"}) == Verdict::accepted);
    const auto subscriber = House::must(house.store.find_subscriber(alice));
    CHECK(!subscriber || (subscriber->authenticators.empty() && subscriber->look_up_secrets_left == 0));
}

void forget_ends_the_devices_and_leaves_the_factors()
{
    House house;
    CHECK(house.answer(desk, {"user", "forget", "alice", "--reason=stolen laptop"}) == Verdict::accepted);
    CHECK(house.live_devices().empty());
    CHECK(house.alice_now().authenticators.size() == 1);
}

void a_name_that_nobody_has_is_said_to_the_desk()
{
    House house;
    const auto before = house.store.audit().size();
    for (const auto& name :
         {std::string("mallory"), std::string("ALICE"), std::string(300, 'a'), std::string("\x1b[2J")}) {
        CHECK(house.answer(desk, {"user", "lock", name, "--reason=x"}) == Verdict::rejected);
        CHECK(house.says("Nobody called ") && house.typist.told.find('\x1b') == std::string::npos);
    }
    CHECK(house.store.audit().size() == before);
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(every_verb_is_answered_to_its_roles_and_to_no_other),
        SENTENCE(a_person_is_told_the_same_of_the_desks_verbs_whoever_they_name),
        SENTENCE(words_that_are_no_request_are_named_with_what_is_allowed),
        SENTENCE(status_shows_what_is_set_up_and_no_secret),
        SENTENCE(a_number_is_shown_by_its_ending_only),
        SENTENCE(everybody_sees_themselves_and_nobody_else),
        SENTENCE(devices_lists_the_live_ones_with_their_ends),
        SENTENCE(revoking_a_device_asks_for_a_factor_first),
        SENTENCE(a_device_of_somebody_else_cannot_be_revoked),
        SENTENCE(whoever_does_not_prove_a_factor_changes_nothing),
        SENTENCE(a_person_who_leaves_changes_nothing),
        SENTENCE(forgetting_ends_every_device),
        SENTENCE(new_recovery_codes_work_once_and_the_old_ones_no_longer),
        SENTENCE(own_requests_spend_a_small_slice_of_the_ledger_only),
        SENTENCE(a_locked_person_changes_nothing_and_still_sees_the_status),
        SENTENCE(each_act_of_the_desk_needs_a_reason_and_is_audited_with_who_did_it),
        SENTENCE(lock_and_unlock_are_seen_by_show),
        SENTENCE(reset_makes_the_person_enrol_again),
        SENTENCE(forget_ends_the_devices_and_leaves_the_factors),
        SENTENCE(a_name_that_nobody_has_is_said_to_the_desk),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
