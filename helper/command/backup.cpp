#include "command/acting_as.h"
#include "command/backup_file.h"
#include "command/key_of_daemon.h"
#include "command/state.h"
#include "command/verb.h"
#include "config/reader.h"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

namespace ssp::command {

namespace {

struct Taken {
    UniqueFd file; ///< has no name any more
    CopyFacts facts;
};

void remove(const std::string& file)
{
    for (const char* suffix : {"", "-wal", "-shm", "-journal"})
        ::unlink((file + suffix).c_str());
}

Result<Taken> checked_copy(const HelperConfig& config, const std::string& copy)
{
    const SystemClock clock;
    const auto key = read_key_of_daemon(config);
    if (!key)
        return key.error();
    if (const auto made = create_file(copy); !made)
        return made.error();
    if (auto copied = copy_database(config.database, copy, progress_of("copying the database", clock, say));
        !copied)
        return copied.error();
    const auto facts = check_copy(copy, *key);
    if (!facts)
        return facts.error();
    Taken taken;
    taken.facts = *facts;
    taken.file = UniqueFd(::open(copy.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
    if (!taken.file)
        return Error{ErrorKind::store_unavailable, copy + " is gone"};
    return taken;
}

/// The copy is made beside the database, as its owner: root opens no database there.
Result<Taken> take(const HelperConfig& config, const StateOwner& owner)
{
    const ActingAs acting(owner);
    if (!acting.holds())
        return Error{ErrorKind::not_permitted, "This must run as root."};
    const auto locked = lock_folder_of(config.database);
    if (!locked)
        return locked.error();
    const auto copy = config.database + ".backup";
    remove(copy); // of a backup that did not end
    auto taken = checked_copy(config, copy);
    remove(copy);
    return taken;
}

Result<CopyFacts> back_up(const Invocation& invocation, const HelperConfig& config)
{
    const auto& path = invocation.words[1];
    if (::geteuid() != 0)
        return Error{ErrorKind::not_permitted, "This must run as root. Nothing was written."};
    const auto owner = find_state_owner(config.user);
    if (!owner)
        return owner.error();
    if (auto fine = check_place_of_backup(path, invocation.force); !fine)
        return fine.error();
    auto taken = take(config, *owner);
    if (!taken)
        return taken.error();
    const SystemClock clock;
    const auto progress = progress_of("writing " + path, clock, say);
    if (auto written = write_backup(taken->file.get(), path, invocation.force, progress); !written)
        return written.error();
    return taken->facts;
}

ExitCode run(const Invocation& invocation)
{
    if (invocation.words.size() != 2 || invocation.words[1].empty())
        return refuse_words(invocation, "backup needs the name of one file.");
    if (invocation.reason)
        return refuse_words(invocation, "backup takes no reason.");
    const auto config = read_helper_config(invocation.config_file);
    if (!config) {
        say("ssp-mfa backup: the configuration cannot be used.\n" + config.error().detail);
        return ExitCode::usage;
    }
    const auto facts = back_up(invocation, *config);
    std::vector<ResultRow> rows;
    if (facts)
        rows.push_back({{"backup", invocation.words[1]},
                        {"node", facts->node_id},
                        {"people", std::to_string(facts->people)},
                        {"audit_rows", std::to_string(facts->audit_rows)},
                        {"newest_row", fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", facts->newest)}});
    print_rows(invocation, rows, Layout::record);
    if (!facts) {
        say("ssp-mfa backup: " + facts.error().detail);
        return ExitCode::refused;
    }
    say("The master key is not in it: without a copy of the key, kept elsewhere, nobody can read this "
        "backup.");
    return ExitCode::done;
}

} // namespace

const Verb backup_verb{
    "backup",
    "administrator: copy the database while it is used, and check the copy",
    R"(Usage: ssp-mfa backup FILE [--force] [--json]

Writes a checked copy of the database to FILE, mode 0600, as root, while people
sign in. FILE must lie in a folder of root that nobody else can write. What is
there is only replaced with --force, and only once the new copy is whole. The
copy is made beside the database first, which needs room for it.

The master key is not in it. Keep a copy of the key elsewhere: without it the
backup cannot be read, and with it it can. Put a backup back with
ssp-mfa restore, never with cp: a database that was copied back is refused.
)",
    run,
    Verb::Options::of_backup,
};

} // namespace ssp::command
