#include "pam_module/identity.h"

#include "pam_module/log.h"

#include <cerrno>
#include <cstring>
#include <grp.h>
#include <pwd.h>

namespace ssp::pam {

namespace {

struct Entry {
    passwd fields = {};
    char texts[16384] = {};
};

Found look_up(const char* name, Entry& entry, int& error) noexcept
{
    passwd* found = nullptr;
    error = getpwnam_r(name, &entry.fields, entry.texts, sizeof entry.texts, &found);
    if (found != nullptr && error == 0)
        return Found::found;
    // getpwnam_r(3) lists what some systems say instead of "no such name".
    return error == 0 || error == ENOENT || error == ESRCH ? Found::unknown_user : Found::failed;
}

template <std::size_t size> bool copy(const char* from, char (&to)[size]) noexcept
{
    const std::size_t length = strnlen(from, size);
    if (length == 0 || length == size)
        return false;
    std::memcpy(to, from, length);
    to[length] = '\0';
    return true;
}

bool find_groups(const Entry& entry, Identity& out) noexcept
{
    gid_t gids[max_groups];
    int count = max_groups;
    if (getgrouplist(out.name, entry.fields.pw_gid, gids, &count) < 0)
        return false;
    for (int i = 0; i < count; ++i)
        for (unsigned shift = 0; shift < 32; shift += 8)
            out.groups[out.groups_bytes++] = static_cast<char>((gids[i] >> shift) & 0xffU);
    return true;
}

} // namespace

Found find_identity(pam_handle_t* pamh, Identity& out) noexcept
{
    const char* typed = nullptr;
    if (pam_get_user(pamh, &typed, nullptr) != PAM_SUCCESS || typed == nullptr)
        return Found::failed;
    if (!copy(typed, out.typed)) {
        pam_syslog(pamh, LOG_NOTICE, "a user name of no or more than 256 bytes: refused");
        return Found::failed;
    }
    Entry entry;
    int error = 0;
    const Found found = look_up(out.typed, entry, error);
    if (found == Found::failed)
        pam_syslog(pamh, LOG_ERR, "the name service cannot say who \"%s\" is (error %d): refused",
                   Escaped(out.typed).c_str(), error);
    if (found != Found::found)
        return found;
    out.uid = entry.fields.pw_uid;
    if (copy(entry.fields.pw_name, out.name) && find_groups(entry, out))
        return Found::found;
    pam_syslog(pamh, LOG_ERR, "the groups of \"%s\" cannot be read, or are more than %zu: refused",
               Escaped(out.typed).c_str(), max_groups);
    return Found::failed;
}

bool is_still_user(pam_handle_t* pamh, const Identity& identity) noexcept
{
    const void* now = nullptr;
    return pam_get_item(pamh, PAM_USER, &now) == PAM_SUCCESS && now != nullptr &&
           std::strcmp(static_cast<const char*>(now), identity.typed) == 0;
}

bool find_uid(const char* name, uid_t& out) noexcept
{
    Entry entry;
    int error = 0;
    if (look_up(name, entry, error) != Found::found)
        return false;
    out = entry.fields.pw_uid;
    return true;
}

} // namespace ssp::pam
