#pragma once
// The files in /etc/ssp-mfa, read and judged (ssp-mfa.toml(5)).
//
// `file` is the main file. After it come the files of conf.d beside it, in the order of their names; a later
// file wins key by key. Whatever is not understood is refused: an unknown key, a key written twice in one
// file, a value of another type or out of its bounds. The Error lists all faults at once, one a line, as
// "FILE:LINE:COLUMN: KEY: what was found; allowed: what is".
#include "base/result.h"
#include "config/config.h"

#include <string>

namespace ssp {

/// For ssp-mfad and `ssp-mfa`. Errors: configuration.
Result<HelperConfig> read_helper_config(const std::string& file);

/// For ssp-mfa-deliveryd: as above, and the providers in providers.d beside the main file.
/// Errors: configuration.
Result<DeliveryConfig> read_delivery_config(const std::string& file);

} // namespace ssp
