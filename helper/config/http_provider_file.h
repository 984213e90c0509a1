#pragma once
// The keys of a file of providers.d with kind = "http".
#include "config/http_provider.h"
#include "config/section.h"

#include <memory>

namespace ssp::config {

/// Reads the keys besides kind and channels from `provider`, the whole file `path`, and the secrets that they
/// name. `voice_call`: what the file carries, instead of text messages; it says which names a template may
/// use. Each fault has its place.
std::shared_ptr<const HttpProviderConfig> read_http_provider(Section& provider, const std::string& path,
                                                             bool voice_call, Findings& findings);

} // namespace ssp::config
