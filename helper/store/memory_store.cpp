#include "store/clock_repair.h"
#include "store/memory_person.h"
#include "verifier/totp.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace ssp {

MemoryStore::MemoryStore(Clock& clock, Random& random, GuessLimits guess_limits, SendLimits send_limits)
    : clock_(clock), guess_limits_(guess_limits), send_limits_(send_limits)
{
    if (!random.fill(key_))
        std::abort();
}

MemoryStore::~MemoryStore() = default;

void MemoryStore::set_limits(GuessLimits guess_limits, SendLimits send_limits)
{
    guess_limits_ = guess_limits;
    send_limits_ = send_limits;
}

Task<MemoryStore::Person*> MemoryStore::known(SubscriberId subscriber)
{
    const auto found = people_.find(subscriber);
    if (found == people_.end())
        co_return Error{ErrorKind::internal, "no such subscriber"};
    co_return found->second.get();
}

Result<MemoryStore::Person*> MemoryStore::find(const Identity& identity)
{
    Person* by_name = nullptr;
    for (auto& [id, person] : people_) {
        if (person->uid == identity.uid && person->name != identity.name)
            return Error{ErrorKind::identity_changed, "the uid is known with another name"};
        if (person->name == identity.name)
            by_name = person.get();
    }
    if (by_name != nullptr && by_name->uid && by_name->uid != identity.uid)
        return Error{ErrorKind::identity_changed, "the name is known with another uid"};
    return by_name;
}

std::optional<Subscriber> MemoryStore::read(const Person* person) const
{
    if (person == nullptr)
        return std::nullopt;
    Subscriber out;
    out.id = person->id;
    out.identity = {person->uid.value_or(no_uid), person->name};
    for (const auto& a : person->authenticators)
        out.authenticators.push_back({a.id, a.kind, a.secret.clone(), a.bound_at, a.last_step, a.failures});
    out.look_up_secrets_left = static_cast<int>(std::count_if(
        person->look_up_secrets.begin(), person->look_up_secrets.end(), [](auto& s) { return !s.second; }));
    describe(out, person->standing, everybody_, clock_.now(), guess_limits_);
    out.notices = person->notices;
    return out;
}

Task<std::optional<Subscriber>> MemoryStore::find_subscriber(Identity identity)
{
    if (auto right = check_clock(newest_, clock_.now()); !right)
        co_return right.error();
    const auto person = find(identity);
    if (!person)
        co_return person.error();
    auto out = read(*person);
    if (out)
        out->identity.uid = identity.uid;
    co_return out;
}

Task<std::optional<Subscriber>> MemoryStore::find_subscriber_by_name(std::string name)
{
    for (auto& [id, person] : people_)
        if (person->name == name)
            co_return read(person.get());
    co_return std::nullopt;
}

Task<std::optional<Subscriber>> MemoryStore::find_subscriber_by_uid(std::uint32_t uid)
{
    for (auto& [id, person] : people_)
        if (person->uid == uid)
            co_return read(person.get());
    co_return std::nullopt;
}

Task<SubscriberId> MemoryStore::add_subscriber(Identity identity)
{
    const auto found = find(identity);
    if (!found)
        co_return found.error();
    if (*found != nullptr) {
        (*found)->uid = identity.uid;
        co_return (*found)->id;
    }
    auto person = std::make_unique<Person>();
    const auto id = SubscriberId{++last_id_};
    person->id = id;
    person->name = identity.name;
    person->uid = identity.uid;
    people_.emplace(id, std::move(person));
    co_return id;
}

ChallengeRecord* MemoryStore::live_challenge(Person& person, const ChallengeId& challenge)
{
    for (auto& record : person.challenges)
        if (record.id == challenge && is_live(record, moment()))
            return &record;
    return nullptr;
}

Task<TryReservation> MemoryStore::reserve_try(SubscriberId subscriber, TryCost cost)
{
    Person* person = co_await known(subscriber);
    auto standing = person->standing;
    auto everybody = everybody_;
    const auto guessed_at = std::ranges::find(person->authenticators, cost.authenticator,
                                              [](const auto& one) { return std::optional(one.id); });
    const bool is_known = guessed_at != person->authenticators.end();
    int failures = is_known ? guessed_at->failures : 0;
    const auto reservation = charge(standing, everybody, failures, cost, clock_.now(), guess_limits_);
    const Identity identity{person->uid.value_or(no_uid), person->name};
    if (reservation.answer == TryAnswer::granted) {
        if (cost.challenge) {
            auto* challenge = live_challenge(*person, *cost.challenge);
            if (challenge == nullptr || challenge->tries >= challenge->max_tries)
                co_return TryReservation{TryAnswer::challenge_over};
            challenge->tries += 1;
        }
        person->standing = std::move(standing);
        if (is_known)
            guessed_at->failures = failures;
    }
    for (auto& due : alarms(everybody, reservation.answer, identity, clock_.now(), guess_limits_))
        append(std::move(due));
    everybody_ = std::move(everybody);
    co_return reservation;
}

