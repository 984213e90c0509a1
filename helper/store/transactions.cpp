#include "store/transactions.h"

#include "store/telling.h"

#include <algorithm>
#include <openssl/crypto.h>

namespace ssp::transactions {

namespace {

std::int64_t number(SubscriberId person) { return static_cast<std::int64_t>(person); }

std::vector<std::string> notices_of(Tables& rows, SubscriberId person)
{
    std::vector<std::string> notices;
    auto found = rows.connection->query("SELECT sentence FROM notice WHERE subscriber_id = $1 ORDER BY id",
                                        number(person));
    while (found.next())
        notices.push_back(found.bytes(0));
    return notices;
}

void forget_notices(Tables& rows, SubscriberId person)
{
    rows.connection->run("DELETE FROM notice WHERE subscriber_id = $1", number(person));
}

Result<std::optional<Subscriber>> subscriber(Tables& rows, Result<std::optional<SubscriberRow>> found,
                                             const Terms& terms)
{
    if (!found)
        return found.error();
    if (!*found)
        return std::optional<Subscriber>();
    const SubscriberRow& row = **found;
    auto authenticators = rows.authenticators.all(row);
    if (!authenticators)
        return authenticators.error();
    Subscriber out;
    out.id = row.id;
    out.identity = {static_cast<std::uint32_t>(row.uid.value_or(no_uid)), row.name};
    out.authenticators = std::move(*authenticators);
    out.look_up_secrets_left = rows.authenticators.look_up_secrets_left(row.id);
    out.notices = notices_of(rows, row.id);
    const auto everybody = rows.everybody.load();
    if (!everybody)
        return everybody.error();
    describe(out, row.standing, *everybody, terms.now.wall, terms.guessing);
    return std::optional(std::move(out));
}

/// Writes what an act changed, with its audit entry.
Result<Done> finish(Tables& rows, SubscriberRow& person, WallTime now, const AuditEntry& entry)
{
    if (auto saved = rows.subscribers.save(person); !saved)
        return saved.error();
    return record(rows, now, entry);
}

Result<bool> spend_challenge(Tables& rows, const Moment& now, SubscriberRow& person, const ChallengeId& id,
                             std::optional<AuthenticatorKind> kind)
{
    auto challenge = rows.challenges.find_live(person.id, id, now);
    if (!challenge)
        return challenge.error();
    if (!*challenge || (kind && (*challenge)->kind != *kind))
        return false;
    if (!rows.challenges.spend(person.id, **challenge, now))
        return false;
    if (auto forgiven = rows.authenticators.forgive(person, (*challenge)->kind); !forgiven)
        return forgiven.error();
    if (auto noted = note_came_back(rows, now.wall, person, **challenge); !noted)
        return noted.error();
    return true;
}

Result<bool> use_trust(Tables& rows, const Moment& now, const SubscriberRow& person, TrustId id)
{
    auto trust = rows.trust.find(person, id);
    if (!trust)
        return trust.error();
    return *trust && is_live(**trust, person.standing, now) && rows.trust.use(person, **trust, now.wall);
}

Result<bool> spend(Tables& rows, const Moment& now, SubscriberRow& person, const Proof& proof)
{
    if (const auto* step = std::get_if<StepProof>(&proof)) {
        rows.highest_step =
            std::max(rows.highest_step, step->step); // one too high is as good, if it is refused
        return rows.authenticators.consume_step(person, step->authenticator, step->step);
    }
    if (const auto* challenge = std::get_if<ChallengeProof>(&proof))
        return spend_challenge(rows, now, person, challenge->challenge, std::nullopt);
    if (const auto* secret = std::get_if<LookUpSecretProof>(&proof))
        return rows.authenticators.spend_look_up_secret(person.id, secret->digest, now.wall);
    return use_trust(rows, now, person, std::get<TrustProof>(proof).trust);
}

} // namespace

Result<std::optional<Subscriber>> find_subscriber(Tables& rows, const Identity& identity, const Terms& terms)
{
    auto found = subscriber(rows, rows.subscribers.find(identity), terms);
    if (found && *found)
        (*found)->identity.uid = identity.uid; // after a reset the tie is made anew
    return found;
}

Result<std::optional<Subscriber>> find_by_name(Tables& rows, const std::string& name, const Terms& terms)
{
    return subscriber(rows, rows.subscribers.find_by_name(name), terms);
}

Result<std::optional<Subscriber>> find_by_uid(Tables& rows, std::uint32_t uid, const Terms& terms)
{
    return subscriber(rows, rows.subscribers.find_by_uid(uid), terms);
}

Result<bool> matches(Tables& rows, const Moment& now, SubscriberId person, const ChallengeId& challenge,
                     const SecretString& code)
{
    const auto live = rows.challenges.find_live(person, challenge, now);
    if (!live)
        return live.error();
    if (!*live)
        return false;
    const auto typed = rows.challenges.code_mac(**live, code);
    return CRYPTO_memcmp(typed.data(), (*live)->code_mac.data(), typed.size()) == 0;
}

Result<SubscriberId> add_subscriber(Tables& rows, const Identity& identity)
{
    auto found = rows.subscribers.find(identity);
    if (!found)
        return found.error();
    if (!*found) {
        auto added = rows.subscribers.add(identity);
        if (!added)
            return added.error();
        return added->id;
    }
    SubscriberRow& row = **found;
    if (!row.uid) {
        row.uid = identity.uid;
        if (auto saved = rows.subscribers.save(row); !saved)
            return saved.error();
    }
    return row.id;
}

Result<bool> accept(Tables& rows, const Terms& terms, SubscriberId person, const Proof& proof,
                    int refund_points, const AuditEntry& entry)
{
    auto row = rows.subscribers.load(person);
    if (!row)
        return row.error();
    if (row->standing.locked_by_desk)
        return false;
    auto spent = spend(rows, terms.now, *row, proof);
    if (!spent || !*spent)
        return spent;
    if (!std::holds_alternative<TrustProof>(proof)) // a trusted device shows no code: it clears nothing
        if (auto given = give_back(rows, terms.now.wall, *row, refund_points); !given)
            return given.error();
    if (row->standing != row->stored)
        if (auto saved = rows.subscribers.save(*row); !saved)
            return saved.error();
    if (auto written = rows.audit.append(entry, terms.now.wall); !written)
        return written.error();
    return true;
}

Result<Done> open_challenge(Tables& rows, const Moment& now, SubscriberId person,
                            const NewChallenge& challenge)
{
    ChallengeRecord record;
    record.id = challenge.id;
    record.kind = challenge.kind;
    record.service = challenge.service;
    record.code_mac = rows.challenges.code_mac(challenge.id, challenge.code);
    record.max_tries = challenge.max_tries;
    record.expiry = {challenge.expires_at, challenge.expires_at_boot, now.boot_id};
    record.send = challenge.send;
    rows.challenges.open(person, record, now);
    return Done{};
}

Result<bool> bind(Tables& rows, const Terms& terms, SubscriberId person,
                  const NewAuthenticator& authenticator, const Nonce& nonce, int refund_points,
                  const AuditEntry& entry)
{
    auto row = rows.subscribers.load(person);
    if (!row)
        return row.error();
    if (row->standing.locked_by_desk || is_over(authenticator.epoch, row->standing) ||
        (authenticator.only_as_first && row->authenticators > 0))
        return false;
    if (authenticator.proven_by) {
        auto spent = spend_challenge(rows, terms.now, *row, *authenticator.proven_by, authenticator.kind);
        if (!spent || !*spent)
            return spent;
    }
    rows.highest_step = std::max(rows.highest_step, authenticator.last_step);
    const auto before = rows.authenticators.all(*row);
    if (!before)
        return before.error();
    const auto replaced = rows.authenticators.put(*row, authenticator, nonce, terms.now.wall);
    if (!replaced)
        return replaced.error();
    if (*replaced) {
        ssp::end_all_trust(row->standing);
        rows.challenges.forget_all(person);
    }
    if (auto given = give_back(rows, terms.now.wall, *row, refund_points); !given)
        return given.error();
    if (auto done = finish(rows, *row, terms.now.wall, entry); !done)
        return done.error();
    auto tidings = tidings_of_binding(*before, authenticator.kind);
    if (auto told = tell(rows, terms.now.wall, terms.sending, *row, std::move(tidings), entry); !told)
        return told.error();
    return true;
}

Result<Done> replace_look_up_secrets(Tables& rows, const Terms& terms, SubscriberId person,
                                     const std::vector<Digest>& digests,
                                     const std::optional<std::int64_t>& epoch, const AuditEntry& entry)
{
    const auto row = rows.subscribers.load(person);
    if (!row)
        return row.error();
    if (is_over(epoch, row->standing))
        return Error{ErrorKind::not_permitted, trust_ended_meanwhile};
    const auto known = rows.authenticators.all(*row);
    if (!known)
        return known.error();
    const bool anew =
        rows.authenticators.look_up_secrets(person) > 0 || !belongs_to_enrolment(*known, terms.now.wall);
    rows.authenticators.replace_look_up_secrets(person, digests);
    if (auto done = record(rows, terms.now.wall, entry); !done || !anew)
        return done;
    Tidings tidings{News::recovery_codes, std::nullopt, number_to_tell(*known, std::nullopt)};
    if (auto told = tell(rows, terms.now.wall, terms.sending, *row, std::move(tidings), entry); !told)
        return told.error();
    return Done{};
}

Result<Done> end_all_trust(Tables& rows, WallTime now, SubscriberId person, const AuditEntry& entry)
{
    auto row = rows.subscribers.load(person);
    if (!row)
        return row.error();
    ssp::end_all_trust(row->standing);
    return finish(rows, *row, now, entry);
}

Result<Done> act(Tables& rows, const Terms& terms, SubscriberId person, DeskAct act,
                 const std::string& reason, const AuditEntry& entry)
{
    auto row = rows.subscribers.load(person);
    if (!row)
        return row.error();
    change(row->standing, act, reason, terms.now.wall, terms.guessing);
    if (ends_challenges(act))
        rows.challenges.forget_all(person);
    if (act == DeskAct::unlock)
        if (auto forgiven = rows.authenticators.forgive(*row, std::nullopt); !forgiven)
            return forgiven.error();
    if (act != DeskAct::reset)
        return finish(rows, *row, terms.now.wall, entry);
    const auto known = rows.authenticators.all(*row);
    Tidings tidings{News::reset, {}, known ? number_to_tell(*known, {}) : SecretString()};
    rows.trust.forget_all(*row);
    rows.authenticators.forget_all(*row);
    row->uid.reset();
    if (auto done = finish(rows, *row, terms.now.wall, entry); !done)
        return done;
    if (auto told = tell(rows, terms.now.wall, terms.sending, *row, std::move(tidings), entry); !told)
        return told.error();
    return Done{};
}

Result<Done> record(Tables& rows, WallTime now, const AuditEntry& entry)
{
    if (auto written = rows.audit.append(entry, now); !written)
        return written.error();
    return Done{};
}

Result<bool> reset_damaged(Tables& rows, const Terms& terms, const std::string& name,
                           const std::string& reason, const AuditEntry& entry)
{
    const auto known = find_by_name(rows, name, terms);
    if (known)
        return false;
    if (known.error().kind != ErrorKind::store_tampered)
        return known.error();
    SubscriberRow row;
    row.id = rows.subscribers.id_of(name).value_or(SubscriberId{});
    row.name = name;
    row.standing.locked_by_desk = true;
    row.standing.lock_reason = reason;
    // Later than any epoch that counted up to here, so that no sign-in under way belongs to it.
    row.standing.epoch = terms.now.wall.time_since_epoch().count();
    rows.challenges.forget_all(row.id);
    rows.trust.forget_all(row);
    rows.authenticators.forget_all(row);
    forget_notices(rows, row.id);
    if (auto anew = rows.subscribers.begin_anew(row); !anew)
        return anew.error();
    if (auto recorded = record(rows, terms.now.wall, entry); !recorded)
        return recorded.error();
    return true;
}

Result<Done> add_notice(Tables& rows, SubscriberId person, const std::string& sentence)
{
    auto notices = notices_of(rows, person);
    ssp::add_notice(notices, sentence);
    forget_notices(rows, person);
    for (const auto& notice : notices)
        rows.connection->run("INSERT INTO notice (subscriber_id, sentence) VALUES ($1, $2)", number(person),
                             notice);
    return Done{};
}

Result<Done> clear_notices(Tables& rows, WallTime now, SubscriberId person, const AuditEntry& entry)
{
    forget_notices(rows, person);
    return record(rows, now, entry);
}

} // namespace ssp::transactions
