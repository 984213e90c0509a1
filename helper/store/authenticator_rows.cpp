#include "store/authenticator_rows.h"

namespace ssp {

struct AuthenticatorRows::Row {
    AuthenticatorId id{};
    AuthenticatorKind kind = AuthenticatorKind::text_message;
    std::string sealed;
    WallTime bound_at{};
    std::int64_t last_step = 0;
    int failures = 0;
    const Seals* seals = nullptr; ///< what it is sealed and signed under; null: nobody has that key
    std::vector<StepRange> later; ///< SpentSteps
};

struct AuthenticatorRows::Opened {
    Row row;
    SecretString secret;
};

#define AUTHENTICATOR_COLUMNS "id, kind, sealed, bound_at, last_step, mac, key_id, failures, spent_later"

namespace {

constexpr WallTime never{};

Error tampered(const char* what, SubscriberId person)
{
    return Error{ErrorKind::store_tampered,
                 std::string(what) + " of subscriber " + std::to_string(static_cast<std::int64_t>(person))};
}

std::int64_t number(SubscriberId person) { return static_cast<std::int64_t>(person); }

} // namespace

/// What a sealed secret belongs to: this authenticator of this person, by uid and canonical name.
Fields AuthenticatorRows::bound_to(const Seals& seals, const Row& row, const SubscriberRow& person) const
{
    Fields fields("authenticator");
    fields.add(seals.key_id).add(number(person.id)).add(person.uid.value_or(-1)).add(person.name);
    fields.add(static_cast<std::int64_t>(row.id)).add(static_cast<std::int64_t>(row.kind));
    return fields;
}

Fields AuthenticatorRows::signed_fields(const Seals& seals, const Row& row, const SubscriberRow& person) const
{
    auto fields = bound_to(seals, row, person);
    fields.add(row.sealed).add(std::int64_t{row.bound_at.time_since_epoch().count()}).add(row.last_step);
    if (row.failures != 0) // rows of an older schema have none, and their MACs neither
        fields.add("failures").add(std::int64_t{row.failures});
    if (!row.later.empty())
        fields.add("spent later").add(text_of(row.later));
    return fields;
}

Fields AuthenticatorRows::signed_fields(const Seals& seals, SubscriberId person, const Digest& digest,
                                        WallTime spent_at) const
{
    Fields fields("look-up secret");
    fields.add(seals.key_id).add(number(person)).add(digest);
    fields.add(std::int64_t{spent_at.time_since_epoch().count()});
    return fields;
}

Result<AuthenticatorRows::Opened> AuthenticatorRows::read(const Query& row, const SubscriberRow& person) const
{
    Opened opened;
    const auto* seals = keys_.under(row.number(6));
    opened.row = {AuthenticatorId{row.number(0)},
                  static_cast<AuthenticatorKind>(row.number(1)),
                  row.bytes(2),
                  row.wall_time(3),
                  row.number(4),
                  static_cast<int>(row.number(7)),
                  seals,
                  step_ranges_of(row.bytes(8))};
    if (seals == nullptr || !seals->rows.holds(signed_fields(*seals, opened.row, person), row.bytes(5)))
        return tampered("an authenticator", person.id);
    auto secret = seals->unseal(opened.row.sealed, bound_to(*seals, opened.row, person));
    if (!secret)
        return secret.error();
    opened.secret = std::move(*secret);
    return opened;
}

Result<std::vector<Authenticator>> AuthenticatorRows::all(const SubscriberRow& person)
{
    std::vector<Authenticator> out;
    auto rows = connection_.query("SELECT " AUTHENTICATOR_COLUMNS
                                  " FROM authenticator WHERE subscriber_id = $1 ORDER BY id",
                                  number(person.id));
    while (rows.next()) {
        auto opened = read(rows, person);
        if (!opened)
            return opened.error();
        const auto& row = opened->row;
        out.push_back(
            {row.id, row.kind, std::move(opened->secret), row.bound_at, row.last_step, row.failures});
    }
    if (static_cast<std::int64_t>(out.size()) != person.authenticators)
        return tampered("the number of authenticators", person.id);
    return out;
}

Result<std::optional<AuthenticatorRows::Row>> AuthenticatorRows::load(const SubscriberRow& person,
                                                                      AuthenticatorId id)
{
    auto found =
        connection_.query("SELECT kind, sealed, bound_at, last_step, mac, failures, key_id, spent_later"
                          " FROM authenticator"
                          " WHERE id = $1 AND subscriber_id = $2",
                          static_cast<std::int64_t>(id), number(person.id));
    if (!found.next())
        return std::optional<Row>();
    const Row row{id,
                  static_cast<AuthenticatorKind>(found.number(0)),
                  found.bytes(1),
                  found.wall_time(2),
                  found.number(3),
                  static_cast<int>(found.number(5)),
                  keys_.under(found.number(6)),
                  step_ranges_of(found.bytes(7))};
    if (row.seals == nullptr ||
        !row.seals->rows.holds(signed_fields(*row.seals, row, person), found.bytes(4)))
        return tampered("an authenticator", person.id);
    return std::optional(row);
}

Result<int> AuthenticatorRows::renew(const SubscriberRow& person, Random& random)
{
    const auto& seals = keys_.newest();
    std::vector<Opened> old;
    {
        auto rows = connection_.query("SELECT " AUTHENTICATOR_COLUMNS
                                      " FROM authenticator WHERE subscriber_id = $1 AND key_id <> $2",
                                      number(person.id), seals.key_id);
        while (rows.next()) {
            auto opened = read(rows, person);
            if (!opened)
                return opened.error();
            old.push_back(std::move(*opened));
        }
    }
    for (auto& [row, secret] : old) {
        Nonce nonce{};
        if (auto drawn = random.fill(nonce); !drawn)
            return drawn.error();
        row.sealed = seals.seal(secret, nonce, bound_to(seals, row, person));
        connection_.run("UPDATE authenticator SET sealed = $1, key_id = $2, mac = $3 WHERE id = $4",
                        Blob{row.sealed}, seals.key_id, seals.rows.of(signed_fields(seals, row, person)),
                        static_cast<std::int64_t>(row.id));
    }
    const auto look_up_secrets = renew_look_up_secrets(person.id);
    if (!look_up_secrets)
        return look_up_secrets.error();
    return static_cast<int>(old.size()) + *look_up_secrets;
}

Result<int> AuthenticatorRows::renew_look_up_secrets(SubscriberId person)
{
    const auto& seals = keys_.newest();
    std::vector<std::pair<Digest, WallTime>> old;
    {
        auto rows = connection_.query("SELECT digest, spent_at, mac, key_id FROM look_up_secret"
                                      " WHERE subscriber_id = $1 AND key_id <> $2",
                                      number(person), seals.key_id);
        while (rows.next()) {
            const auto digest = rows.array<std::tuple_size_v<Digest>>(0);
            const auto* under = keys_.under(rows.number(3));
            if (under == nullptr ||
                !under->rows.holds(signed_fields(*under, person, digest, rows.wall_time(1)), rows.bytes(2)))
                return tampered("a look-up secret", person);
            old.emplace_back(digest, rows.wall_time(1));
        }
    }
    for (const auto& [digest, spent_at] : old)
        connection_.run(
            "UPDATE look_up_secret SET key_id = $1, mac = $2 WHERE subscriber_id = $3 AND digest = $4",
            seals.key_id, seals.rows.of(signed_fields(seals, person, digest, spent_at)), number(person),
            digest);
    return static_cast<int>(old.size());
}

Result<bool> AuthenticatorRows::consume_step(const SubscriberRow& person, AuthenticatorId id,
                                             std::int64_t step)
{
    auto row = load(person, id);
    if (!row)
        return row.error();
    if (!*row || (*row)->kind != AuthenticatorKind::authenticator_app ||
        SpentSteps{(*row)->last_step, (*row)->later}.covers(step))
        return false;
    const auto& seals = *(*row)->seals; // what was sealed stays under its key
    (*row)->last_step = step;
    (*row)->failures = 0;
    auto consumed = connection_.query("UPDATE authenticator SET last_step = $1, failures = 0, mac = $2"
                                      " WHERE id = $3 AND last_step < $1 RETURNING id",
                                      step, seals.rows.of(signed_fields(seals, **row, person)),
                                      static_cast<std::int64_t>(id));
    return consumed.next();
}

Result<int> AuthenticatorRows::failures(const SubscriberRow& person, AuthenticatorId id)
{
    const auto row = load(person, id);
    if (!row)
        return row.error();
    return *row ? (*row)->failures : 0;
}

Result<void> AuthenticatorRows::set_failures(const SubscriberRow& person, AuthenticatorId id, int failures)
{
    auto row = load(person, id);
    if (!row)
        return row.error();
    if (!*row || (*row)->failures == failures)
        return {};
    const auto& seals = *(*row)->seals;
    (*row)->failures = failures;
    connection_.run("UPDATE authenticator SET failures = $1, mac = $2 WHERE id = $3", std::int64_t{failures},
                    seals.rows.of(signed_fields(seals, **row, person)), static_cast<std::int64_t>(id));
    return {};
}

Result<void> AuthenticatorRows::forgive(const SubscriberRow& person, std::optional<AuthenticatorKind> kind)
{
    std::vector<AuthenticatorId> failed;
    {
        auto found = connection_.query("SELECT id, kind FROM authenticator"
                                       " WHERE subscriber_id = $1 AND failures <> 0",
                                       number(person.id));
        while (found.next())
            if (!kind || found.number(1) == static_cast<std::int64_t>(*kind))
                failed.push_back(AuthenticatorId{found.number(0)});
    }
    for (const auto id : failed)
        if (auto forgiven = set_failures(person, id, 0); !forgiven)
            return forgiven;
    return {};
}

Result<bool> AuthenticatorRows::put(SubscriberRow& person, const NewAuthenticator& authenticator,
                                    const Nonce& nonce, WallTime now)
{
    bool replaced = false;
    {
        auto deleted =
            connection_.query("DELETE FROM authenticator WHERE subscriber_id = $1 AND kind = $2 RETURNING id",
                              number(person.id), static_cast<std::int64_t>(authenticator.kind));
        replaced = deleted.next();
    }
    Row row;
    row.kind = authenticator.kind;
    row.bound_at = now;
    row.last_step = authenticator.last_step;
    const auto& seals = keys_.newest();
    {
        auto inserted = connection_.query(
            "INSERT INTO authenticator (subscriber_id, kind, sealed, bound_at, last_step, key_id, mac)"
            " VALUES ($1, $2, $3, $4, $5, $6, $3) RETURNING id",
            number(person.id), static_cast<std::int64_t>(row.kind), Blob{""}, row.bound_at, row.last_step,
            seals.key_id);
        if (!inserted.next())
            return Error{ErrorKind::store_unavailable, "nothing was inserted"};
        row.id = AuthenticatorId{inserted.number(0)};
    }
    row.sealed = seals.seal(authenticator.secret, nonce, bound_to(seals, row, person));
    connection_.run("UPDATE authenticator SET sealed = $1, mac = $2 WHERE id = $3", Blob{row.sealed},
                    seals.rows.of(signed_fields(seals, row, person)), static_cast<std::int64_t>(row.id));
    if (!replaced)
        person.authenticators += 1;
    return replaced;
}

Result<bool> AuthenticatorRows::change_steps(const SubscriberRow& person,
                                             const std::function<bool(SpentSteps&)>& change)
{
    std::optional<AuthenticatorId> app;
    {
        auto found = connection_.query("SELECT id FROM authenticator WHERE subscriber_id = $1 AND kind = $2",
                                       number(person.id),
                                       static_cast<std::int64_t>(AuthenticatorKind::authenticator_app));
        if (found.next())
            app = AuthenticatorId{found.number(0)};
    }
    if (!app)
        return false;
    auto row = load(person, *app);
    if (!row)
        return row.error();
    SpentSteps steps{(*row)->last_step, (*row)->later};
    if (!change(steps))
        return false;
    (*row)->last_step = steps.last;
    (*row)->later = steps.later;
    const auto& seals = *(*row)->seals; // what was sealed stays under its key
    connection_.run("UPDATE authenticator SET last_step = $1, spent_later = $2, mac = $3 WHERE id = $4",
                    steps.last, text_of(steps.later), seals.rows.of(signed_fields(seals, **row, person)),
                    static_cast<std::int64_t>(*app));
    return true;
}

void AuthenticatorRows::forget_all(SubscriberRow& person)
{
    connection_.run("DELETE FROM authenticator WHERE subscriber_id = $1", number(person.id));
    connection_.run("DELETE FROM look_up_secret WHERE subscriber_id = $1", number(person.id));
    person.authenticators = 0;
}

Digest AuthenticatorRows::digest_of(SubscriberId person, const SecretString& look_up_secret) const
{
    const auto id = static_cast<std::uint64_t>(person);
    auto bytes = SecretString::zeros(sizeof id + look_up_secret.size());
    for (std::size_t i = 0; i < sizeof id; ++i)
        bytes.data()[i] = static_cast<char>(id >> (8 * i) & 0xff);
    std::copy(look_up_secret.reveal().begin(), look_up_secret.reveal().end(), bytes.data() + sizeof id);
    return keys_.look_up().of(bytes.reveal());
}

void AuthenticatorRows::replace_look_up_secrets(SubscriberId person, const std::vector<Digest>& digests)
{
    const auto& seals = keys_.newest();
    connection_.run("DELETE FROM look_up_secret WHERE subscriber_id = $1", number(person));
    for (const auto& digest : digests)
        connection_.run("INSERT INTO look_up_secret (subscriber_id, digest, spent_at, key_id, mac)"
                        " VALUES ($1, $2, $3, $4, $5)",
                        number(person), digest, never, seals.key_id,
                        seals.rows.of(signed_fields(seals, person, digest, never)));
}

int AuthenticatorRows::look_up_secrets_left(SubscriberId person)
{
    auto count = connection_.query(
        "SELECT count(*) FROM look_up_secret WHERE subscriber_id = $1 AND spent_at = 0", number(person));
    return count.next() ? static_cast<int>(count.number(0)) : 0;
}

int AuthenticatorRows::look_up_secrets(SubscriberId person)
{
    auto count =
        connection_.query("SELECT count(*) FROM look_up_secret WHERE subscriber_id = $1", number(person));
    return count.next() ? static_cast<int>(count.number(0)) : 0;
}

bool AuthenticatorRows::is_spent(SubscriberId person, const Digest& digest)
{
    return connection_
        .query("SELECT 1 FROM look_up_secret WHERE subscriber_id = $1 AND digest = $2 AND spent_at <> 0",
               number(person), digest)
        .next();
}

Result<bool> AuthenticatorRows::spend_look_up_secret(SubscriberId person, const Digest& digest, WallTime now)
{
    {
        auto found = connection_.query("SELECT spent_at, mac, key_id FROM look_up_secret"
                                       " WHERE subscriber_id = $1 AND digest = $2",
                                       number(person), digest);
        if (!found.next())
            return false;
        const auto* seals = keys_.under(found.number(2));
        if (seals == nullptr ||
            !seals->rows.holds(signed_fields(*seals, person, digest, found.wall_time(0)), found.bytes(1)))
            return tampered("a look-up secret", person);
    }
    const auto& seals = keys_.newest();
    auto spent = connection_.query(
        "UPDATE look_up_secret SET spent_at = $1, key_id = $2, mac = $3"
        " WHERE subscriber_id = $4 AND digest = $5 AND spent_at = 0"
        " RETURNING spent_at",
        now, seals.key_id, seals.rows.of(signed_fields(seals, person, digest, now)), number(person), digest);
    return spent.next();
}

} // namespace ssp
