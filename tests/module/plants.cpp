#include "plants.h"

#include "ownership.h"

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <grp.h>
#include <map>
#include <poll.h>
#include <pwd.h>
#include <security/pam_ext.h>
#include <security/pam_modules.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace {

/// What errno says of each fault, in the order of its way; a function that fails otherwise counts with 0.
struct Function {
    std::vector<int> faults;
    std::vector<int> nuisances;
    int calls = 0;
};

std::map<std::string, Function>& functions()
{
    // Not among them: getpwnam_r() without an entry (nobody of that name), open() of a file that is not there
    // (a kernel without audit sessions). They are answers and no failures.
    static std::map<std::string, Function> all{
        {"close", {{}, {EIO}}},
        {"connect", {{ECONNREFUSED, EACCES, ENOENT, EPERM, EPROTOTYPE}, {EAGAIN, EINTR}}},
        {"getgrouplist", {{0}, {}}},
        {"getpwnam_r", {{EIO, EMFILE, ENFILE, ENOMEM, ERANGE, EINTR}, {}}},
        {"getrandom", {{ENOSYS, 0, EINTR, EAGAIN}, {}}},
        {"getsockopt", {{ENOPROTOOPT, 0}, {}}},
        {"lstat64", {{EIO, EACCES, ENOENT, ELOOP, ENOMEM}, {}}},
        {"open64", {{EMFILE, ENFILE, EACCES, EIO, ENOMEM, EINTR}, {}}},
        {"pam_get_data", {{PAM_SYSTEM_ERR, PAM_NO_MODULE_DATA, PAM_SUCCESS}, {}}},
        {"pam_get_item", {{PAM_SYSTEM_ERR, PAM_PERM_DENIED, PAM_BAD_ITEM, PAM_SUCCESS}, {}}},
        {"pam_get_user",
         {{PAM_CONV_ERR, PAM_SUCCESS, PAM_BUF_ERR, PAM_SYSTEM_ERR, PAM_CONV_AGAIN, PAM_INCOMPLETE}, {}}},
        {"pam_getenv", {{0}, {}}},
        {"pam_prompt",
         {{PAM_CONV_ERR, PAM_SUCCESS, PAM_CONV_AGAIN, PAM_BUF_ERR, PAM_SYSTEM_ERR, PAM_ABORT}, {}}},
        {"pam_set_data", {{PAM_BUF_ERR, PAM_SYSTEM_ERR}, {}}},
        {"poll", {{ENOMEM, 0, EINVAL, EFAULT}, {EINTR}}},
        {"read", {{EIO, EINTR}, {}}},
        {"recv", {{ECONNRESET, 0, ENOMEM, ENOTCONN}, {EINTR, EAGAIN, 0}}},
        {"send", {{EPIPE, 0, ECONNRESET, ENOMEM, EMSGSIZE}, {EINTR, EAGAIN, 0}}},
        {"snprintf", {{ENOMEM, 0}, {}}},
        {"socket", {{EMFILE, ENFILE, EACCES, ENOBUFS, ENOMEM, EAFNOSUPPORT}, {}}},
        {"strdup", {{ENOMEM}, {}}},
    };
    return all;
}

ssp::testing::Plant planted;

struct Way {
    bool planted = false;
    int error = 0;
};

/// How this call has to fail, if it has to.
Way way_of(const char* name, const void* caller)
{
    Dl_info from = {};
    if (dladdr(caller, &from) == 0 || std::strstr(from.dli_fname, "pam_ssp_mfa.so") == nullptr)
        return {};
    Function& function = functions().at(name);
    if (++function.calls != planted.call || planted.function != name)
        return {};
    const auto& errors = planted.way > 0 ? function.faults : function.nuisances;
    return {true, errors.at(static_cast<std::size_t>(std::abs(planted.way)) - 1)};
}

template <class Signature> Signature* real(Signature*, const char* name)
{
    return reinterpret_cast<Signature*>(dlsym(RTLD_NEXT, name));
}

int failed(int error)
{
    errno = error;
    return -1;
}

} // namespace

#define WAY(name) way_of(#name, __builtin_return_address(0))
#define REAL(name) real(name, #name)
#define VISIBLE extern "C" __attribute__((visibility("default")))

