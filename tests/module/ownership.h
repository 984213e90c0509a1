#pragma once
// The module trusts a socket only below folders of root, and tests run as anybody, below /tmp.
// trust_test.cpp, as root, has the real lstat(); the others this one.
#include <sys/stat.h>

namespace ssp::testing {

/// lstat(2), except that "/" and "/tmp" are what they are on a host in order, and that files of the user who
/// runs the tests are root's.
int presented_lstat(const char* path, struct stat64* out) noexcept;

extern bool ownership_is_real;

} // namespace ssp::testing
