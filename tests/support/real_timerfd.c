// Preloaded before libfaketime 0.9.10, which takes its offset off every absolute time of timerfd_settime(2),
// also off those of clocks that it was told not to move; the kernel then refuses them as negative.
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

int timerfd_settime(int fd, int flags, const struct itimerspec* new_value, struct itimerspec* old_value)
{
    return (int)syscall(SYS_timerfd_settime, fd, flags, new_value, old_value);
}
