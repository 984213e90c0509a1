#include "command/backup_file.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace ssp::command {

namespace {

Error refusal(const std::string& path, const std::string& why)
{
    return Error{ErrorKind::configuration, path + ": " + why};
}
Error refusal(const std::string& path, int error) { return refusal(path, std::string(std::strerror(error))); }

std::string folder_of(const std::string& path)
{
    const auto slash = path.rfind('/');
    return slash == std::string::npos ? "." : path.substr(0, slash + 1);
}

Result<void> check_folder(const std::string& path, uid_t owner)
{
    struct stat status {};
    const auto folder = folder_of(path);
    if (::stat(folder.c_str(), &status) != 0)
        return refusal(folder, errno);
    if ((status.st_uid != 0 && status.st_uid != owner) || (status.st_mode & 0022) != 0)
        return refusal(folder, "a backup lies in a folder of root that nobody else can write, for example "
                               "/var/backups");
    return {};
}

Result<void> sync_folder(const std::string& path)
{
    const UniqueFd folder(::open(folder_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder || ::fsync(folder.get()) != 0)
        return refusal(path, errno);
    return {};
}

} // namespace

Progress progress_of(std::string what, const Clock& clock, std::function<void(const std::string&)> tell)
{
    static constexpr BootTime often = Seconds(2);
    return [what = std::move(what), tell = std::move(tell), &clock,
            next = clock.boot_time() + often](std::int64_t done, std::int64_t all) mutable {
        const auto now = clock.boot_time();
        if (now < next || all <= 0)
            return;
        next = now + often;
        tell(fmt::format("{}: {} % ...", what, done * 100 / all));
    };
}

Result<void> check_place_of_backup(const std::string& path, bool replace)
{
    if (path.empty() || path.back() == '/')
        return refusal(path, "names no file");
    if (auto fine = check_folder(path, 0); !fine)
        return fine;
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0)
        return errno == ENOENT ? Result<void>() : refusal(path, errno);
    if (!S_ISREG(status.st_mode) || status.st_nlink != 1)
        return refusal(path, "is not a plain file with one name; nothing was changed");
    if (!replace)
        return refusal(path, "exists already; --force replaces it");
    return {};
}

Result<void> write_backup(int from, const std::string& path, bool replace, const Progress& progress)
{
    const auto filled = path + ".new";
    if (::unlink(filled.c_str()) != 0 && errno != ENOENT) // of a backup that did not end
        return refusal(filled, errno);
    const auto file = create_file(filled);
    if (!file)
        return file.error();
    auto done = copy_bytes(from, file->get(), filled, progress);
    if (done && !same_bytes(from, file->get()))
        done = refusal(filled, "does not read back as it was written");
    const unsigned how = replace ? 0 : RENAME_NOREPLACE;
    if (done && ::renameat2(AT_FDCWD, filled.c_str(), AT_FDCWD, path.c_str(), how) != 0)
        done = refusal(path, errno);
    if (!done) {
        ::unlink(filled.c_str());
        return done;
    }
    return sync_folder(path);
}

Result<UniqueFd> open_backup(const std::string& path, uid_t owner)
{
    if (auto fine = check_folder(path, owner); !fine)
        return fine.error();
    UniqueFd file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!file)
        return errno == ELOOP ? refusal(path, "is a symbolic link") : refusal(path, errno);
    struct stat status {};
    if (::fstat(file.get(), &status) != 0)
        return refusal(path, errno);
    if (!S_ISREG(status.st_mode) || status.st_nlink != 1)
        return refusal(path, "is not a plain file with one name");
    if ((status.st_uid != 0 && status.st_uid != owner) || (status.st_mode & 0022) != 0)
        return refusal(path, "belongs to somebody else, or can be written by others");
    return file;
}

} // namespace ssp::command
