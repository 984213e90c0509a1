#include "store/key_ring.h"

#include <algorithm>

namespace ssp {

namespace {

Fields bound_to(const Seals& seals, const std::string& purpose, std::int64_t of_key_id)
{
    Fields fields("kept key");
    fields.add(seals.key_id).add(purpose).add(of_key_id);
    return fields;
}

const SecretString& kept_for(const std::vector<KeptKey>& kept, std::string_view purpose)
{
    return std::ranges::find(kept, purpose, &KeptKey::purpose)->bytes;
}

/// Sealed under `seals`, in the place of what was kept there.
Result<void> write(Connection& connection, const Seals& seals, const KeptKey& key, Random& random)
{
    Nonce nonce{};
    if (auto drawn = random.fill(nonce); !drawn)
        return drawn.error();
    const auto sealed = seals.seal(key.bytes, nonce, bound_to(seals, key.purpose, key.of_key_id));
    connection.run("INSERT INTO kept_key (purpose, of_key_id, key_id, sealed) VALUES ($1, $2, $3, $4)"
                   " ON CONFLICT (purpose, of_key_id) DO UPDATE SET key_id = excluded.key_id,"
                   " sealed = excluded.sealed",
                   key.purpose, key.of_key_id, seals.key_id, Blob{sealed});
    return {};
}

} // namespace

KeyRing::KeyRing(std::unique_ptr<const Seals> current, std::unique_ptr<const Seals> successor,
                 std::vector<KeptKey> kept)
    : current_(std::move(current)), successor_(std::move(successor)),
      look_up_(kept_for(kept, look_up_purpose)), numbers_(kept_for(kept, number_purpose))
{
    for (const auto& key : kept)
        if (key.purpose == audit_purpose)
            audit_.emplace(key.of_key_id, key.bytes);
    kept_ = std::move(kept);
}

const Seals* KeyRing::under(std::int64_t key_id) const noexcept
{
    if (current_->key_id == key_id)
        return current_.get();
    return successor_ && successor_->key_id == key_id ? successor_.get() : nullptr;
}

const Mac* KeyRing::audit_under(std::int64_t key_id) const noexcept
{
    if (const auto* seals = under(key_id))
        return &seals->audit;
    const auto kept = audit_.find(key_id);
    return kept == audit_.end() ? nullptr : &kept->second;
}

void KeyRing::begin_rotation(const MasterKey& next) { successor_ = std::make_unique<const Seals>(next); }

void KeyRing::end_rotation()
{
    audit_.emplace(current_->key_id, current_->audit_key);
    kept_.push_back({audit_purpose, current_->key_id, current_->audit_key.clone()});
    current_ = std::move(successor_);
}

Result<std::vector<KeptKey>> read_kept_keys(Connection& connection, const Seals& current,
                                            const Seals* successor, const MasterKey& derived_from)
{
    std::vector<KeptKey> kept;
    auto rows = connection.query("SELECT purpose, of_key_id, key_id, sealed FROM kept_key");
    while (rows.next()) {
        KeptKey key{rows.bytes(0), rows.number(1), {}};
        const auto sealed = rows.bytes(3);
        const bool of_before = sealed.empty() && key.purpose != audit_purpose;
        if (of_before) {
            key.bytes =
                subkey(derived_from, key.purpose == look_up_purpose ? "look-up digest" : "number digest");
        } else {
            const auto* seals =
                successor != nullptr && successor->key_id == rows.number(2) ? successor : &current;
            auto opened = seals->unseal(sealed, bound_to(*seals, key.purpose, key.of_key_id));
            if (!opened)
                return Error{ErrorKind::store_tampered, "a kept key does not open"};
            key.bytes = std::move(*opened);
        }
        kept.push_back(std::move(key));
    }
    for (const char* purpose : {look_up_purpose, number_purpose})
        if (std::ranges::count(kept, purpose, &KeptKey::purpose) != 1)
            return Error{ErrorKind::store_tampered, "a kept key is missing"};
    return kept;
}

Result<void> make_kept_keys(Connection& connection, const Seals& seals, Random& random)
{
    for (const char* purpose : {look_up_purpose, number_purpose}) {
        KeptKey kept{purpose, 0, SecretString::zeros(master_key_bytes)};
        auto* bytes = reinterpret_cast<unsigned char*>(kept.bytes.data());
        if (auto drawn = random.fill({bytes, kept.bytes.size()}); !drawn)
            return drawn.error();
        if (auto written = write(connection, seals, kept, random); !written)
            return written.error();
    }
    return {};
}

Result<void> write_kept_keys(Connection& connection, const KeyRing& keys, Random& random)
{
    const auto& seals = keys.newest();
    for (const auto& kept : keys.kept())
        if (auto written = write(connection, seals, kept, random); !written)
            return written.error();
    const auto& old = keys.current();
    return write(connection, seals, {audit_purpose, old.key_id, old.audit_key.clone()}, random);
}

} // namespace ssp
