#include "config/source_file.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <memory>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace ssp::config {

namespace {

Error bad(const std::string& path, std::string_view reason)
{
    return Error{ErrorKind::configuration, fmt::format("{}: {}", path, reason)};
}

bool is_ours(const struct stat& status) { return status.st_uid == 0 || status.st_uid == ::geteuid(); }

Result<void> check_directory(const std::string& directory)
{
    struct stat status {};
    if (::stat(directory.c_str(), &status) != 0)
        return bad(directory, std::strerror(errno));
    if (!is_ours(status))
        return bad(directory,
                   fmt::format("the directory is owned by uid {}; allowed are root and the running user",
                               status.st_uid));
    if ((status.st_mode & S_IWOTH) != 0 && (status.st_mode & S_ISVTX) == 0)
        return bad(directory, "everybody may write in this directory; not allowed");
    return {};
}

} // namespace

std::string directory_of(const std::string& path)
{
    const auto slash = path.rfind('/');
    if (slash == std::string::npos)
        return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

Result<UniqueFd> open_source(const std::string& path)
{
    // Not blocking: a FIFO in the file's place must not hold a daemon up.
    UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!file)
        return bad(path, std::strerror(errno));
    struct stat status {};
    if (::fstat(file.get(), &status) != 0)
        return bad(path, std::strerror(errno));
    if (!S_ISREG(status.st_mode))
        return bad(path, "is not a regular file");
    if (!is_ours(status))
        return bad(path,
                   fmt::format("is owned by uid {}; allowed are root and the running user", status.st_uid));
    if ((status.st_mode & S_IWOTH) != 0)
        return bad(path, "everybody may write this file; not allowed");
    if (auto directory = check_directory(directory_of(path)); !directory)
        return directory.error();
    return file;
}

Result<std::string> read_source(const std::string& path)
{
    const auto file = open_source(path);
    if (!file)
        return file.error();
    std::string text;
    char bytes[16384];
    while (true) {
        const ssize_t got = ::read(file->get(), bytes, sizeof bytes);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return bad(path, std::strerror(errno));
        if (got == 0)
            return text;
        text.append(bytes, static_cast<std::size_t>(got));
        if (text.size() > max_file_bytes)
            return bad(path, fmt::format("is longer than {} bytes", max_file_bytes));
    }
}

Result<std::vector<std::string>> toml_files_in(const std::string& directory)
{
    std::vector<std::string> paths;
    const std::unique_ptr<DIR, int (*)(DIR*)> stream(::opendir(directory.c_str()), ::closedir);
    if (stream == nullptr) {
        if (errno == ENOENT)
            return paths;
        return bad(directory, std::strerror(errno));
    }
    while (true) {
        errno = 0;
        const dirent* entry = ::readdir(stream.get());
        if (entry == nullptr && errno != 0)
            return bad(directory, std::strerror(errno));
        if (entry == nullptr)
            break;
        const std::string_view name = entry->d_name;
        if (name.front() != '.' && name.ends_with(".toml"))
            paths.push_back(fmt::format("{}/{}", directory, name));
    }
    std::ranges::sort(paths);
    return paths;
}

} // namespace ssp::config
