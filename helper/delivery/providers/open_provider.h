#pragma once
#include "base/clock.h"
#include "config/config.h"
#include "delivery/programs.h"
#include "delivery/providers/provider.h"

#include <memory>

namespace ssp {

/// The one place that knows every kind of provider. `programs` and `clock` outlive what is made.
/// Errors: configuration, naming the provider and what is wrong: an outbox without `demo`, a file whose
/// folder cannot be written, a program that cannot be executed,
/// a file of authorities that cannot be read.
Result<std::unique_ptr<Provider>> open_provider(const ProviderConfig& config, bool demo, Programs& programs,
                                                const Clock& clock);

} // namespace ssp