Digest MemoryStore::mac(std::span<const unsigned char> id, const SecretString& secret) const
{
    auto bytes = SecretString::zeros(id.size() + secret.size());
    std::ranges::copy(id, bytes.data());
    if (!secret.empty())
        std::memcpy(bytes.data() + id.size(), secret.reveal().data(), secret.size());
    Digest out{};
    if (HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()), bytes.bytes().data(), bytes.size(),
             out.data(), nullptr) == nullptr)
        std::abort();
    return out;
}

Task<bool> MemoryStore::matches(SubscriberId subscriber, ChallengeId challenge, SecretString code)
{
    Person* person = co_await known(subscriber);
    const auto* record = live_challenge(*person, challenge);
    if (record == nullptr)
        co_return false;
    const auto typed = mac(challenge, code);
    co_return CRYPTO_memcmp(typed.data(), record->code_mac.data(), typed.size()) == 0;
}

bool MemoryStore::spend(Person& person, const Proof& proof)
{
    if (const auto* step = std::get_if<StepProof>(&proof)) {
        for (auto& authenticator : person.authenticators)
            if (authenticator.id == step->authenticator &&
                authenticator.kind == AuthenticatorKind::authenticator_app &&
                !person.spent_steps(authenticator).covers(step->step)) {
                authenticator.last_step = step->step;
                authenticator.failures = 0;
                return true;
            }
        return false;
    }
    if (const auto* spent = std::get_if<ChallengeProof>(&proof)) {
        auto* challenge = live_challenge(person, spent->challenge);
        if (challenge == nullptr)
            return false;
        challenge->open = false;
        came_back(person, *challenge);
        return true;
    }
    if (const auto* secret = std::get_if<LookUpSecretProof>(&proof)) {
        const auto found = person.look_up_secrets.find(secret->digest);
        return found != person.look_up_secrets.end() && !std::exchange(found->second, true);
    }
    for (auto& trust : person.trust)
        if (trust.id == std::get<TrustProof>(proof).trust && is_live(trust, person.standing, moment())) {
            trust.last_used_at = clock_.now();
            return true;
        }
    return false;
}

Task<bool> MemoryStore::accept(SubscriberId subscriber, Proof proof, int refund_points, AuditEntry entry)
{
    if (auto right = check_clock(newest_, clock_.now()); !right)
        co_return right.error();
    Person* person = co_await known(subscriber);
    if (person->standing.locked_by_desk || !spend(*person, proof))
        co_return false;
    if (!std::holds_alternative<TrustProof>(proof))
        succeed(person->standing, everybody_, refund_points, clock_.now());
    append(std::move(entry));
    co_return true;
}

Task<SendReservation> MemoryStore::reserve_send(SubscriberId subscriber, SendRequest request,
                                                AuditEntry entry)
{
    Person* person = co_await known(subscriber);
    auto standing = person->standing;
    const auto now = clock_.now();
    auto reservation = reserve_sending(standing, everybody_, request, now, guess_limits_, send_limits_);
    if (reservation.answer == SendAnswer::granted) {
        reservation = sent_.reserve(mac({}, request.number), request, now, send_limits_);
        if (reservation.answer == SendAnswer::granted)
            person->standing = std::move(standing);
    }
    for (auto& row : rows_of(reservation, request, entry))
        append(std::move(row));
    co_return reservation;
}

void MemoryStore::came_back(Person& person, const ChallengeRecord& challenge)
{
    refund_sending(person.standing, channel_of(challenge.kind));
    sent_.note(challenge, note_typed_back);
    for (auto& authenticator : person.authenticators)
        if (authenticator.kind == challenge.kind)
            authenticator.failures = 0;
}

Task<void> MemoryStore::open_challenge(SubscriberId subscriber, NewChallenge challenge)
{
    Person* person = co_await known(subscriber);
    std::erase_if(person->challenges, [this, &challenge](const ChallengeRecord& old) {
        return (old.service == challenge.service && old.open) || old.expiry.wall <= clock_.now();
    });
    ChallengeRecord record;
    record.id = challenge.id;
    record.kind = challenge.kind;
    record.service = challenge.service;
    record.code_mac = mac(challenge.id, challenge.code);
    record.max_tries = challenge.max_tries;
    record.expiry = {challenge.expires_at, challenge.expires_at_boot, {}};
    record.send = challenge.send;
    person->challenges.push_back(std::move(record));
}

Task<void> MemoryStore::void_challenge(SubscriberId subscriber, ChallengeId challenge, bool never_sent)
{
    Person* person = co_await known(subscriber);
    const auto* live = never_sent ? live_challenge(*person, challenge) : nullptr;
    if (live != nullptr) {
        sent_.note(*live, note_never_sent);
        forgive_the_wait(person->standing, channel_of(live->kind), send_limits_.between);
    }
    std::erase_if(person->challenges,
                  [&challenge](const auto& old) { return old.id == challenge && old.open; });
}

