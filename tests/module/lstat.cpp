// Stands before the C library's for the module, linked or loaded.
#include "ownership.h"

extern "C" __attribute__((visibility("default"))) int lstat64(const char* path, struct stat64* out) noexcept
{
    return ssp::testing::presented_lstat(path, out);
}
