/* LD_PRELOAD: makes one chosen call of a process fail, kill it, hang, or write too little; and moves its clock.
 *
 * What to do stands in a page that the test has mapped too (FAULT_CONTROL names the file), so that a test arms and
 * disarms a fault while the process runs, and reads how many calls there were. The page is mapped before main(),
 * and nothing else is opened or read: a sandbox that comes later does not mind.
 *
 * Counted are the calls of `operations` on files below the folder of the page ("folder"), or every call of this kind
 * ("everywhere", for the module, whose calls are about sockets). Built without sanitizers.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

enum { WRITE = 1, SYNC = 2, TRUNCATE = 4, RENAME = 8, UNLINK = 16, READ = 32, OPEN = 64, TALK = 128 };
enum { NOTHING = 0, KILL = 1, FAIL = 2, SHORT = 3, HANG = 4, SWALLOW = 5 };

/* tests/faults/shim.py writes this. */
struct page {
    uint32_t operations;
    uint32_t action;
    int64_t nth;         /* the call that it hits, from 1 */
    int64_t count;       /* calls so far */
    uint32_t from_then_on;
    int32_t error;       /* errno of FAIL */
    uint32_t everywhere;
    uint32_t read_only;  /* statvfs() says so */
    int64_t clock_ahead; /* seconds */
    char folder[256];
};

static struct page nobody;
static volatile struct page* page = &nobody;

enum { MOST_FILES = 4096 };
static volatile unsigned char watched[MOST_FILES];

