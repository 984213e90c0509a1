#pragma once
#include "config/section.h"
#include "config/sip_provider.h"

namespace ssp::config {

/// The keys of kind = "sip" in `provider`, the whole table of one file; proxy and from must be there.
void read_sip_provider(Section& provider, SipProviderConfig& config);

} // namespace ssp::config
