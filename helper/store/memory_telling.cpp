#include "store/memory_person.h"
#include "store/memory_store.h"

#include <algorithm>

namespace ssp {

bool MemoryStore::was_spent(const Person& person, const RefusedCode& refused) const
{
    if (const auto* step = std::get_if<StepProof>(&refused.was))
        return std::ranges::any_of(person.authenticators, [step](const Authenticator& one) {
            return one.id == step->authenticator && step->step <= one.last_step;
        });
    if (const auto* code = std::get_if<SecretString>(&refused.was))
        return std::ranges::any_of(person.challenges, [&](const ChallengeRecord& old) {
            return !old.open && old.kind == refused.guessed_at && clock_.now() < old.expiry.wall &&
                   old.code_mac == mac(old.id, *code);
        });
    const auto* secret = std::get_if<LookUpSecretProof>(&refused.was);
    const auto found =
        secret == nullptr ? person.look_up_secrets.end() : person.look_up_secrets.find(secret->digest);
    return found != person.look_up_secrets.end() && found->second;
}

void MemoryStore::tell(Person& person, Tidings tidings, const AuditEntry& about)
{
    const auto now = clock_.now();
    ssp::add_notice(person.notices, sentence(tidings.news, tidings.kind, now, about.source));
    const auto whom = std::to_string(static_cast<std::int64_t>(person.id));
    const bool granted = sent_.reserve_notice(
        whom, word_of(tidings.news), limits_of(tidings.news, !tidings.number.empty()), now, send_limits_);
    if (auto row = row_of(tidings, granted, about))
        append(std::move(*row));
    if (granted)
        tellings_.push_back({tidings.news, about.person, now, std::move(tidings.number)});
}

Task<void> MemoryStore::refuse_code(SubscriberId subscriber, RefusedCode refused, AuditEntry entry)
{
    Person* person = co_await known(subscriber);
    const bool spent = was_spent(*person, refused);
    entry.detail = (spent ? "code used again" : "wrong code") + entry.detail;
    append(entry);
    const auto& bound = person->authenticators;
    if (bound.empty())
        co_return;
    if (spent)
        tell(*person, {News::spent_code, {}, number_to_tell(bound, refused.guessed_at)}, entry);
    if (is_attack(person->standing, guess_limits_))
        tell(*person, {News::guessing, {}, number_to_tell(bound, refused.guessed_at)}, entry);
}

Task<bool> MemoryStore::reserve_administrators_notice()
{
    co_return sent_.reserve_notice("administrator", "summary", administrators_limits, clock_.now(),
                                   send_limits_);
}

} // namespace ssp
