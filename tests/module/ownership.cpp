#include "ownership.h"

#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace ssp::testing {

bool ownership_is_real = false;

int presented_lstat(const char* path, struct stat64* out) noexcept
{
    const int rc = fstatat64(AT_FDCWD, path, out, AT_SYMLINK_NOFOLLOW);
    if (rc != 0 || ownership_is_real)
        return rc;
    if (std::strcmp(path, "/") == 0 || std::strcmp(path, "/tmp") == 0) {
        out->st_uid = 0;
        out->st_mode = S_IFDIR | 0755;
    }
    if (out->st_uid == geteuid())
        out->st_uid = 0;
    return 0;
}

} // namespace ssp::testing
