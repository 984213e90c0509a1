/* LD_PRELOAD: keeps a second copy of a folder as a disk would have it after a power cut: only what was synced.
 *
 * POWER_FOLDER is the folder; the copy lies in its ".durable", which a sandbox that permits the folder permits too:
 *   .durable/INODE    the content of a file at its last fsync() or fdatasync()
 *   .durable/names    which name is which inode, at the folder's last fsync()
 * INODE is number and time of birth, because numbers are used again. A file that was never synced is empty, and a
 * name that appeared, changed or went since the folder's last sync did not. tests/faults/power.py makes the copy at the
 * start and puts it in the place of the folder after the cut; it also throws in sectors that happened to arrive.
 *
 * POWER_LIES: syncs of files whose names end like this do nothing: the negative control, a database that calls
 * back before its log is on the disk. Built without sanitizers.
 */
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST_FILES = 256, MOST_OPEN = 4096 };

/* What was written to a file since its last sync. */
struct file {
    char name[64]; /* INODE; empty: this slot is free */
    off_t first, end;
    int lies;
};

static struct file files[MOST_FILES];
static int file_of[MOST_OPEN]; /* 1 + index into files; 0: not ours */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const char* folder;
static const char* liar;

#define REAL(name) \
    static __typeof__(name)* real; \
    if (real == NULL) \
    real = (__typeof__(name)*)dlsym(RTLD_NEXT, #name)

__attribute__((constructor)) static void begin(void)
{
    folder = getenv("POWER_FOLDER");
    liar = getenv("POWER_LIES");
}

static int inode_of(int fd, const char* path, char* out, size_t room)
{
    struct statx it;
    if (statx(fd, path, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS | STATX_BTIME, &it) != 0 ||
        !S_ISREG(it.stx_mode))
        return 0;
    snprintf(out, room, "%llx-%llx-%x", (unsigned long long)it.stx_ino, (unsigned long long)it.stx_btime.tv_sec,
             it.stx_btime.tv_nsec);
    return 1;
}

static int ends_like(const char* text, const char* end)
{
    const size_t length = strlen(text), wanted = strlen(end);
    return length >= wanted && strcmp(text + length - wanted, end) == 0;
}

static int opened(int fd, const char* path)
{
    char name[64];
    if (fd < 0 || fd >= MOST_OPEN)
        return fd;
    pthread_mutex_lock(&lock);
    file_of[fd] = 0;
    if (folder != NULL && strncmp(path, folder, strlen(folder)) == 0 && strstr(path, "/.durable") == NULL &&
        !ends_like(path, "-shm") && inode_of(fd, "", name, sizeof name)) {
        int free_slot = -1;
        for (int i = 0; i < MOST_FILES && file_of[fd] == 0; ++i) {
            if (strcmp(files[i].name, name) == 0)
                file_of[fd] = i + 1;
            else if (files[i].name[0] == 0 && free_slot < 0)
                free_slot = i;
        }
        if (file_of[fd] == 0 && free_slot >= 0) {
            struct file* file = &files[free_slot];
            strcpy(file->name, name);
            file->first = file->end = 0;
            file->lies = liar != NULL && ends_like(path, liar);
            file_of[fd] = free_slot + 1;
        }
    }
    pthread_mutex_unlock(&lock);
    return fd;
}

static struct file* ours(int fd)
{
    return fd >= 0 && fd < MOST_OPEN && file_of[fd] != 0 ? &files[file_of[fd] - 1] : NULL;
}

static void note(int fd, off_t first, off_t end)
{
    struct file* file = ours(fd);
    if (file == NULL)
        return;
    pthread_mutex_lock(&lock);
    if (file->first == file->end)
        file->first = first, file->end = end;
    if (first < file->first)
        file->first = first;
    if (end > file->end)
        file->end = end;
    pthread_mutex_unlock(&lock);
}

#define WRITING(name, parameters, arguments, begins) \
    ssize_t name parameters \
    { \
        REAL(name); \
        const off_t first = begins; \
        const ssize_t written = real arguments; \
        if (written > 0) \
            note(fd, first, first + written); \
        return written; \
    }
WRITING(write, (int fd, const void* bytes, size_t length), (fd, bytes, length),
        ours(fd) ? lseek(fd, 0, SEEK_CUR) : 0)
WRITING(pwrite, (int fd, const void* bytes, size_t length, off_t at), (fd, bytes, length, at), at)
WRITING(pwrite64, (int fd, const void* bytes, size_t length, off64_t at), (fd, bytes, length, at), at)

static ssize_t plainly_write(int fd, const void* bytes, size_t length, off_t at)
{
    REAL(pwrite);
    (void)fd;
    return real(fd, bytes, length, at);
}

static int plainly_open(const char* path, int flags)
{
    static int (*real)(const char*, int, ...);
    if (real == NULL)
        real = (int (*)(const char*, int, ...))dlsym(RTLD_NEXT, "open");
    return real(path, flags, 0600);
}

static void keep(int fd, struct file* file)
{
    char path[512];
    char block[65536];
    struct stat now;
    if (fstat(fd, &now) != 0)
        return;
    snprintf(path, sizeof path, "%s/.durable/%s", folder, file->name);
    const int copy = plainly_open(path, O_WRONLY | O_CREAT | O_CLOEXEC);
    if (copy < 0)
        abort(); /* a disk that keeps nothing shows nothing */
    for (off_t at = file->first; at < file->end;) {
        const size_t wanted = file->end - at < (off_t)sizeof block ? (size_t)(file->end - at) : sizeof block;
        const ssize_t got = pread(fd, block, wanted, at);
        if (got <= 0)
            break;
        plainly_write(copy, block, (size_t)got, at);
        at += got;
    }
    struct stat kept;
    if (fstat(copy, &kept) == 0 && kept.st_size != now.st_size) {
        int (*truncate)(int, off_t) = (int (*)(int, off_t))dlsym(RTLD_NEXT, "ftruncate");
        truncate(copy, now.st_size);
    }
    close(copy);
    file->first = file->end = 0;
}

static void keep_names(void)
{
    char path[512], other[512], line[600], name[64];
    snprintf(path, sizeof path, "%s/.durable/names.new", folder);
    snprintf(other, sizeof other, "%s/.durable/names", folder);
    const int list = plainly_open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC);
    DIR* entries = opendir(folder);
    if (list < 0 || entries == NULL)
        abort();
    off_t at = 0;
    for (struct dirent* entry; (entry = readdir(entries)) != NULL;) {
        char file[512];
        if ((size_t)snprintf(file, sizeof file, "%s/%s", folder, entry->d_name) >= sizeof file)
            continue;
        if (ends_like(file, "-shm") || !inode_of(AT_FDCWD, file, name, sizeof name))
            continue;
        const int length = snprintf(line, sizeof line, "%s %s\n", entry->d_name, name);
        at += plainly_write(list, line, (size_t)length, at);
    }
    closedir(entries);
    close(list);
    rename(path, other);
}