VISIBLE int close(int fd)
{
    const Way way = WAY(close);
    const int rc = REAL(close)(fd);
    return way.planted ? failed(way.error) : rc;
}
VISIBLE int connect(int fd, const sockaddr* address, socklen_t length)
{
    const Way way = WAY(connect);
    return way.planted ? failed(way.error) : REAL(connect)(fd, address, length);
}
VISIBLE int getgrouplist(const char* name, gid_t first, gid_t* groups, int* count)
{
    return WAY(getgrouplist).planted ? -1 : REAL(getgrouplist)(name, first, groups, count);
}
VISIBLE int getpwnam_r(const char* name, passwd* entry, char* texts, size_t size, passwd** found)
{
    const Way way = WAY(getpwnam_r);
    if (!way.planted)
        return REAL(getpwnam_r)(name, entry, texts, size, found);
    *found = nullptr;
    return way.error;
}
VISIBLE ssize_t getrandom(void* bytes, size_t size, unsigned flags)
{
    const Way way = WAY(getrandom);
    return !way.planted ? REAL(getrandom)(bytes, size, flags) : way.error == 0 ? 3 : failed(way.error);
}
VISIBLE int getsockopt(int fd, int level, int option, void* value, socklen_t* length) noexcept
{
    const Way way = WAY(getsockopt);
    if (!way.planted)
        return REAL(getsockopt)(fd, level, option, value, length);
    *length = 0; // it says that it went well, and says nothing
    return way.error == 0 ? 0 : failed(way.error);
}
VISIBLE int lstat64(const char* path, struct stat64* out) noexcept
{
    const Way way = WAY(lstat64);
    return way.planted ? failed(way.error) : ssp::testing::presented_lstat(path, out);
}
VISIBLE int open64(const char* path, int flags, ...)
{
    const Way way = WAY(open64);
    return way.planted ? failed(way.error) : REAL(open64)(path, flags, 0);
}
VISIBLE int pam_get_data(const pam_handle_t* pamh, const char* name, const void** value)
{
    const Way way = WAY(pam_get_data);
    if (!way.planted)
        return REAL(pam_get_data)(pamh, name, value);
    *value = nullptr;
    return way.error;
}
VISIBLE int pam_get_item(const pam_handle_t* pamh, int item, const void** value)
{
    const Way way = WAY(pam_get_item);
    if (!way.planted)
        return REAL(pam_get_item)(pamh, item, value);
    // These two are always set; the others may be missing.
    const bool can_be_missing = item != PAM_SERVICE && item != PAM_USER;
    return way.error == PAM_SUCCESS && can_be_missing ? PAM_SYSTEM_ERR : way.error;
}
VISIBLE int pam_get_user(pam_handle_t* pamh, const char** user, const char* prompt)
{
    const Way way = WAY(pam_get_user);
    if (!way.planted)
        return REAL(pam_get_user)(pamh, user, prompt);
    *user = nullptr;
    return way.error;
}
VISIBLE const char* pam_getenv(pam_handle_t* pamh, const char* name)
{
    return WAY(pam_getenv).planted ? nullptr : REAL(pam_getenv)(pamh, name);
}
VISIBLE int pam_prompt(pam_handle_t* pamh, int style, char** response, const char* format, ...)
{
    const Way way = WAY(pam_prompt);
    va_list arguments;
    va_start(arguments, format);
    const int rc = pam_vprompt(pamh, style, response, format, arguments);
    va_end(arguments);
    if (!way.planted)
        return rc;
    // What failed may have brought an answer all the same; what went well may have brought none.
    if (way.error == PAM_SUCCESS && response != nullptr) {
        std::free(*response);
        *response = nullptr;
    }
    return way.error == PAM_SUCCESS && response == nullptr ? PAM_BUF_ERR : way.error;
}
VISIBLE int pam_set_data(pam_handle_t* pamh, const char* name, void* value,
                         void (*cleanup)(pam_handle_t*, void*, int))
{
    const Way way = WAY(pam_set_data);
    return way.planted ? way.error : REAL(pam_set_data)(pamh, name, value, cleanup);
}
VISIBLE int poll(pollfd* watched, nfds_t count, int timeout)
{
    const Way way = WAY(poll);
    return !way.planted ? REAL(poll)(watched, count, timeout) : way.error == 0 ? 0 : failed(way.error);
}
VISIBLE ssize_t read(int fd, void* bytes, size_t size)
{
    const Way way = WAY(read);
    return way.planted ? failed(way.error) : REAL(read)(fd, bytes, size);
}
VISIBLE ssize_t recv(int fd, void* bytes, size_t size, int flags)
{
    const Way way = WAY(recv);
    if (!way.planted || (planted.way < 0 && way.error == 0))
        return REAL(recv)(fd, bytes, way.planted ? 1 : size, flags);
    return way.error == 0 ? 0 : failed(way.error);
}
VISIBLE ssize_t send(int fd, const void* bytes, size_t size, int flags)
{
    const Way way = WAY(send);
    if (!way.planted || (planted.way < 0 && way.error == 0))
        return REAL(send)(fd, bytes, way.planted ? 1 : size, flags);
    return way.error == 0 ? 0 : failed(way.error);
}
VISIBLE int snprintf(char* to, size_t size, const char* format, ...) noexcept
{
    const Way way = WAY(snprintf);
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(to, size, format, arguments);
    va_end(arguments);
    return !way.planted ? length : way.error == 0 ? static_cast<int>(size) : failed(way.error);
}
VISIBLE int socket(int domain, int type, int protocol) noexcept
{
    const Way way = WAY(socket);
    return way.planted ? failed(way.error) : REAL(socket)(domain, type, protocol);
}
VISIBLE char* strdup(const char* text) noexcept { return WAY(strdup).planted ? nullptr : REAL(strdup)(text); }

namespace ssp::testing {

std::vector<std::string> planted_functions()
{
    std::vector<std::string> names;
    for (const auto& [name, function] : functions())
        names.push_back(name);
    return names;
}

int ways_to_fail(const std::string& function)
{
    return static_cast<int>(functions().at(function).faults.size());
}

int ways_to_bother(const std::string& function)
{
    return static_cast<int>(functions().at(function).nuisances.size());
}

void plant(const Plant& where)
{
    for (auto& [name, function] : functions())
        function.calls = 0;
    planted = where;
}

int calls_of(const std::string& function) { return functions().at(function).calls; }

} // namespace ssp::testing
