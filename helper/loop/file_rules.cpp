#include "loop/file_rules.h"

#include "base/unique_fd.h"

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace ssp {

namespace {

// linux/landlock.h of Debian 12 knows ABI 2, and the kernel's interface never changes: the rest stands here.
constexpr std::uint64_t execute = 1U << 0U;
constexpr std::uint64_t write_file = 1U << 1U;
constexpr std::uint64_t read_file = 1U << 2U;
constexpr std::uint64_t read_folder = 1U << 3U;
constexpr std::uint64_t remove_file = 1U << 5U;
constexpr std::uint64_t make_file = 1U << 8U;
constexpr std::uint64_t truncate = 1U << 14U; // ABI 3
constexpr std::uint64_t only_for_files = execute | write_file | read_file | truncate;

constexpr unsigned version_flag = 1; // LANDLOCK_CREATE_RULESET_VERSION
constexpr int path_beneath = 1;      // LANDLOCK_RULE_PATH_BENEATH

struct RulesetAttributes {
    std::uint64_t files = 0;
    std::uint64_t network = 0; // ABI 4
    std::uint64_t scoped = 0;  // ABI 6
};

struct __attribute__((packed)) PathBeneath {
    std::uint64_t allowed = 0;
    std::int32_t parent = -1;
};

/// Everything that this kernel can forbid.
RulesetAttributes all_of(int abi)
{
    constexpr std::array<unsigned, 6> rights_of_abi{0, 13, 14, 15, 15, 16}; // how many bits ABI 0, 1, ... has
    const auto rights = rights_of_abi[static_cast<std::size_t>(abi < 5 ? abi : 5)];
    RulesetAttributes all;
    all.files = (std::uint64_t{1} << rights) - 1;
    if (abi >= 4)
        all.network = 3; // bind and connect, TCP
    if (abi >= 6)
        all.scoped = 2; // signals; abstract sockets are left: systemd may listen for READY=1 at one
    return all;
}

class Ruleset {
public:
    explicit Ruleset(const RulesetAttributes& handled)
        : handled_(handled.files),
          fd_(static_cast<int>(::syscall(SYS_landlock_create_ruleset, &handled, sizeof handled, 0)))
    {
    }
    bool made() const { return static_cast<bool>(fd_); }
    /// False, with errno.
    bool allow(const std::string& path, std::uint64_t access)
    {
        const UniqueFd place(::open(path.c_str(), O_PATH | O_CLOEXEC));
        struct stat status {};
        if (!place || ::fstat(place.get(), &status) != 0)
            return false;
        if (!S_ISDIR(status.st_mode))
            access &= only_for_files;
        const PathBeneath rule{access & handled_, place.get()};
        return ::syscall(SYS_landlock_add_rule, fd_.get(), path_beneath, &rule, 0) == 0;
    }
    bool enforce() const { return ::syscall(SYS_landlock_restrict_self, fd_.get(), 0) == 0; }

private:
    std::uint64_t handled_;
    UniqueFd fd_;
};

Error failed(const std::string& what)
{
    return {ErrorKind::internal, fmt::format("{}: {}", what, std::strerror(errno))};
}

} // namespace

Result<int> enter(const FileRules& rules, std::vector<std::string>& missing)
{
    const auto abi = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, version_flag);
    if (abi < 0 && (errno == ENOSYS || errno == EOPNOTSUPP))
        return 0;
    if (abi < 0)
        return failed("landlock");
    Ruleset ruleset(all_of(static_cast<int>(abi)));
    if (!ruleset.made())
        return failed("landlock");
    const auto add = [&](const std::vector<std::string>& paths, std::uint64_t access) {
        for (const auto& path : paths) {
            if (ruleset.allow(path, access))
                continue;
            if (errno != ENOENT && errno != ENOTDIR && errno != EACCES)
                return false;
            missing.push_back(path);
        }
        return true;
    };
    constexpr auto reading = read_file | read_folder;
    constexpr auto writing = reading | write_file | remove_file | make_file | truncate;
    if (!add(rules.readable, reading) || !add(rules.writable, writing))
        return failed("landlock");
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || !ruleset.enforce())
        return failed("landlock");
    return static_cast<int>(abi);
}

} // namespace ssp
