#include "command/key_lost.h"

#include "command/acting_as.h"
#include "command/key_of_daemon.h"
#include "command/state.h"
#include "command/verb.h"
#include "store/lost_key.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <optional>
#include <syslog.h>
#include <unistd.h>

namespace ssp::command {

namespace {

struct Done {
    WallTime at{};
    std::string suffix; ///< of everything that was kept aside
    std::string kept_as;
    std::vector<std::string> kept_keys;
    UnreadableDatabase before;
};

/// A key that comes as a credential is new already, or it would have opened the database.
bool comes_as_credential(const std::optional<MasterKey>& key) { return key && key->is_credential; }

/// Moves a key file aside; nothing there is well.
Result<void> keep_aside(const std::string& file, Done& done)
{
    const auto kept = file + done.suffix;
    if (::renameat2(AT_FDCWD, file.c_str(), AT_FDCWD, kept.c_str(), RENAME_NOREPLACE) == 0)
        done.kept_keys.push_back(kept);
    else if (errno != ENOENT)
        return Error{ErrorKind::configuration, file + ": " + std::strerror(errno)};
    return {};
}

void put_back(const Done& done)
{
    for (const auto& kept : done.kept_keys)
        ::rename(kept.c_str(), kept.substr(0, kept.size() - done.suffix.size()).c_str());
}

/// What lies in the places of the two keys, whatever it is worth.
struct AtHand {
    std::optional<MasterKey> key;
    std::optional<MasterKey> next;
};

/// Errors: a key that was handed over cannot be used; another one in its place would not be ssp-mfad's.
Result<AtHand> keys_at_hand(const HelperConfig& config)
{
    AtHand at_hand;
    auto key = read_key_of_daemon(config);
    if (!key && key_is_handed_over())
        return key.error();
    if (key)
        at_hand.key = std::move(*key);
    if (auto next = read_next_key_of_daemon(config))
        at_hand.next = std::move(*next);
    return at_hand;
}

Result<UnreadableDatabase> look(const HelperConfig& config, const StateOwner& owner, AtHand& at_hand)
{
    const ActingAs acting(owner);
    if (!acting.holds())
        return Error{ErrorKind::not_permitted, "This must run as root"};
    auto keys = keys_at_hand(config);
    if (!keys)
        return keys.error();
    at_hand = std::move(*keys);
    return look_at_unreadable(config.database, at_hand.key ? &*at_hand.key : nullptr,
                              at_hand.next ? &*at_hand.next : nullptr);
}

Result<MasterKey> new_key(const HelperConfig& config, const StateOwner& owner, AtHand at_hand, Done& done,
                          Random& random)
{
    if (comes_as_credential(at_hand.key))
        return std::move(*at_hand.key);
    if (auto kept = keep_aside(config.master_key, done); !kept)
        return kept.error();
    if (auto kept = keep_aside(next_key_file(config.master_key), done); !kept)
        return kept.error();
    return create_master_key(config.master_key, random, owner.uid, owner.gid);
}

Result<Done> begin(const HelperConfig& config, const std::string& reason)
{
    const SystemClock clock;
    SystemRandom random;
    const auto owner = find_state_owner(config.user);
    if (!owner)
        return owner.error();
    AtHand at_hand;
    auto before = look(config, *owner, at_hand);
    if (!before)
        return before.error();
    Done done;
    done.at = clock.now();
    done.suffix = fmt::format(".lost-{:%Y%m%dT%H%M%SZ}", done.at);
    done.kept_as = config.database + done.suffix;
    done.before = std::move(*before);

    const bool made = !comes_as_credential(at_hand.key);
    const auto key = new_key(config, *owner, std::move(at_hand), done, random);
    auto begun = key ? Result<void>() : Result<void>(key.error());
    if (begun) {
        const ActingAs acting(*owner);
        begun = begin_anew({config.database, reason, done.kept_as, done.before}, *key, random, clock);
    }
    if (!begun) {
        if (key && made)
            ::unlink(config.master_key.c_str());
        put_back(done);
        return begun.error();
    }
    return done;
}

/// The journal has it even if the database is exchanged once more.
void note(const Done& done, const std::string& reason)
{
    ::openlog("ssp-mfa", LOG_PID, LOG_AUTHPRIV);
    ::syslog(LOG_ALERT,
             "the master key was lost, and everybody sets up anew; kept: %s, whose last audit row is %lld; "
             "reason: %s",
             done.kept_as.c_str(), static_cast<long long>(done.before.head.sequence), reason.c_str());
    ::closelog();
}

std::string names_of(const std::vector<UnreadableDatabase::Locked>& locked)
{
    std::string names;
    for (const auto& one : locked)
        names += (names.empty() ? "" : " ") + one.name;
    return names;
}

ResultRow row_of(const Done& done)
{
    return {{"begun", fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", done.at)},
            {"kept_database", done.kept_as},
            {"kept_keys", fmt::format("{}", fmt::join(done.kept_keys, " "))},
            {"former_node", done.before.head.node_id},
            {"former_audit_rows", std::to_string(done.before.head.sequence)},
            {"people_to_set_up_anew", std::to_string(done.before.people)},
            {"still_locked", names_of(done.before.locked)}};
}

} // namespace

ExitCode begin_anew_without_key(const Invocation& invocation, const HelperConfig& config)
{
    const auto done = begin(config, *invocation.reason);
    std::vector<ResultRow> rows;
    if (done)
        rows.push_back(row_of(*done));
    print_rows(invocation, rows, Layout::record);
    if (!done) {
        say("ssp-mfa key: " + done.error().detail + ".\nNothing was changed.");
        return ExitCode::refused;
    }
    note(*done, *invocation.reason);
    say("Everybody sets up a second factor anew at the next sign-in; who was locked by the desk still is.\n"
        "Until then a password or key alone is enough for that: narrow [enrolment] down, ssp-mfa.toml(5).\n"
        "Next: keep a copy of the new key, restart ssp-mfad (systemctl restart ssp-mfad.socket ssp-mfad),\n"
        "and tell people. Whoever finds the old key can still read what was kept.");
    return ExitCode::done;
}

} // namespace ssp::command
