#include "fuzz/module_calls.h"

#include <cerrno>
#include <cstdarg>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <fcntl.h>
#include <grp.h>
#include <initializer_list>
#include <poll.h>
#include <pwd.h>
#include <string_view>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace ssp::testing {

Machine machine;

} // namespace ssp::testing

namespace {

using ssp::testing::Call;
using ssp::testing::machine;

int inside = 0;
constexpr int the_socket = 100001;
constexpr int the_session_file = 100002;
constexpr int the_stat_file = 100003;

/// Whether this call fails, and with which of `errors`; 0 in that list: in its own way.
bool fails(Call call, std::initializer_list<int> errors, int& error)
{
    const auto index = static_cast<int>(call);
    if (machine.calls[index]++ != machine.fault_at || machine.fault != call)
        return false;
    error = *(errors.begin() + machine.fault_way % static_cast<int>(errors.size()));
    machine.failed = machine.failed || (error != EINTR && error != EAGAIN) || call == Call::open ||
                     call == Call::read || call == Call::getpwnam_r || call == Call::getrandom;
    return true;
}

int failed(int error)
{
    errno = error;
    return -1;
}

template <class Signature> Signature* real(Signature*, const char* name)
{
    return reinterpret_cast<Signature*>(dlsym(RTLD_NEXT, name));
}

int opened(int fd)
{
    ++machine.open_descriptors;
    return fd;
}

} // namespace

#define REAL(name) real(name, #name)

