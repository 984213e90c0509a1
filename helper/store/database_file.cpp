#include "store/database_file.h"

#include "base/unique_fd.h"

#include <array>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <string_view>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace ssp {

namespace {

Error refusal(const std::string& path, const std::string& why)
{
    return Error{ErrorKind::configuration, "database " + path + ": " + why};
}

Error refusal(const std::string& path, int error) { return refusal(path, std::string(std::strerror(error))); }

struct Place {
    std::string folder; ///< links resolved
    std::string name;
};

Result<Place> place_of(const std::string& path)
{
    const auto slash = path.rfind('/');
    const auto folder = slash == std::string::npos ? std::string(".") : path.substr(0, slash + 1);
    const auto name = slash == std::string::npos ? path : path.substr(slash + 1);
    if (name.empty())
        return refusal(path, "names no file");
    const std::unique_ptr<char, decltype(&free)> resolved(realpath(folder.c_str(), nullptr), &free);
    if (!resolved)
        return refusal(path, "its folder: " + std::string(std::strerror(errno)));

    struct stat status {};
    if (stat(resolved.get(), &status) != 0)
        return refusal(path, errno);
    if (!S_ISDIR(status.st_mode))
        return refusal(path, "its folder is not a folder");
    if (status.st_uid != geteuid() && status.st_uid != 0)
        return refusal(path, "its folder belongs to another user");
    if ((status.st_mode & 0022) != 0)
        return refusal(path, "its folder can be written by others");
    return Place{resolved.get(), name};
}

Result<void> sync_folder(const std::string& folder)
{
    const UniqueFd fd(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd || fsync(fd.get()) != 0)
        return refusal(folder, errno);
    return {};
}

} // namespace

std::string objection_to(const struct stat& status)
{
    if (S_ISLNK(status.st_mode))
        return "is a symbolic link; put the file itself there";
    if (!S_ISREG(status.st_mode))
        return "is not a regular file; put the file back";
    if (status.st_uid != geteuid())
        return "belongs to another user";
    if ((status.st_mode & 0777) != 0600)
        return "must have mode 0600";
    if (status.st_nlink != 1)
        return "has a second name (hard link); remove the other one";
    return {};
}

Result<void> sync_folder_of(const std::string& path)
{
    const auto place = place_of(path);
    if (!place)
        return place.error();
    return sync_folder(place->folder);
}

Result<std::string> check_database_file(const std::string& path)
{
    const auto place = place_of(path);
    if (!place)
        return place.error();
    const auto resolved = place->folder + "/" + place->name;

    struct stat status {};
    if (lstat(resolved.c_str(), &status) != 0)
        return errno == ENOENT ? refusal(path, "is missing. " + std::string(way_out) +
                                                   "; for the first one of a new host: ssp-mfa init")
                               : refusal(path, errno);
    if (auto why = objection_to(status); !why.empty())
        return refusal(path, why);
    if (status.st_size == 0)
        return refusal(path, "is empty. " + std::string(way_out));
    // Not opened here: closing it again would give up the locks that SQLite holds on it in this process.
    for (const char* suffix : {"-wal", "-shm", "-journal"}) {
        const auto beside = resolved + suffix;
        if (lstat(beside.c_str(), &status) != 0) {
            if (errno != ENOENT)
                return refusal(beside, errno);
        } else if (auto why = objection_to(status); !why.empty()) {
            return refusal(beside, why);
        }
    }
    return resolved;
}

bool is_on_read_only_file_system(const std::string& path) noexcept
{
    struct statvfs status {};
    return statvfs(path.c_str(), &status) == 0 && (status.f_flag & ST_RDONLY) != 0;
}

Result<std::string> create_database_file(const std::string& path, uid_t owner, gid_t group)
{
    const auto place = place_of(path);
    if (!place)
        return place.error();
    const auto resolved = place->folder + "/" + place->name;
    struct stat status {};
    if (lstat(resolved.c_str(), &status) == 0)
        return refusal(path, "exists already and is never replaced");

    auto filled = resolved + ".new";
    const UniqueFd fd(open(filled.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!fd)
        return errno == EEXIST ? refusal(filled, "was left by an init that did not end; remove it first")
                               : refusal(filled, errno);
    if (fchown(fd.get(), owner, group) != 0 || fchmod(fd.get(), 0600) != 0) {
        const auto error = refusal(filled, errno);
        unlink(filled.c_str());
        return error;
    }
    return filled;
}

Result<void> publish_database_file(const std::string& filled, const std::string& path)
{
    const auto place = place_of(path);
    if (!place)
        return place.error();
    const auto resolved = place->folder + "/" + place->name;
    if (renameat2(AT_FDCWD, filled.c_str(), AT_FDCWD, resolved.c_str(), RENAME_NOREPLACE) != 0)
        return refusal(path, errno);
    return sync_folder(place->folder);
}

} // namespace ssp