static void synced(int fd)
{
    struct file* file = ours(fd);
    struct stat it;
    if (file != NULL && !file->lies) {
        pthread_mutex_lock(&lock);
        keep(fd, file);
        pthread_mutex_unlock(&lock);
    } else if (file == NULL && folder != NULL && fstat(fd, &it) == 0 && S_ISDIR(it.st_mode)) {
        struct stat top;
        if (stat(folder, &top) == 0 && top.st_ino == it.st_ino && top.st_dev == it.st_dev)
            keep_names();
    }
}

int fsync(int fd)
{
    REAL(fsync);
    const int rc = real(fd);
    if (rc == 0)
        synced(fd);
    return rc;
}

int fdatasync(int fd)
{
    REAL(fdatasync);
    const int rc = real(fd);
    if (rc == 0)
        synced(fd);
    return rc;
}

#define OPENING(name, parameters, known) \
    int name parameters \
    { \
        REAL(name); \
        va_list rest; \
        va_start(rest, flags); \
        const mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(rest, mode_t) : 0; \
        va_end(rest); \
        return opened(known, path); \
    }
OPENING(open, (const char* path, int flags, ...), real(path, flags, mode))
OPENING(open64, (const char* path, int flags, ...), real(path, flags, mode))
OPENING(openat, (int at, const char* path, int flags, ...), real(at, path, flags, mode))
OPENING(openat64, (int at, const char* path, int flags, ...), real(at, path, flags, mode))

int close(int fd)
{
    REAL(close);
    if (fd >= 0 && fd < MOST_OPEN)
        file_of[fd] = 0;
    return real(fd);
}
