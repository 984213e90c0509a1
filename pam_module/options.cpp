#include "pam_module/options.h"

#include <cstring>
#include <sys/un.h>

namespace ssp::pam {

namespace {

const char* fault_of_path(const char* value) noexcept
{
    if (value[0] != '/')
        return "is not an absolute path";
    return std::strlen(value) < sizeof(sockaddr_un{}.sun_path) ? nullptr : "is too long for a socket's path";
}

const char* fault_of_list(const char* value) noexcept
{
    for (;;) {
        const std::size_t length = std::strcspn(value, ",");
        if (length == 0 || length > 64)
            return "is not a list of service names, separated by commas";
        if (value[length] == '\0')
            return nullptr;
        value += length + 1;
    }
}

const char* fault_of_user(const char* value) noexcept { return *value != '\0' ? nullptr : "names nobody"; }

const char* fault_of_mode(const char* value) noexcept
{
    return std::strcmp(value, "secure") == 0 ? nullptr : "is not \"secure\", the only mode there is";
}

const char* fault_of_gate(const char* value) noexcept
{
    return std::strcmp(value, "pubkey") == 0 ? nullptr : "is not \"pubkey\", the only gate there is";
}

/// The number, or 0 for what is none between 10 and 3600.
int seconds(const char* value) noexcept
{
    int sum = 0;
    for (; *value >= '0' && *value <= '9' && sum <= 3600; ++value)
        sum = sum * 10 + (*value - '0');
    return *value == '\0' && sum >= 10 && sum <= 3600 ? sum : 0;
}

const char* fault_of_timeout(const char* value) noexcept
{
    return seconds(value) != 0 ? nullptr : "is not a number of seconds from 10 to 3600";
}

struct Flag {
    const char* name;
    bool Options::*wanted;
};
constexpr Flag flags[] = {
    {"debug", &Options::debug},
    {"nullok", &Options::nullok},
    {"ignore_unknown_user", &Options::ignore_unknown_user},
    {"ignore_authinfo_unavail", &Options::ignore_authinfo_unavail},
    {"require_mfa_evidence", &Options::require_mfa_evidence},
    {"require_trusted_key", &Options::require_trusted_key},
    {"use_first_pass", &Options::password_ignored},
    {"try_first_pass", &Options::password_ignored},
};

struct Value {
    std::string_view name; ///< with its "="
    const char* Options::*text;
    const char* (*fault_of)(const char* value);
};
constexpr Value values[] = {
    {"socket=", &Options::socket, fault_of_path},
    {"helper_user=", &Options::helper_user, fault_of_user},
    {"ssh_services=", &Options::ssh_services, fault_of_list},
    {"require_mfa_evidence=", &Options::evidence_services, fault_of_list},
    {"failmode=", &Options::failmode, fault_of_mode},
    {"gate=", &Options::gate, fault_of_gate},
    {"timeout=", &Options::timeout, fault_of_timeout},
};

/// What is wrong with one argument; nullptr: nothing, and `out` has it.
const char* read_option(const char* argument, Options& out) noexcept
{
    for (const auto& flag : flags) {
        if (std::strcmp(argument, flag.name) == 0) {
            out.*flag.wanted = true;
            return nullptr;
        }
    }
    for (const auto& value : values) {
        if (std::strncmp(argument, value.name.data(), value.name.size()) != 0)
            continue;
        if (out.*value.text != nullptr)
            return "is given twice";
        out.*value.text = argument + value.name.size();
        return value.fault_of(out.*value.text);
    }
    return "is unknown";
}

} // namespace

bool read_options(int argc, const char** argv, Options& out, OptionFault& fault) noexcept
{
    for (int i = 0; i < argc; ++i) {
        fault = {argv[i], read_option(argv[i], out)};
        if (fault.reason != nullptr)
            return false;
    }
    if (out.helper_user == nullptr)
        out.helper_user = "ssp-mfa";
    if (out.ssh_services == nullptr)
        out.ssh_services = "sshd";
    if (out.timeout != nullptr)
        out.timeout_seconds = seconds(out.timeout);
    return true;
}

bool lists(const char* list, std::string_view item) noexcept
{
    while (list != nullptr) {
        const std::size_t length = std::strcspn(list, ",");
        if (std::string_view(list, length) == item)
            return true;
        list = list[length] != '\0' ? list + length + 1 : nullptr;
    }
    return false;
}

} // namespace ssp::pam
