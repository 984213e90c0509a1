// A name service for facts_test.cpp: it folds "ALICE" and "alice@corp" into alice, as a directory does, and
// can fail in every way that getpwnam_r(3) and getgrouplist(3) know.
#include <cerrno>
#include <cstring>
#include <grp.h>
#include <pwd.h>
#include <string_view>
#include <unistd.h>

namespace {

char alice[] = "alice";
char nothing[] = "";

} // namespace

extern "C" int getpwnam_r(const char* name, passwd* entry, char*, size_t, passwd** found)
{
    const std::string_view asked(name);
    *found = nullptr;
    if (asked == "broken")
        return EIO;
    if (asked == "huge")
        return ERANGE;
    if (asked == "gone")
        return ENOENT;
    // Whoever runs the tests is the helper too, and has to be found.
    passwd* const own = getpwuid(geteuid());
    if (own != nullptr && asked == own->pw_name) {
        *entry = *own;
        *found = entry;
        return 0;
    }
    const bool known = asked == "alice" || asked == "ALICE" || asked == "alice@corp" || asked == "crowded" ||
                       asked == "nameless";
    if (!known)
        return 0;
    *entry = {};
    entry->pw_name = asked == "nameless" ? nothing : alice;
    entry->pw_uid = asked == "crowded" ? 2001 : 1001;
    entry->pw_gid = asked == "crowded" ? 7 : 1000;
    *found = entry;
    return 0;
}

extern "C" int getgrouplist(const char* name, gid_t first, gid_t* groups, int* count)
{
    // Groups are those of the canonical name.
    const int wanted = first == 7 || std::string_view(name) != alice ? *count + 1 : 3;
    if (wanted > *count) {
        *count = wanted;
        return -1;
    }
    groups[0] = first;
    groups[1] = 27;
    groups[2] = 0x01020304;
    *count = wanted;
    return wanted;
}