extern "C" {

int connect(int fd, const sockaddr* address, socklen_t length)
{
    int error = 0;
    if (inside == 0)
        return REAL(connect)(fd, address, length);
    return fails(Call::connect, {ECONNREFUSED, ENOENT, EACCES, EAGAIN, EINTR}, error) ? failed(error) : 0;
}

int getsockopt(int fd, int level, int option, void* value, socklen_t* length) noexcept
{
    int error = 0;
    if (inside == 0)
        return REAL(getsockopt)(fd, level, option, value, length);
    if (fails(Call::getsockopt, {ENOPROTOOPT, 0}, error)) {
        *length = 0;
        return error == 0 ? 0 : failed(error);
    }
    const ucred peer{1, machine.foreign_listener ? 4242U : 0U, 0};
    std::memcpy(value, &peer, sizeof peer);
    return 0;
}

int lstat64(const char* path, struct stat64* out) noexcept
{
    int error = 0;
    if (inside == 0)
        return REAL(lstat64)(path, out);
    if (fails(Call::lstat, {EIO, ENOENT, EACCES}, error))
        return failed(error);
    *out = {};
    out->st_mode = std::string_view(path).ends_with(".sock") ? S_IFSOCK | 0600 : S_IFDIR | 0755;
    return 0;
}

int open64(const char* path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    int error = 0;
    if (inside == 0)
        return REAL(open64)(path, flags, mode);
    if (fails(Call::open, {EMFILE, EACCES, EINTR}, error))
        return failed(error);
    return opened(std::strcmp(path, "/proc/self/stat") == 0 ? the_stat_file : the_session_file);
}

ssize_t read(int fd, void* bytes, size_t size)
{
    int error = 0;
    if (inside == 0)
        return REAL(read)(fd, bytes, size);
    if (fails(Call::read, {EIO, EINTR}, error))
        return failed(error);
    const std::string_view content = fd == the_stat_file ? std::string_view(machine.stat) : "4294967295\n";
    const auto length = content.size() < size ? content.size() : size;
    std::memcpy(bytes, content.data(), length);
    return static_cast<ssize_t>(length);
}

int close(int fd)
{
    if (inside == 0 || fd < the_socket)
        return REAL(close)(fd);
    --machine.open_descriptors;
    return 0;
}

int poll(pollfd* watched, nfds_t count, int timeout)
{
    int error = 0;
    if (inside == 0)
        return REAL(poll)(watched, count, timeout);
    const bool fault = fails(Call::poll, {ENOMEM, 0, EINTR}, error);
    const bool silent = fault ? error == 0
                              : count == 0 || (watched->events == POLLIN && machine.helper_hangs &&
                                               machine.delivered == machine.helper.size());
    if (fault && error != 0)
        return failed(error);
    if (silent && timeout < 0)
        std::abort(); // for ever
    if (silent)
        machine.now_ms += timeout;
    return silent ? 0 : 1;
}

int clock_gettime(clockid_t clock, timespec* out) noexcept
{
    if (inside == 0)
        return REAL(clock_gettime)(clock, out);
    *out = {machine.now_ms / 1000 + 1000, machine.now_ms % 1000 * 1000000};
    return 0;
}

ssize_t recv(int fd, void* bytes, size_t size, int flags)
{
    int error = 0;
    if (inside == 0)
        return REAL(recv)(fd, bytes, size, flags);
    if (fails(Call::recv, {ECONNRESET, 0, ENOMEM, EINTR, EAGAIN}, error))
        return error == 0 ? 0 : failed(error);
    auto length = machine.helper.size() - machine.delivered;
    length = length < size ? length : size;
    length = length < machine.piece ? length : machine.piece;
    std::memcpy(bytes, machine.helper.data() + machine.delivered, length);
    machine.delivered += length;
    return static_cast<ssize_t>(length);
}

ssize_t send(int fd, const void* bytes, size_t size, int flags)
{
    int error = 0;
    if (inside == 0)
        return REAL(send)(fd, bytes, size, flags);
    if ((flags & MSG_NOSIGNAL) == 0)
        std::abort();
    if (fails(Call::send, {EPIPE, 0, ENOMEM, EINTR, EAGAIN}, error))
        return error == 0 ? 0 : failed(error);
    size = size < machine.piece ? size : machine.piece;
    machine.sent.append(static_cast<const char*>(bytes), size);
    return static_cast<ssize_t>(size);
}

int socket(int domain, int type, int protocol) noexcept
{
    int error = 0;
    if (inside == 0)
        return REAL(socket)(domain, type, protocol);
    return fails(Call::socket, {EMFILE, EACCES, ENOBUFS}, error) ? failed(error) : opened(the_socket);
}

int getpwnam_r(const char* name, passwd* entry, char* texts, size_t size, passwd** found)
{
    int error = 0;
    if (inside == 0)
        return REAL(getpwnam_r)(name, entry, texts, size, found);
    *found = nullptr;
    if (fails(Call::getpwnam_r, {EIO, ERANGE, EMFILE}, error))
        return error;
    if (std::strcmp(name, "nobody-here") == 0)
        return 0;
    std::strncpy(texts, std::strcmp(name, "ALICE") == 0 ? "alice" : name, size - 1);
    *entry = {};
    entry->pw_name = texts;
    entry->pw_uid = 1000;
    *found = entry;
    return 0;
}

int getgrouplist(const char* name, gid_t first, gid_t* groups, int* count)
{
    int error = 0;
    if (inside == 0)
        return REAL(getgrouplist)(name, first, groups, count);
    if (fails(Call::getgrouplist, {0}, error))
        return -1;
    groups[0] = first;
    return *count = 1;
}

ssize_t getrandom(void* bytes, size_t size, unsigned flags)
{
    int error = 0;
    if (inside == 0)
        return REAL(getrandom)(bytes, size, flags);
    if (fails(Call::getrandom, {ENOSYS, 0, EINTR}, error))
        return error == 0 ? 3 : failed(error);
    const std::uint64_t conversation = 0x1122334455667788U;
    std::memcpy(bytes, &conversation, size < sizeof conversation ? size : sizeof conversation);
    return static_cast<ssize_t>(size);
}

} // extern "C"

namespace ssp::testing {

InsideModule::InsideModule() noexcept { ++inside; }
InsideModule::~InsideModule() { --inside; }

} // namespace ssp::testing
