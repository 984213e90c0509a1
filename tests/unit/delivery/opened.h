#pragma once
#include "delivery/providers/open_provider.h"

#include "support/manual_clock.h"

namespace ssp::testing {

/// The provider that `config` describes, with tools that last for the whole program.
inline Result<std::unique_ptr<Provider>> opened(const ProviderConfig& config, bool demo = false)
{
    static Loop loop;
    static Programs programs(loop);
    static Transfers transfers(loop);
    static const ManualClock clock;
    static SystemRandom random;
    DeliveryConfig whole;
    whole.demo = demo;
    return open_provider(config, whole, {loop, programs, transfers, clock, random});
}

} // namespace ssp::testing