__attribute__((constructor)) static void begin(void)
{
    const char* file = getenv("FAULT_CONTROL");
    if (file == NULL)
        return;
    const int fd = open(file, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        abort();
    void* mapped = mmap(NULL, sizeof(struct page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (mapped == MAP_FAILED)
        abort();
    close(fd);
    page = mapped;
}

static void end_here(void)
{
    kill(getpid(), SIGKILL);
    *(volatile int*)0 = 0; /* a filter may keep kill() away */
}

static int is_ours(const char* path)
{
    return path != NULL && page->folder[0] != 0 &&
           strncmp(path, (const char*)page->folder, strlen((const char*)page->folder)) == 0;
}

static int is_watched(int fd) { return fd >= 0 && fd < MOST_FILES && watched[fd]; }

/* What becomes of this call: NOTHING, or FAIL (errno is set), SHORT, SWALLOW. KILL and HANG do not return. */
static int fate(unsigned operation, int ours)
{
    if ((page->operations & operation) == 0 || !(ours || page->everywhere))
        return NOTHING;
    const int64_t number = __atomic_add_fetch(&page->count, 1, __ATOMIC_SEQ_CST);
    if (page->action == NOTHING || number < page->nth || (number > page->nth && !page->from_then_on))
        return NOTHING;
    if (page->action == KILL)
        end_here();
    while (page->action == HANG) {
        const struct timespec moment = {0, 20000000};
        nanosleep(&moment, NULL);
    }
    if (page->action == FAIL)
        errno = page->error;
    return (int)page->action;
}

#define REAL(name) \
    static __typeof__(name)* real; \
    if (real == NULL) \
    real = (__typeof__(name)*)dlsym(RTLD_NEXT, #name)

static ssize_t partly(size_t length) { return length > 1 ? (ssize_t)(length / 2) : (ssize_t)length; }

#define WRITING(name, parameters, arguments) \
    ssize_t name parameters \
    { \
        REAL(name); \
        switch (fate(WRITE, is_watched(fd))) { \
        case FAIL: return -1; \
        case SHORT: length = (size_t)partly(length); break; \
        case SWALLOW: return (ssize_t)length; \
        default: break; \
        } \
        return real arguments; \
    }
WRITING(write, (int fd, const void* bytes, size_t length), (fd, bytes, length))
WRITING(pwrite, (int fd, const void* bytes, size_t length, off_t at), (fd, bytes, length, at))
WRITING(pwrite64, (int fd, const void* bytes, size_t length, off64_t at), (fd, bytes, length, at))

#define READING(name, parameters, arguments) \
    ssize_t name parameters \
    { \
        REAL(name); \
        switch (fate(READ, is_watched(fd))) { \
        case FAIL: return -1; \
        case SHORT: length = (size_t)partly(length); break; \
        default: break; \
        } \
        return real arguments; \
    }
READING(read, (int fd, void* bytes, size_t length), (fd, bytes, length))
READING(pread, (int fd, void* bytes, size_t length, off_t at), (fd, bytes, length, at))
READING(pread64, (int fd, void* bytes, size_t length, off64_t at), (fd, bytes, length, at))

#define PLAIN(type, failed, name, operation, ours, parameters, arguments) \
    type name parameters \
    { \
        REAL(name); \
        switch (fate(operation, ours)) { \
        case FAIL: return failed; \
        case SWALLOW: return 0; \
        default: return real arguments; \
        } \
    }
PLAIN(int, -1, fsync, SYNC, is_watched(fd), (int fd), (fd))
PLAIN(int, -1, fdatasync, SYNC, is_watched(fd), (int fd), (fd))
PLAIN(int, -1, ftruncate, TRUNCATE, is_watched(fd), (int fd, off_t length), (fd, length))
PLAIN(int, -1, ftruncate64, TRUNCATE, is_watched(fd), (int fd, off64_t length), (fd, length))
PLAIN(int, -1, fallocate, TRUNCATE, is_watched(fd), (int fd, int mode, off_t at, off_t length),
      (fd, mode, at, length))
PLAIN(int, -1, rename, RENAME, is_ours(to), (const char* from, const char* to), (from, to))
PLAIN(int, -1, renameat2, RENAME, is_ours(to),
      (int in, const char* from, int out, const char* to, unsigned flags), (in, from, out, to, flags))
PLAIN(int, -1, unlink, UNLINK, is_ours(path), (const char* path), (path))
PLAIN(int, -1, socket, TALK, 0, (int domain, int type, int protocol), (domain, type, protocol))
PLAIN(int, -1, connect, TALK, 0, (int fd, const struct sockaddr* to, socklen_t length), (fd, to, length))
PLAIN(ssize_t, -1, send, TALK, 0, (int fd, const void* bytes, size_t length, int flags),
      (fd, bytes, length, flags))
PLAIN(ssize_t, -1, recv, TALK, 0, (int fd, void* bytes, size_t length, int flags), (fd, bytes, length, flags))
PLAIN(int, -1, poll, TALK, 0, (struct pollfd * fds, nfds_t many, int timeout), (fds, many, timeout))
PLAIN(int, -1, lstat, TALK, 0, (const char* path, struct stat* out), (path, out))

int close(int fd)
{
    REAL(close);
    if (fate(TALK, 0) == FAIL)
        return -1;
    if (fd >= 0 && fd < MOST_FILES)
        watched[fd] = 0;
    return real(fd);
}

static int opened(int fd, const char* path)
{
    if (fd >= 0 && fd < MOST_FILES)
        watched[fd] = (unsigned char)is_ours(path);
    return fd;
}

#define OPENING(name, parameters, known) \
    int name parameters \
    { \
        REAL(name); \
        va_list rest; \
        va_start(rest, flags); \
        const mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(rest, mode_t) : 0; \
        va_end(rest); \
        if (fate(OPEN, is_ours(path)) == FAIL) \
            return -1; \
        return opened(known, path); \
    }
OPENING(open, (const char* path, int flags, ...), real(path, flags, mode))
OPENING(open64, (const char* path, int flags, ...), real(path, flags, mode))
OPENING(openat, (int folder, const char* path, int flags, ...), real(folder, path, flags, mode))
OPENING(openat64, (int folder, const char* path, int flags, ...), real(folder, path, flags, mode))

static void say_read_only(unsigned long* flags)
{
    if (page->read_only)
        *flags |= ST_RDONLY;
}

int statvfs(const char* path, struct statvfs* out)
{
    REAL(statvfs);
    const int rc = real(path, out);
    if (rc == 0)
        say_read_only(&out->f_flag);
    return rc;
}

int statvfs64(const char* path, struct statvfs64* out)
{
    REAL(statvfs64);
    const int rc = real(path, out);
    if (rc == 0)
        say_read_only(&out->f_flag);
    return rc;
}

int clock_gettime(clockid_t clock, struct timespec* out)
{
    REAL(clock_gettime);
    const int rc = real(clock, out);
    if (rc == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_BOOTTIME))
        out->tv_sec += page->clock_ahead;
    return rc;
}
