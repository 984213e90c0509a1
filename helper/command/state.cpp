#include "command/state.h"

#include "store/ballast.h"
#include "store/initialise.h"
#include "store/master_key.h"

#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

namespace ssp::command {

namespace {

Error refusal(std::string sentences) { return Error{ErrorKind::configuration, std::move(sentences)}; }

bool is_there(const std::string& path)
{
    struct stat status = {};
    return lstat(path.c_str(), &status) == 0 || errno != ENOENT;
}

std::string folder_of(const std::string& path) { return path.substr(0, path.rfind('/') + 1); }

/// SQLite makes files beside the database while ssp-mfad runs, so the folder has to be its own.
Result<void> check_folder(const std::string& database, const StateOwner& owner)
{
    const auto folder = folder_of(database);
    struct stat status = {};
    const auto remedy =
        fmt::format("\nMake it so: install -d -m 0700 -o {} -g {} {}", owner.uid, owner.gid, folder);
    if (stat(folder.c_str(), &status) != 0)
        return refusal(
            fmt::format("The folder {} cannot be used: {}.{}", folder, std::strerror(errno), remedy));
    if (!S_ISDIR(status.st_mode) || status.st_uid != owner.uid || (status.st_mode & 0077U) != 0)
        return refusal(fmt::format("The folder {} must belong to {} and be open to nobody else.{}", folder,
                                   owner.name, remedy));
    return {};
}

Result<void> check_that_nothing_is_there(const std::string& database, const std::string& key_file,
                                         bool key_is_a_credential)
{
    const bool has_database = is_there(database);
    const bool has_key = is_there(key_file);
    if (has_database && (has_key || key_is_a_credential))
        return refusal(fmt::format("Already set up: {} exists. Nothing was changed.", database));
    if (has_database)
        return refusal(
            fmt::format("The database {} exists, but its master key {} does not. Nothing was changed.\n"
                        "Put the key back: without it nobody can read this database.",
                        database, key_file));
    if (has_key && key_is_a_credential)
        return refusal(
            fmt::format("The master key comes as a systemd credential, but {} exists too. Nothing was "
                        "changed.\nRemove the one that is not meant.",
                        key_file));
    if (has_key)
        return refusal(
            fmt::format("The master key {} exists, but the database {} does not. Nothing was changed.\n"
                        "If this host ever worked, restore the database from a backup. If it never did, "
                        "remove the key and run this again.",
                        key_file, database));
    return {};
}

Result<void> make_database(const std::string& database, const MasterKey& key, const StateOwner& owner,
                           Random& random)
{
    const ActingAs acting(owner);
    if (!acting.holds())
        return refusal(fmt::format("This must run as root or as {}. Nothing was changed.", owner.name));
    Ballast ballast(database, Ballast::usual_bytes);
    if (auto held = ballast.hold(); !held)
        return held;
    auto made = initialise_store(database, key, random, owner.uid, owner.gid);
    if (!made)
        ballast.release();
    return made;
}

bool holds_master_key(const char* credentials_directory)
{
    return credentials_directory != nullptr && *credentials_directory != '\0' &&
           is_there(std::string(credentials_directory) + "/master-key");
}

ResultRow row(std::string what, const std::string& file, const StateOwner& owner, std::string mode)
{
    return {{"made", std::move(what)}, {"file", file}, {"owner", owner.name}, {"mode", std::move(mode)}};
}

} // namespace

Result<StateOwner> find_state_owner(const std::string& name)
{
    const auto* user = getpwnam(name.c_str());
    if (user == nullptr)
        return refusal(fmt::format("There is no account {}, which the configuration names to run ssp-mfad.\n"
                                   "Make it: systemd-sysusers, or reinstall the package.",
                                   name));
    if (user->pw_uid == 0)
        return refusal("ssp-mfad never runs as root. Name another account as `user` in the configuration.");
    return StateOwner{name, user->pw_uid, user->pw_gid};
}

Result<std::vector<ResultRow>> make_state(const std::string& database, const std::string& key_file,
                                          const char* credentials_directory, const StateOwner& owner,
                                          Random& random)
{
    if (geteuid() != 0 && geteuid() != owner.uid)
        return refusal(fmt::format("This must run as root or as {}. Nothing was changed.", owner.name));
    const bool key_is_a_credential = holds_master_key(credentials_directory);
    if (auto free = check_that_nothing_is_there(database, key_file, key_is_a_credential); !free)
        return free.error();
    if (auto folder = check_folder(database, owner); !folder)
        return folder.error();

    const auto key = key_is_a_credential ? read_master_key(credentials_directory, key_file)
                                         : create_master_key(key_file, random, owner.uid, owner.gid);
    if (!key)
        return refusal(key.error().detail + ". Nothing was changed.");
    if (auto made = make_database(database, *key, owner, random); !made) {
        if (!key_is_a_credential)
            unlink(key_file.c_str());
        return refusal(made.error().detail + ". What was made so far was removed again.");
    }
    std::vector<ResultRow> rows;
    if (!key_is_a_credential)
        rows.push_back(row("master key", key_file, owner, "0400"));
    rows.push_back(row("database", database, owner, "0600"));
    rows.push_back(
        row("ballast for a full disk", Ballast(database, Ballast::usual_bytes).file(), owner, "0600"));
    return rows;
}

} // namespace ssp::command
