#pragma once
// One file of providers.d: one way to carry a code.
#include "config/config.h"
#include "config/section.h"

#include <string>
#include <string_view>

namespace ssp::config {

/// The provider that `table`, read from `path`, describes. `demo`: whether an outbox may load.
ProviderConfig read_provider_file(const Table& table, const std::string& path, bool demo, Findings& findings);

/// The name of the provider in `path`: that of the file, without ".toml".
std::string provider_name_of(std::string_view path);

} // namespace ssp::config
