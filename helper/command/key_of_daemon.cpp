#include "command/key_of_daemon.h"

#include "config/config.h"

#include <cstdlib>
#include <string>
#include <unistd.h>

namespace ssp::command {

namespace {

/// Where systemd keeps the credentials of ssp-mfad while it runs (systemd.exec(5)).
constexpr const char* credentials_of_unit = "/run/credentials/ssp-mfad.service";

/// Is whom this process was started as while it lives, whoever it acts as otherwise: its credentials are that
/// user's. Ends the program when it cannot go back.
class AsStarted {
public:
    AsStarted() : uid_(::geteuid()), gid_(::getegid())
    {
        if (::seteuid(::getuid()) == 0)
            (void)::setegid(::getgid());
    }
    ~AsStarted()
    {
        if (::setegid(gid_) != 0 || ::seteuid(uid_) != 0)
            std::abort();
    }
    AsStarted(const AsStarted&) = delete;
    AsStarted& operator=(const AsStarted&) = delete;

private:
    uid_t uid_;
    gid_t gid_;
};

/// The folder of this process's credentials when `name` is among them, else null. access(2) asks for whom it
/// was started as.
const char* handed_over(const char* name)
{
    const char* folder = std::getenv("CREDENTIALS_DIRECTORY");
    if (folder == nullptr || *folder == '\0')
        return nullptr;
    return ::access((std::string(folder) + "/" + name).c_str(), F_OK) == 0 ? folder : nullptr;
}

/// Null while there is the file, which comes first then.
const char* instead_of(const std::string& file)
{
    return ::access(file.c_str(), F_OK) == 0 ? nullptr : credentials_of_unit;
}

} // namespace

bool key_is_handed_over() { return handed_over("master-key") != nullptr; }

Result<MasterKey> read_key_of_daemon(const HelperConfig& config)
{
    if (const char* folder = handed_over("master-key")) {
        const AsStarted started;
        return read_master_key(folder, config.master_key);
    }
    return read_master_key(instead_of(config.master_key), config.master_key);
}

Result<std::optional<MasterKey>> read_next_key_of_daemon(const HelperConfig& config)
{
    if (const char* folder = handed_over("master-key-next")) {
        const AsStarted started;
        return read_next_master_key(folder, config.master_key);
    }
    return read_next_master_key(instead_of(next_key_file(config.master_key)), config.master_key);
}

} // namespace ssp::command
