#include "store/master_key.h"

#include "base/unique_fd.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace ssp {

namespace {

Error refusal(const std::string& file, const std::string& why)
{
    return Error{ErrorKind::configuration, "master key " + file + ": " + why};
}

Error refusal(const std::string& file, int error) { return refusal(file, std::string(std::strerror(error))); }

/// Why this inode is not to be trusted with the key; empty: it is.
/// systemd hands a credential over as a file of root or of the service, with an ACL that shows as group read.
std::string objection(const struct stat& status, bool credential)
{
    if (!S_ISREG(status.st_mode))
        return "is not a regular file";
    if (status.st_nlink != 1 && !credential)
        return "has a second name (hard link)";
    const bool ours = status.st_uid == geteuid() || (credential && status.st_uid == 0);
    if (!ours)
        return "belongs to another user";
    const mode_t forbidden = credential ? 0027 : 0177;
    if ((status.st_mode & forbidden) != 0)
        return credential ? "is open to others" : "must have mode 0400 or 0600";
    if (status.st_size != static_cast<off_t>(master_key_bytes))
        return "holds " + std::to_string(status.st_size) + " bytes, not 32";
    return {};
}

Result<MasterKey> read_from(UniqueFd fd, const std::string& file, bool credential)
{
    struct stat status {};
    if (fstat(fd.get(), &status) != 0)
        return refusal(file, errno);
    if (auto why = objection(status, credential); !why.empty())
        return refusal(file, why);

    auto bytes = SecretString::zeros(master_key_bytes);
    for (std::size_t got = 0; got < master_key_bytes;) {
        const ssize_t n = read(fd.get(), bytes.data() + got, master_key_bytes - got);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? refusal(file, errno) : refusal(file, "ended early");
        got += static_cast<std::size_t>(n);
    }
    return MasterKey{std::move(bytes), credential};
}

UniqueFd open_for_reading(const std::string& file)
{
    return UniqueFd(open(file.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
}

/// Nothing: neither the credential nor the file is there.
Result<std::optional<MasterKey>> read_key(const char* credentials_directory, const char* name,
                                          const std::string& file)
{
    auto place = file;
    UniqueFd fd;
    bool credential = false;
    if (credentials_directory != nullptr && *credentials_directory != '\0') {
        place = std::string(credentials_directory) + "/" + name;
        fd = open_for_reading(place);
        if (!fd && errno != ENOENT)
            return refusal(place, errno);
        credential = static_cast<bool>(fd);
    }
    if (!fd) {
        place = file;
        fd = open_for_reading(place);
    }
    if (!fd && errno == ENOENT)
        return std::optional<MasterKey>();
    if (!fd)
        return errno == ELOOP ? refusal(place, "is a symbolic link") : refusal(place, errno);
    auto key = read_from(std::move(fd), place, credential);
    if (!key)
        return key.error();
    return std::optional(std::move(*key));
}

Result<void> write_out(int fd, const std::string& file, const MasterKey& key, uid_t owner, gid_t group)
{
    const auto bytes = key.bytes.reveal();
    if (write(fd, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()))
        return refusal(file, errno != 0 ? errno : ENOSPC);
    if (fchown(fd, owner, group) != 0 || fsync(fd) != 0)
        return refusal(file, errno);
    const auto slash = file.rfind('/');
    const auto folder = slash == std::string::npos ? "." : file.substr(0, slash + 1);
    const UniqueFd directory(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory || fsync(directory.get()) != 0)
        return refusal(file, errno);
    return {};
}

} // namespace

std::string next_key_file(const std::string& file) { return file + ".next"; }

Result<MasterKey> read_master_key(const char* credentials_directory, const std::string& file)
{
    auto key = read_key(credentials_directory, "master-key", file);
    if (!key)
        return key.error();
    if (!*key)
        return refusal(file, ENOENT);
    return std::move(**key);
}

Result<std::optional<MasterKey>> read_next_master_key(const char* credentials_directory,
                                                      const std::string& file)
{
    return read_key(credentials_directory, "master-key-next", next_key_file(file));
}

Result<MasterKey> create_master_key(const std::string& file, Random& random, uid_t owner, gid_t group)
{
    auto bytes = SecretString::zeros(master_key_bytes);
    if (auto filled = random.fill({reinterpret_cast<unsigned char*>(bytes.data()), bytes.size()}); !filled)
        return filled.error();
    MasterKey key{std::move(bytes), false};

    const UniqueFd fd(open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0400));
    if (!fd)
        return errno == EEXIST ? refusal(file, "exists already and is never replaced") : refusal(file, errno);
    errno = 0;
    if (auto written = write_out(fd.get(), file, key, owner, group); !written) {
        unlink(file.c_str());
        return written.error();
    }
    return key;
}

} // namespace ssp
