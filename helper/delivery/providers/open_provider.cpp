#include "delivery/providers/open_provider.h"

#include "delivery/providers/command.h"
#include "delivery/providers/http.h"
#include "delivery/providers/outbox.h"
#include "delivery/providers/sip.h"

#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <string_view>
#include <unistd.h>

namespace ssp {

namespace {

Error refused(const ProviderConfig& config, std::string_view what)
{
    return {ErrorKind::configuration, fmt::format("provider {}: {}", config.name, what)};
}

Result<std::unique_ptr<Provider>> open_outbox(const ProviderConfig& config, bool demo, const Clock& clock)
{
    if (!demo)
        return refused(config, "an outbox shows codes to whoever reads its file; it needs demo = true");
    if (!config.file.starts_with('/'))
        return refused(config, "file must be an absolute path");
    const auto folder = config.file.substr(0, config.file.rfind('/') + 1);
    if (::access(folder.c_str(), W_OK | X_OK) != 0)
        return refused(config, fmt::format("{}: {}", folder, std::strerror(errno)));
    return std::make_unique<OutboxProvider>(config.file, clock);
}

Result<std::unique_ptr<Provider>> open_command(const ProviderConfig& config, Programs& programs)
{
    if (config.argv.empty() || !config.argv.front().starts_with('/'))
        return refused(config, "argv must begin with the absolute path of a program");
    if (::access(config.argv.front().c_str(), X_OK) != 0)
        return refused(config, fmt::format("{}: {}", config.argv.front(), std::strerror(errno)));
    return std::make_unique<CommandProvider>(config.argv, config.deadline, programs);
}

Result<std::unique_ptr<Provider>> open_sip(const ProviderConfig& config, Programs& programs)
{
    const auto& sip = config.sip;
    if (::access(sip.program.c_str(), X_OK) != 0)
        return refused(config, fmt::format("{}: {}", sip.program, std::strerror(errno)));
    if (!sip.ca_file.empty() && ::access(sip.ca_file.c_str(), R_OK) != 0)
        return refused(config, fmt::format("{}: {}", sip.ca_file, std::strerror(errno)));
    return std::make_unique<SipProvider>(config.name, sip, programs);
}

} // namespace

Result<std::unique_ptr<Provider>> open_provider(const ProviderConfig& config, const DeliveryConfig& whole,
                                                const ProviderTools& tools)
{
    switch (config.kind) {
    case ProviderKind::outbox: return open_outbox(config, whole.demo, tools.clock);
    case ProviderKind::command: return open_command(config, tools.programs);
    case ProviderKind::sip: return open_sip(config, tools.programs);
    case ProviderKind::http: return HttpProvider::open(config, whole, tools);
    }
    return refused(config, "its kind is not known");
}

} // namespace ssp
