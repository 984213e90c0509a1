#include "config/secret_source.h"

#include "config/source_file.h"
#include "config/text_rules.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace ssp::config {

namespace {

constexpr std::string_view credential_prefix = "credential:";

/// A file name in $CREDENTIALS_DIRECTORY.
bool is_credential_name(std::string_view name)
{
    return !name.empty() && name.size() <= 64 && name.front() != '.' && std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
               c == '_' || c == '.';
    });
}

bool is_secret_source(std::string_view text)
{
    if (text.starts_with(credential_prefix))
        return is_credential_name(text.substr(credential_prefix.size()));
    return rule::absolute_path.fits(text);
}

Error refusal(std::string_view what, std::string_view why)
{
    return Error{ErrorKind::configuration, fmt::format("{}: {}", what, why)};
}

/// The line end at the end is an editor's, not the secret's.
std::size_t length_without_line_end(std::string_view text)
{
    if (text.ends_with("\r\n"))
        return text.size() - 2;
    return text.ends_with('\n') ? text.size() - 1 : text.size();
}

Result<SecretString> read_from(int file, const std::string& path)
{
    struct stat status {};
    if (::fstat(file, &status) != 0)
        return refusal(path, std::strerror(errno));
    // Group read: the usual file belongs to root, and to the group of the delivery user.
    if ((status.st_mode & (S_IWGRP | S_IRWXO)) != 0)
        return refusal(path, "others may use this file; allowed: mode 0400, 0600 or 0640");
    auto bytes = SecretString::zeros(max_secret_bytes + 1);
    std::size_t size = 0;
    while (size < bytes.size()) {
        const ssize_t got = ::read(file, bytes.data() + size, bytes.size() - size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return refusal(path, std::strerror(errno));
        if (got == 0)
            break;
        size += static_cast<std::size_t>(got);
    }
    if (size > max_secret_bytes)
        return refusal(path, fmt::format("is longer than {} bytes", max_secret_bytes));
    const auto text = bytes.reveal().substr(0, size);
    const auto secret = text.substr(0, length_without_line_end(text));
    if (secret.empty())
        return refusal(path, "is empty");
    if (secret.find('\0') != std::string_view::npos)
        return refusal(path, "holds a NUL byte");
    return SecretString(secret);
}

Result<SecretString> read_credential(const std::string& name)
{
    const char* directory = std::getenv("CREDENTIALS_DIRECTORY");
    const auto missing = [&name] {
        return refusal("credential " + name, "systemd gave none of this name; name it with LoadCredential= "
                                             "in a drop-in of ssp-mfa-deliveryd.service");
    };
    if (directory == nullptr || *directory != '/')
        return missing();
    const auto path = fmt::format("{}/{}", directory, name);
    if (::access(path.c_str(), F_OK) != 0)
        return missing();
    const auto file = open_source(path);
    if (!file)
        return file.error();
    return read_from(file->get(), path);
}

} // namespace

const TextRule rule::secret_source{is_secret_source, "the absolute path of a file that holds the secret, or "
                                                     "\"credential:NAME\" for one that systemd gives"};

Result<SecretString> read_secret(const std::string& source)
{
    if (source.starts_with(credential_prefix))
        return read_credential(source.substr(credential_prefix.size()));
    auto file = open_source(source);
    if (file)
        return read_from(file->get(), source);
    if (::access(source.c_str(), R_OK) != 0 && errno == EACCES)
        return refusal(source,
                       "Permission denied; give it to root and the group ssp-mfa-delivery, mode 0640");
    return file.error();
}

} // namespace ssp::config
