#pragma once
// Every key that a row of one database may be under: the master key's, while it is rotated its successor's,
// and the kept keys, which a rotation carries on because what they made cannot be made again.
//
// What is written is written under newest(); what is read is under the key that its row names. A row or file
// that is neither written anew by a rotation nor sealed takes the audit key and names the master key it was
// of: audit_under() knows that key for as long as the database lives.
#include "base/random.h"
#include "store/connection.h"
#include "store/seals.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace ssp {

/// A key that outlives its master key.
struct KeptKey {
    std::string purpose;
    std::int64_t of_key_id = 0;
    SecretString bytes;
};

inline constexpr const char* look_up_purpose = "look-up";
inline constexpr const char* number_purpose = "number";
inline constexpr const char* audit_purpose = "audit";

/// One connection's keys. Not shared between threads.
class KeyRing {
public:
    /// `kept`: must hold one look-up and one number key.
    KeyRing(std::unique_ptr<const Seals> current, std::unique_ptr<const Seals> successor,
            std::vector<KeptKey> kept);

    /// What everything is written under.
    const Seals& newest() const noexcept { return successor_ ? *successor_ : *current_; }
    /// Null: no row of this database may name this key. Whoever meets one takes it for tampering.
    const Seals* under(std::int64_t key_id) const noexcept;
    /// Also of keys that were rotated away. Null: as under().
    const Mac* audit_under(std::int64_t key_id) const noexcept;
    const Mac& look_up() const noexcept { return look_up_; } ///< digests of look-up secrets
    const Mac& numbers() const noexcept { return numbers_; } ///< digests of numbers something was sent to

    const std::vector<KeptKey>& kept() const noexcept { return kept_; }

    bool is_rotating() const noexcept { return successor_ != nullptr; }
    const Seals& current() const noexcept { return *current_; }
    /// From now on `next` is the newest key.
    void begin_rotation(const MasterKey& next);
    /// The rotation did not begin after all.
    void drop_successor() noexcept { successor_.reset(); }
    /// The successor takes the place of the current key, which is wiped.
    void end_rotation();

private:
    std::unique_ptr<const Seals> current_;
    std::unique_ptr<const Seals> successor_;
    Mac look_up_;
    Mac numbers_;
    std::map<std::int64_t, Mac> audit_;
    std::vector<KeptKey> kept_;
};

/// All kept keys. `derived_from`: the master key of a database of before they were kept.
/// Errors: store_tampered. Throws as Connection does.
Result<std::vector<KeptKey>> read_kept_keys(Connection& connection, const Seals& current,
                                            const Seals* successor, const MasterKey& derived_from);

/// Makes the look-up and number keys of a new database. Errors: of `random`. Throws as Connection does.
Result<void> make_kept_keys(Connection& connection, const Seals& seals, Random& random);

/// Seals all of them anew under the newest key, and with them the audit key of the current one: the first
/// thing a rotation does. Errors: of `random`.
Result<void> write_kept_keys(Connection& connection, const KeyRing& keys, Random& random);

} // namespace ssp
