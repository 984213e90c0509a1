// A name service as sssd and winbind are: ALICE and alice@corp are alice. It answers with the canonical entry of
// /etc/passwd and /etc/shadow, and knows nobody else.
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <nss.h>
#include <pwd.h>
#include <shadow.h>
#include <stdio.h>
#include <string.h>

static int is_canonical(const char* typed, const char* name)
{
    const size_t length = strlen(name);
    if (strcmp(typed, name) == 0)
        return 0; // the first name service has answered already
    return strncasecmp(typed, name, length) == 0 &&
           (typed[length] == '\0' || strcmp(typed + length, "@corp") == 0);
}

enum nss_status _nss_corp_getpwnam_r(const char* typed, struct passwd* entry, char* buffer, size_t size, int* error)
{
    FILE* const file = fopen("/etc/passwd", "re");
    struct passwd* found = NULL;
    while (file && fgetpwent_r(file, entry, buffer, size, &found) == 0 && !is_canonical(typed, entry->pw_name))
        found = NULL;
    if (file)
        fclose(file);
    *error = ENOENT;
    return found ? NSS_STATUS_SUCCESS : NSS_STATUS_NOTFOUND;
}

enum nss_status _nss_corp_getspnam_r(const char* typed, struct spwd* entry, char* buffer, size_t size, int* error)
{
    FILE* const file = fopen("/etc/shadow", "re");
    struct spwd* found = NULL;
    while (file && fgetspent_r(file, entry, buffer, size, &found) == 0 && !is_canonical(typed, entry->sp_namp))
        found = NULL;
    if (file)
        fclose(file);
    *error = ENOENT;
    return found ? NSS_STATUS_SUCCESS : NSS_STATUS_NOTFOUND;
}
