#include "store/memory_person.h"

#include <algorithm>

namespace ssp {

Task<MemoryStore::Person*> MemoryStore::known_since(SubscriberId subscriber,
                                                    std::optional<std::int64_t> epoch)
{
    Person* person = co_await known(subscriber);
    if (is_over(epoch, person->standing))
        co_return Error{ErrorKind::not_permitted, trust_ended_meanwhile};
    co_return person;
}

Task<MemoryStore::Person*> MemoryStore::unlocked_since(SubscriberId subscriber,
                                                       std::optional<std::int64_t> epoch)
{
    Person* person = co_await known_since(subscriber, epoch);
    if (person->standing.locked_by_desk)
        co_return Error{ErrorKind::not_permitted, "locked by the desk"};
    co_return person;
}

Task<std::optional<Trust>> MemoryStore::find_trust(SubscriberId subscriber, Digest device, std::string scope)
{
    Person* person = co_await known(subscriber);
    for (const auto& trust : person->trust)
        if (trust.device == device && trust.scope == scope && is_live(trust, person->standing, moment()))
            co_return shown(trust, true);
    co_return std::nullopt;
}

Task<void> MemoryStore::grant_trust(SubscriberId subscriber, NewTrust trust, AuditEntry entry)
{
    Person* person = co_await unlocked_since(subscriber, trust.epoch);
    for (const auto id : ended_by(trust, person->trust, person->standing, moment()))
        for (auto& old : person->trust)
            if (old.id == id)
                old.revoked = true;
    for (const auto id : crowded_out(person->trust, person->standing, moment()))
        std::erase_if(person->trust, [id](const auto& old) { return old.id == id; });
    auto record = granted(trust, person->standing, moment());
    record.id = TrustId{++last_id_};
    person->trust.push_back(std::move(record));
    ssp::add_notice(person->notices, remembered_sentence(trust.label, clock_.now()));
    append(std::move(entry));
}

Task<std::vector<Trust>> MemoryStore::list_trust(SubscriberId subscriber)
{
    Person* person = co_await known(subscriber);
    co_return listed(person->trust, person->standing, moment());
}

Task<bool> MemoryStore::revoke_trust(SubscriberId subscriber, TrustId trust, AuditEntry entry)
{
    Person* person = co_await known(subscriber);
    for (auto& record : person->trust)
        if (record.id == trust && is_live(record, person->standing, moment())) {
            record.revoked = true;
            append(std::move(entry));
            co_return true;
        }
    co_return false;
}

Task<void> MemoryStore::end_all_trust(SubscriberId subscriber, AuditEntry entry)
{
    Person* person = co_await known(subscriber);
    ssp::end_all_trust(person->standing);
    append(std::move(entry));
}

} // namespace ssp
