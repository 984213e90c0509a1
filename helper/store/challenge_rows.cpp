#include "store/challenge_rows.h"

#include <openssl/crypto.h>

namespace ssp {

namespace {

constexpr std::int64_t state_open = 1;
constexpr std::int64_t state_spent = 2;

std::int64_t number(SubscriberId person) { return static_cast<std::int64_t>(person); }

Digest mac_of(const Seals& seals, const ChallengeId& id, const SecretString& code)
{
    auto bytes = SecretString::zeros(id.size() + code.size());
    std::copy(id.begin(), id.end(), bytes.data());
    std::copy(code.reveal().begin(), code.reveal().end(), bytes.data() + id.size());
    return seals.codes.of(bytes.reveal());
}

} // namespace

Fields ChallengeRows::signed_fields(const Seals& seals, SubscriberId person,
                                    const ChallengeRecord& challenge) const
{
    Fields fields("challenge");
    fields.add(seals.key_id).add(number(person)).add(challenge.id);
    fields.add(static_cast<std::int64_t>(challenge.kind)).add(challenge.service).add(challenge.code_mac);
    fields.add(std::int64_t{challenge.tries}).add(std::int64_t{challenge.max_tries});
    fields.add(std::int64_t{challenge.open});
    fields.add(std::int64_t{challenge.expiry.wall.time_since_epoch().count()});
    fields.add(std::int64_t{challenge.expiry.boot.count()}).add(challenge.expiry.boot_id);
    const auto send = challenge.send.value_or(SendReceipt{});
    fields.add(send.number).add(send.source).add(send.region);
    fields.add(std::int64_t{send.at.time_since_epoch().count()});
    return fields;
}

Digest ChallengeRows::code_mac(const ChallengeId& id, const SecretString& code) const
{
    return mac_of(keys_.newest(), id, code);
}

Digest ChallengeRows::code_mac(const ChallengeRecord& challenge, const SecretString& code) const
{
    return mac_of(*keys_.under(challenge.key_id), challenge.id, code);
}

Result<std::optional<ChallengeRecord>> ChallengeRows::find_live(SubscriberId person, const ChallengeId& id,
                                                                const Moment& now)
{
    auto row =
        connection_.query("SELECT kind, service, code_mac, tries, max_tries, state, expires_at,"
                          " expires_at_boot, boot_id, mac, sent_number, sent_source, sent_region, sent_at,"
                          " key_id FROM challenge"
                          " WHERE id = $1 AND subscriber_id = $2",
                          id, number(person));
    if (!row.next())
        return std::optional<ChallengeRecord>();
    ChallengeRecord challenge;
    challenge.id = id;
    challenge.kind = static_cast<AuthenticatorKind>(row.number(0));
    challenge.service = row.bytes(1);
    challenge.code_mac = row.array<std::tuple_size_v<Digest>>(2);
    challenge.tries = static_cast<int>(row.number(3));
    challenge.max_tries = static_cast<int>(row.number(4));
    challenge.open = row.number(5) == state_open;
    challenge.expiry = {row.wall_time(6), BootTime(row.number(7)), row.array<std::tuple_size_v<BootId>>(8)};
    if (row.number(13) != 0)
        challenge.send = SendReceipt{row.array<std::tuple_size_v<Digest>>(10), row.bytes(11), row.bytes(12),
                                     row.wall_time(13)};
    challenge.key_id = row.number(14);
    const auto* seals = keys_.under(challenge.key_id);
    if (seals == nullptr || !seals->rows.holds(signed_fields(*seals, person, challenge), row.bytes(9)))
        return Error{ErrorKind::store_tampered,
                     "a challenge of subscriber " + std::to_string(number(person))};
    if (!is_live(challenge, now))
        return std::optional<ChallengeRecord>();
    return std::optional(std::move(challenge));
}

void ChallengeRows::open(SubscriberId person, const ChallengeRecord& challenge, const Moment& now)
{
    const auto send = challenge.send.value_or(SendReceipt{});
    const auto& seals = keys_.newest();
    connection_.run("DELETE FROM challenge WHERE subscriber_id = $1"
                    " AND ((service = $2 AND state = $3) OR expires_at <= $4 OR boot_id <> $5)",
                    number(person), challenge.service, state_open, now.wall, now.boot_id);
    connection_.run("INSERT INTO challenge (id, subscriber_id, kind, service, code_mac, tries, max_tries,"
                    " state, expires_at, expires_at_boot, boot_id, key_id, mac, sent_number, sent_source,"
                    " sent_region, sent_at)"
                    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
                    challenge.id, number(person), static_cast<std::int64_t>(challenge.kind),
                    challenge.service, challenge.code_mac, std::int64_t{challenge.tries},
                    std::int64_t{challenge.max_tries}, state_open, challenge.expiry.wall,
                    std::int64_t{challenge.expiry.boot.count()}, challenge.expiry.boot_id, seals.key_id,
                    seals.rows.of(signed_fields(seals, person, challenge)), send.number, send.source,
                    send.region, send.at);
}

bool ChallengeRows::reserve_try(SubscriberId person, ChallengeRecord& challenge, const Moment& now)
{
    challenge.tries += 1;
    const auto& seals = *keys_.under(challenge.key_id);
    auto reserved = connection_.query(
        "UPDATE challenge SET tries = tries + 1, mac = $1 WHERE id = $2 AND state = $3 AND expires_at > $4"
        " AND tries < max_tries AND tries + 1 = $5 RETURNING tries",
        seals.rows.of(signed_fields(seals, person, challenge)), challenge.id, state_open, now.wall,
        std::int64_t{challenge.tries});
    return reserved.next();
}

bool ChallengeRows::spend(SubscriberId person, ChallengeRecord& challenge, const Moment& now)
{
    challenge.open = false;
    const auto& seals = *keys_.under(challenge.key_id);
    auto spent = connection_.query("UPDATE challenge SET state = $1, mac = $2"
                                   " WHERE id = $3 AND state = $4 AND expires_at > $5 RETURNING id",
                                   state_spent, seals.rows.of(signed_fields(seals, person, challenge)),
                                   challenge.id, state_open, now.wall);
    return spent.next();
}

bool ChallengeRows::was_spent(SubscriberId person, AuthenticatorKind kind, const SecretString& code,
                              WallTime now)
{
    bool spent = false;
    auto rows =
        connection_.query("SELECT id, code_mac, key_id FROM challenge WHERE subscriber_id = $1 AND kind = $2"
                          " AND state = $3 AND expires_at > $4",
                          number(person), static_cast<std::int64_t>(kind), state_spent, now);
    while (rows.next()) {
        const auto* seals = keys_.under(rows.number(2));
        if (seals == nullptr)
            continue;
        const auto kept = rows.array<std::tuple_size_v<Digest>>(1);
        const auto typed = mac_of(*seals, rows.array<std::tuple_size_v<ChallengeId>>(0), code);
        spent = CRYPTO_memcmp(typed.data(), kept.data(), typed.size()) == 0 || spent;
    }
    return spent;
}

void ChallengeRows::forget(SubscriberId person, const ChallengeId& id)
{
    connection_.run("DELETE FROM challenge WHERE id = $1 AND subscriber_id = $2 AND state = $3", id,
                    number(person), state_open);
}

void ChallengeRows::forget_all(SubscriberId person)
{
    connection_.run("DELETE FROM challenge WHERE subscriber_id = $1", number(person));
}

void ChallengeRows::forget_old(bool live)
{
    connection_.run("DELETE FROM challenge WHERE key_id <> $1 AND (state <> $2 OR $3 <> 0)",
                    keys_.newest().key_id, state_open, std::int64_t{live});
}

} // namespace ssp
