#include "pam_module/outcome.h"

#include <security/_pam_types.h>

namespace ssp::pam {

namespace {

struct Row {
    Outcome outcome;
    int ssh;
    int sudo;
    int other;
    const char* name;
    bool Options::*ignore; ///< the option that may turn it into PAM_IGNORE
};

constexpr bool Options::*never = nullptr;

// clang-format off
constexpr Row table[] = {
    // outcome                 ssh                   sudo                  other                 in the log                 option
    {Outcome::accepted,        PAM_SUCCESS,          PAM_SUCCESS,          PAM_SUCCESS,          "accepted",                never},
    {Outcome::rejected,        PAM_AUTH_ERR,         PAM_AUTH_ERR,         PAM_AUTH_ERR,         "rejected",                never},
    {Outcome::locked,          PAM_AUTH_ERR,         PAM_ABORT,            PAM_MAXTRIES,         "locked",                  never},
    {Outcome::not_enrolled,    PAM_AUTH_ERR,         PAM_ABORT,            PAM_PERM_DENIED,      "not enrolled",            &Options::nullok},
    {Outcome::unavailable,     PAM_AUTHINFO_UNAVAIL, PAM_AUTHINFO_UNAVAIL, PAM_AUTHINFO_UNAVAIL, "unavailable",             never},
    {Outcome::unreachable,     PAM_AUTHINFO_UNAVAIL, PAM_AUTHINFO_UNAVAIL, PAM_AUTHINFO_UNAVAIL, "helper unreachable",      &Options::ignore_authinfo_unavail},
    {Outcome::distrusted,      PAM_AUTHINFO_UNAVAIL, PAM_AUTHINFO_UNAVAIL, PAM_AUTHINFO_UNAVAIL, "helper not trusted",      never},
    {Outcome::person_left,     PAM_CONV_ERR,         PAM_CONV_ERR,         PAM_CONV_ERR,         "no answer",               never},
    {Outcome::unknown_user,    PAM_AUTH_ERR,         PAM_AUTH_ERR,         PAM_AUTH_ERR,         "unknown user",            &Options::ignore_unknown_user},
    {Outcome::password_method, PAM_AUTH_ERR,         PAM_AUTH_ERR,         PAM_AUTH_ERR,         "password method of sshd", never},
    {Outcome::fault,           PAM_SYSTEM_ERR,       PAM_SYSTEM_ERR,       PAM_SYSTEM_ERR,       "fault of this host",      never},
};
// clang-format on

/// Where the option that an outcome has counts.
bool may_ignore(Outcome outcome, const Place& place) noexcept
{
    if (outcome == Outcome::unknown_user)
        return place.family != Family::ssh;
    if (outcome == Outcome::unreachable)
        return place.family == Family::other && !place.superuser && !place.remote;
    return true;
}

} // namespace

Family family_of(std::string_view service, const Options& options) noexcept
{
    if (lists(options.ssh_services, service))
        return Family::ssh;
    return service == "sudo" || service == "sudo-i" ? Family::sudo : Family::other;
}

int return_code(Outcome outcome, const Place& place, const Options& options) noexcept
{
    for (const Row& row : table) {
        if (row.outcome != outcome)
            continue;
        if (row.ignore != never && options.*row.ignore && may_ignore(outcome, place))
            return PAM_IGNORE;
        return place.family == Family::ssh ? row.ssh : place.family == Family::sudo ? row.sudo : row.other;
    }
    return PAM_SYSTEM_ERR;
}

const char* name_of(Outcome outcome) noexcept
{
    for (const Row& row : table)
        if (row.outcome == outcome)
            return row.name;
    return "?";
}

} // namespace ssp::pam
