#pragma once
#include "base/clock.h"
#include "base/random.h"
#include "config/config.h"
#include "delivery/http/transfers.h"
#include "delivery/programs.h"
#include "delivery/providers/provider.h"

#include <memory>

namespace ssp {

/// What providers work with; all of it outlives them.
struct ProviderTools {
    Loop& loop;
    Programs& programs;
    Transfers& transfers;
    const Clock& clock;
    Random& random;
};

/// The one place that knows every kind of provider: makes `config`, one of those in `whole`. Errors:
/// configuration, naming the provider and what is wrong: an outbox without `demo`, a file whose folder cannot
/// be written, a program that cannot be executed, a file of authorities that cannot be read, an expression
/// or key that is none.
Result<std::unique_ptr<Provider>> open_provider(const ProviderConfig& config, const DeliveryConfig& whole,
                                                const ProviderTools& tools);

} // namespace ssp