Task<bool> MemoryStore::bind(SubscriberId subscriber, NewAuthenticator authenticator, int refund_points,
                             AuditEntry entry)
{
    if (auto right = check_clock(newest_, clock_.now()); !right)
        co_return right.error();
    Person* person = co_await known(subscriber);
    if (person->standing.locked_by_desk || is_over(authenticator.epoch, person->standing) ||
        (authenticator.only_as_first && !person->authenticators.empty()))
        co_return false;
    if (authenticator.proven_by) {
        auto* challenge = live_challenge(*person, *authenticator.proven_by);
        if (challenge == nullptr || challenge->kind != authenticator.kind)
            co_return false;
        challenge->open = false;
        came_back(*person, *challenge);
    }
    auto tidings = tidings_of_binding(person->authenticators, authenticator.kind);
    const auto replaced = std::erase_if(person->authenticators,
                                        [&](const auto& old) { return old.kind == authenticator.kind; });
    if (replaced > 0) {
        ssp::end_all_trust(person->standing);
        person->challenges.clear();
    }
    person->authenticators.push_back({AuthenticatorId{++last_id_}, authenticator.kind,
                                      std::move(authenticator.secret), clock_.now(),
                                      authenticator.last_step});
    succeed(person->standing, everybody_, refund_points, clock_.now());
    append(entry);
    tell(*person, std::move(tidings), entry);
    co_return true;
}

Task<void> MemoryStore::replace_look_up_secrets(SubscriberId subscriber, NewLookUpSecrets anew,
                                                AuditEntry entry)
{
    Person* person = co_await known_since(subscriber, anew.epoch);
    const bool news =
        !person->look_up_secrets.empty() || !belongs_to_enrolment(person->authenticators, clock_.now());
    person->look_up_secrets.clear();
    for (const auto& secret : anew.secrets)
        person->look_up_secrets.emplace(digest_of(subscriber, secret), false);
    append(entry);
    if (news)
        tell(*person, {News::recovery_codes, {}, number_to_tell(person->authenticators, {})}, entry);
}

Digest MemoryStore::digest_of(SubscriberId subscriber, const SecretString& look_up_secret) const
{
    std::array<unsigned char, sizeof subscriber> id{};
    std::memcpy(id.data(), &subscriber, id.size());
    return mac(id, look_up_secret);
}

Task<KeyRotation> MemoryStore::rotate_key(AuditEntry)
{
    co_return Error{ErrorKind::not_permitted, "This store has no master key."};
}

Task<void> MemoryStore::act(SubscriberId subscriber, DeskAct act, std::string reason, AuditEntry entry)
{
    Person* person = co_await known(subscriber);
    change(person->standing, act, std::move(reason), clock_.now(), guess_limits_);
    if (ends_challenges(act))
        person->challenges.clear();
    append(entry);
    if (act == DeskAct::unlock)
        for (auto& authenticator : person->authenticators)
            authenticator.failures = 0;
    if (act == DeskAct::reset) {
        tell(*person, {News::reset, {}, number_to_tell(person->authenticators, {})}, entry);
        person->authenticators.clear();
        person->look_up_secrets.clear();
        person->trust.clear();
        person->uid.reset();
    }
}

Task<bool> MemoryStore::reset_damaged(std::string, std::string, AuditEntry)
{
    co_return false; // nothing here can be damaged
}

void MemoryStore::append(AuditEntry entry)
{
    newest_ = std::max(newest_, clock_.now());
    audit_.push_back(std::move(entry));
    audited_at_.push_back(clock_.now());
}

Task<ClockRepair> MemoryStore::repair_clock(AuditEntry entry)
{
    const auto now = clock_.now();
    ClockRepair repair{!check_clock(newest_, now), newest_, 0};
    if (!repair.needed)
        co_return repair;
    auto ahead_from = newest_;
    for (const auto at : audited_at_)
        if (now < at)
            ahead_from = std::min(ahead_from, at);
    audited_at_.clear();
    for (auto& [id, person] : people_)
        repair.people += set_right(*person, now, ahead_from) ? 1 : 0;
    sent_.set_right(now);
    ssp::set_right(everybody_.points_by_day, now);
    newest_ = now;
    append(std::move(entry));
    co_return repair;
}

bool MemoryStore::set_right(Person& person, WallTime now, WallTime ahead_from)
{
    person.challenges.clear();
    person.trust.clear();
    const auto before = person.standing;
    ssp::set_right(person.standing, now, guess_limits_);
    bool changed = person.standing != before;
    for (auto& authenticator : person.authenticators) {
        auto spent = person.spent_steps(authenticator);
        if (!spent.set_right(totp::step_at(now), totp::step_at(ahead_from) - 1))
            continue;
        authenticator.last_step = spent.last;
        person.spent_later[authenticator.id] = spent.later;
        changed = true;
    }
    return changed;
}

Task<void> MemoryStore::record(AuditEntry entry)
{
    append(std::move(entry));
    co_return;
}

Task<void> MemoryStore::add_notice(SubscriberId subscriber, std::string sentence)
{
    Person* person = co_await known(subscriber);
    ssp::add_notice(person->notices, std::move(sentence));
}

Task<void> MemoryStore::clear_notices(SubscriberId subscriber, AuditEntry entry)
{
    Person* person = co_await known(subscriber);
    person->notices.clear();
    append(std::move(entry));
}

} // namespace ssp
