#include "pam_module/facts.h"

#include "pam_module/log.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/random.h>
#include <unistd.h>

namespace ssp::pam {

namespace {

constexpr std::uint32_t no_audit_session = 0xffffffffU;

/// Reads a short file of /proc as text; a kernel without it leaves `out` as it is. False on any other
/// failure.
template <std::size_t size> bool read_proc(const char* path, char (&out)[size]) noexcept
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return errno == ENOENT;
    const ssize_t length = read(fd, out, size - 1);
    close(fd);
    if (length < 0)
        return false;
    out[length] = '\0';
    return true;
}

/// Decimal digits and nothing else before an optional newline.
bool read_number(const char* text, std::uint32_t& out) noexcept
{
    std::uint64_t sum = 0;
    const char* digit = text;
    for (; *digit >= '0' && *digit <= '9' && sum <= no_audit_session; ++digit)
        sum = sum * 10 + static_cast<std::uint64_t>(*digit - '0');
    out = static_cast<std::uint32_t>(sum);
    return digit != text && sum <= no_audit_session && (*digit == '\0' || *digit == '\n');
}

bool read_audit_session(std::uint32_t& out) noexcept
{
    char text[32] = "";
    if (!read_proc("/proc/self/sessionid", text))
        return false;
    out = no_audit_session;
    return text[0] == '\0' || read_number(text, out);
}

/// Field 22 of proc(5) stat: what tells this process from a later one with its number. The program's name,
/// field 2, may hold anything, so fields are counted from its last parenthesis.
std::string_view start_time(const char* stat) noexcept
{
    const char* field = std::strrchr(stat, ')');
    for (int number = 2; field != nullptr && number < 22; ++number) {
        field = std::strchr(field, ' ');
        field = field != nullptr ? field + 1 : nullptr;
    }
    return field != nullptr ? std::string_view(field, std::strcspn(field, " ")) : std::string_view();
}

/// Takes what stands before the first `end`, and `end` itself.
std::string_view take(std::string_view& text, char end) noexcept
{
    const std::size_t found = text.find(end);
    const std::size_t length = found == std::string_view::npos ? text.size() : found;
    const std::string_view taken(text.data(), length);
    text.remove_prefix(found == std::string_view::npos ? length : length + 1);
    return taken;
}

} // namespace

bool text_item(pam_handle_t* pamh, int item, std::string_view& out) noexcept
{
    const void* value = nullptr;
    if (pam_get_item(pamh, item, &value) != PAM_SUCCESS)
        return false;
    out = value != nullptr ? std::string_view(static_cast<const char*>(value)) : std::string_view();
    return true;
}

bool service_of(pam_handle_t* pamh, std::string_view& out) noexcept
{
    return text_item(pamh, PAM_SERVICE, out) && !out.empty();
}

bool ProvenMethods::have_publickey() const noexcept
{
    for (auto rest = lines; !rest.empty();) {
        auto line = take(rest, '\n');
        const bool publickey = take(line, ' ') == "publickey";
        const bool type = !take(line, ' ').empty();
        if (publickey && type && !take(line, ' ').empty())
            return true;
    }
    return false;
}

bool ProvenMethods::have_keyboard_interactive() const noexcept
{
    for (auto rest = lines; !rest.empty();)
        if (take(rest, '\n') == "keyboard-interactive/pam")
            return true;
    return false;
}

ProvenMethods proven_methods(pam_handle_t* pamh, bool ssh) noexcept
{
    const char* lines = ssh ? pam_getenv(pamh, "SSH_AUTH_INFO_0") : nullptr;
    return lines != nullptr ? ProvenMethods{true, lines} : ProvenMethods{};
}

bool Facts::gather(pam_handle_t* pamh, protocol::Phase phase, const Identity& identity,
                   const ProvenMethods& methods, bool ssh) noexcept
{
    // sshd always sets it.
    const char* const ssh_connection = ssh ? pam_getenv(pamh, "SSH_CONNECTION") : "";
    std::string_view peer = ssh_connection != nullptr ? ssh_connection : "";
    begin_.phase = phase;
    begin_.uid = identity.uid;
    begin_.caller_uid = getuid();
    begin_.name = identity.name;
    begin_.has_auth_info = methods.set ? 1 : 0;
    begin_.auth_info = methods.lines;
    begin_.groups = {identity.groups, identity.groups_bytes};
    const bool known = ssh_connection != nullptr &&
                       getrandom(&begin_.conversation, sizeof begin_.conversation, 0) ==
                           static_cast<ssize_t>(sizeof begin_.conversation) &&
                       read_audit_session(begin_.audit_session) && service_of(pamh, begin_.service) &&
                       text_item(pamh, PAM_RHOST, begin_.rhost) && text_item(pamh, PAM_TTY, begin_.tty) &&
                       text_item(pamh, PAM_RUSER, begin_.ruser) &&
                       name_connection(phase == protocol::Phase::open_session, peer, ssh);
    begin_.source = take(peer, ' ');
    if (!known)
        pam_syslog(pamh, LOG_ERR, "PAM or the kernel cannot say what this sign-in is: refused");
    return known;
}

bool Facts::name_connection(bool in_session, std::string_view ssh_connection, bool ssh) noexcept
{
    // sshd starts a process for each attempt, below the one that keeps the connection and opens the session.
    const int process = ssh && !in_session ? getppid() : getpid();
    char stat[1024] = "";
    if (!ssh && !read_proc("/proc/self/stat", stat))
        return false;
    const auto rest = ssh ? ssh_connection : start_time(stat);
    const int length = snprintf(connection_, sizeof connection_, "%d %.*s", process,
                                static_cast<int>(rest.size()), rest.data());
    begin_.connection = connection_;
    return length > 0 && static_cast<std::size_t>(length) < sizeof connection_;
}

} // namespace ssp::pam
