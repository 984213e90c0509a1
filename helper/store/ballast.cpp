#include "store/ballast.h"

#include "base/random.h"
#include "base/unique_fd.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <vector>

namespace ssp {

namespace {

/// What an ordinary user may still write there; nothing when the file system does not say.
std::size_t free_bytes_at(const std::string& folder) noexcept
{
    struct statvfs status {};
    if (statvfs(folder.c_str(), &status) != 0)
        return 0;
    return static_cast<std::size_t>(status.f_bavail) * status.f_frsize;
}

bool write_whole(int fd, const std::vector<unsigned char>& bytes) noexcept
{
    std::size_t done = 0;
    while (done < bytes.size()) {
        const ssize_t written = write(fd, bytes.data() + done, bytes.size() - done);
        if (written < 0 && errno != EINTR)
            return false;
        done += written < 0 ? 0 : static_cast<std::size_t>(written);
    }
    return true;
}

std::string folder_of(const std::string& file)
{
    const auto slash = file.rfind('/');
    return slash == std::string::npos ? "." : file.substr(0, slash + 1);
}

} // namespace

Ballast::Ballast(const std::string& database, std::size_t bytes)
    : file_(bytes == 0 ? std::string() : database + ".ballast"), bytes_(bytes)
{
}

Result<void> Ballast::hold()
{
    struct stat status {};
    if (file_.empty() || (lstat(file_.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
                          static_cast<std::size_t>(status.st_size) == bytes_))
        return {};
    if (free_bytes_at(folder_of(file_)) < 2 * bytes_)
        return Error{ErrorKind::store_unavailable, "there is no room for " + file_};
    unlink(file_.c_str());
    auto made = make();
    if (!made)
        unlink(file_.c_str());
    return made;
}

/// Twice the length first: what is given back afterwards is the room that the database may use, under a quota
/// too, which free_bytes_at() does not see.
Result<void> Ballast::make() const
{
    const auto failed = [this] {
        return Error{ErrorKind::store_unavailable, file_ + ": " + std::strerror(errno)};
    };
    const UniqueFd fd(open(file_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!fd)
        return failed();
    std::vector<unsigned char> chance(2 * bytes_);
    SystemRandom random;
    if (auto drawn = random.fill(chance); !drawn)
        return drawn;
    if (!write_whole(fd.get(), chance) || fdatasync(fd.get()) != 0 ||
        ftruncate(fd.get(), static_cast<off_t>(bytes_)) != 0 || fsync(fd.get()) != 0)
        return failed();
    return {};
}

void Ballast::release() noexcept
{
    if (!file_.empty())
        unlink(file_.c_str());
}

bool Ballast::half_is_left() const noexcept
{
    return file_.empty() || free_bytes_at(folder_of(file_)) >= bytes_ / 2;
}

} // namespace ssp
