#include "config/reader.h"

#include "config/document.h"
#include "config/main_file.h"
#include "config/messages.h"
#include "config/provider_file.h"
#include "config/section.h"
#include "config/source_file.h"

#include <optional>
#include <utility>
#include <vector>

namespace ssp {

namespace {

using namespace config;

std::optional<Table> table_of(const Result<std::string>& text, const std::string& path, Letters letters,
                              Findings& findings)
{
    if (!text) {
        findings.fault(text.error());
        return std::nullopt;
    }
    auto parsed = parse_document(*text, path, letters);
    if (auto* problem = std::get_if<Problem>(&parsed)) {
        findings.problem(problem->place, problem->key, problem->sentence);
        return std::nullopt;
    }
    return std::get<Table>(std::move(parsed));
}

std::optional<Table> read_table(const std::string& path, Findings& findings)
{
    const auto text = read_source(path);
    return table_of(text, path, Letters::ascii, findings);
}

std::vector<std::string> files_beside(const std::string& file, const char* folder, Findings& findings)
{
    auto files = toml_files_in(directory_of(file) + "/" + folder);
    if (files)
        return std::move(*files);
    findings.fault(std::move(files.error()));
    return {};
}

void read_messages(const std::string& file, MainFile& config, Findings& findings)
{
    auto& policy = config.helper.policy;
    PlacesOfTexts places;
    for (const auto& path : files_beside(file, "messages", findings)) {
        const auto text = read_source(path);
        if (const auto table = table_of(text, path, Letters::quoted_utf8, findings))
            read_messages_file(*table, path, *text, policy, places, findings);
    }
    check_messages(policy, places, findings);
    config.delivery.wordings = policy.wordings;
}

MainFile read_main(const std::string& file, Findings& findings)
{
    MainFile config;
    auto paths = files_beside(file, "conf.d", findings);
    paths.insert(paths.begin(), file);
    for (const auto& path : paths)
        if (const auto table = read_table(path, findings))
            read_main_file(*table, config, findings);
    settle(config, findings);
    read_messages(file, config, findings);
    return config;
}

Error refusal(const Findings& findings) { return Error{ErrorKind::configuration, findings.text()}; }

} // namespace

Result<HelperConfig> read_helper_config(const std::string& file)
{
    Findings findings;
    auto config = read_main(file, findings);
    if (!findings.none())
        return refusal(findings);
    return std::move(config.helper);
}

Result<DeliveryConfig> read_delivery_config(const std::string& file)
{
    Findings findings;
    auto config = read_main(file, findings);
    auto& delivery = config.delivery;
    std::vector<std::string> names;
    for (const auto& path : files_beside(file, "providers.d", findings)) {
        names.push_back(provider_name_of(path));
        if (const auto table = read_table(path, findings))
            delivery.providers.push_back(read_provider_file(*table, path, delivery.demo, findings));
    }
    bind_routes(config.routes, names, delivery.providers, findings);
    for (auto& written : config.routes)
        delivery.routes.push_back(std::move(written.route));
    if (!findings.none())
        return refusal(findings);
    return std::move(delivery);
}

} // namespace ssp
