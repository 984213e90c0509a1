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

namespace {

struct Function {
    int ways;
    int calls = 0;
};

std::map<std::string, Function>& functions()
{
    static std::map<std::string, Function> all{
        {"connect", {2}},      {"getgrouplist", {1}}, {"getpwnam_r", {1}}, {"getrandom", {2}},
        {"getsockopt", {1}},   {"lstat64", {1}},      {"open64", {1}},     {"pam_get_data", {1}},
        {"pam_get_item", {1}}, {"pam_get_user", {2}}, {"pam_getenv", {1}}, {"pam_prompt", {2}},
        {"pam_set_data", {1}}, {"poll", {2}},         {"read", {1}},       {"recv", {2}},
        {"send", {1}},         {"snprintf", {1}},     {"socket", {1}},     {"strdup", {1}},
    };
    return all;
}

ssp::testing::Plant planted;

/// 0, or the way in which this call has to fail.
int way_of(const char* name, const void* caller)
{
    Dl_info from = {};
    if (dladdr(caller, &from) == 0 || std::strstr(from.dli_fname, "pam_ssp_mfa.so") == nullptr)
        return 0;
    Function& function = functions().at(name);
    return ++function.calls == planted.call && planted.function == name ? planted.way : 0;
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

VISIBLE int connect(int fd, const sockaddr* address, socklen_t length)
{
    const int way = WAY(connect);
    return way != 0 ? failed(way == 1 ? ECONNREFUSED : EACCES) : REAL(connect)(fd, address, length);
}
VISIBLE int getgrouplist(const char* name, gid_t first, gid_t* groups, int* count)
{
    return WAY(getgrouplist) != 0 ? -1 : REAL(getgrouplist)(name, first, groups, count);
}
VISIBLE int getpwnam_r(const char* name, passwd* entry, char* texts, size_t size, passwd** found)
{
    if (WAY(getpwnam_r) == 0)
        return REAL(getpwnam_r)(name, entry, texts, size, found);
    *found = nullptr;
    return EIO;
}
VISIBLE ssize_t getrandom(void* bytes, size_t size, unsigned flags)
{
    const int way = WAY(getrandom);
    return way == 1 ? failed(ENOSYS) : way == 2 ? 3 : REAL(getrandom)(bytes, size, flags);
}
VISIBLE int getsockopt(int fd, int level, int option, void* value, socklen_t* length) noexcept
{
    return WAY(getsockopt) != 0 ? failed(ENOPROTOOPT) : REAL(getsockopt)(fd, level, option, value, length);
}
VISIBLE int lstat64(const char* path, struct stat64* out) noexcept
{
    return WAY(lstat64) != 0 ? failed(EIO) : ssp::testing::presented_lstat(path, out);
}
VISIBLE int open64(const char* path, int flags, ...)
{
    return WAY(open64) != 0 ? failed(EMFILE) : REAL(open64)(path, flags, 0);
}
VISIBLE int pam_get_data(const pam_handle_t* pamh, const char* name, const void** value)
{
    return WAY(pam_get_data) != 0 ? PAM_SYSTEM_ERR : REAL(pam_get_data)(pamh, name, value);
}
VISIBLE int pam_get_item(const pam_handle_t* pamh, int item, const void** value)
{
    return WAY(pam_get_item) != 0 ? PAM_SYSTEM_ERR : REAL(pam_get_item)(pamh, item, value);
}
VISIBLE int pam_get_user(pam_handle_t* pamh, const char** user, const char* prompt)
{
    const int way = WAY(pam_get_user);
    if (way == 2)
        *user = nullptr;
    return way == 1 ? PAM_CONV_ERR : way == 2 ? PAM_SUCCESS : REAL(pam_get_user)(pamh, user, prompt);
}
VISIBLE const char* pam_getenv(pam_handle_t* pamh, const char* name)
{
    return WAY(pam_getenv) != 0 ? nullptr : REAL(pam_getenv)(pamh, name);
}
VISIBLE int pam_prompt(pam_handle_t* pamh, int style, char** response, const char* format, ...)
{
    const int way = WAY(pam_prompt);
    if (way == 1)
        return PAM_CONV_ERR;
    va_list arguments;
    va_start(arguments, format);
    const int rc = pam_vprompt(pamh, style, response, format, arguments);
    va_end(arguments);
    if (way == 2 && response != nullptr) {
        std::free(*response);
        *response = nullptr;
    }
    return way == 2 && response == nullptr ? PAM_BUF_ERR : rc;
}
VISIBLE int pam_set_data(pam_handle_t* pamh, const char* name, void* value,
                         void (*cleanup)(pam_handle_t*, void*, int))
{
    return WAY(pam_set_data) != 0 ? PAM_BUF_ERR : REAL(pam_set_data)(pamh, name, value, cleanup);
}
VISIBLE int poll(pollfd* watched, nfds_t count, int timeout)
{
    const int way = WAY(poll);
    return way == 1 ? failed(ENOMEM) : way == 2 ? 0 : REAL(poll)(watched, count, timeout);
}
VISIBLE ssize_t read(int fd, void* bytes, size_t size)
{
    return WAY(read) != 0 ? failed(EIO) : REAL(read)(fd, bytes, size);
}
VISIBLE ssize_t recv(int fd, void* bytes, size_t size, int flags)
{
    const int way = WAY(recv);
    return way == 1 ? failed(ECONNRESET) : way == 2 ? 0 : REAL(recv)(fd, bytes, size, flags);
}
VISIBLE ssize_t send(int fd, const void* bytes, size_t size, int flags)
{
    return WAY(send) != 0 ? failed(EPIPE) : REAL(send)(fd, bytes, size, flags);
}
VISIBLE int snprintf(char* to, size_t size, const char* format, ...) noexcept
{
    if (WAY(snprintf) != 0)
        return failed(ENOMEM);
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(to, size, format, arguments);
    va_end(arguments);
    return length;
}
VISIBLE int socket(int domain, int type, int protocol) noexcept
{
    return WAY(socket) != 0 ? failed(EMFILE) : REAL(socket)(domain, type, protocol);
}
VISIBLE char* strdup(const char* text) noexcept { return WAY(strdup) != 0 ? nullptr : REAL(strdup)(text); }

namespace ssp::testing {

std::vector<std::string> planted_functions()
{
    std::vector<std::string> names;
    for (const auto& [name, function] : functions())
        names.push_back(name);
    return names;
}

int ways_to_fail(const std::string& function) { return functions().at(function).ways; }

void plant(const Plant& where)
{
    for (auto& [name, function] : functions())
        function.calls = 0;
    planted = where;
}

int calls_of(const std::string& function) { return functions().at(function).calls; }

} // namespace ssp::testing
