#pragma once
// The keys of ssp-mfa.toml and of the files in conf.d: their names, bounds and meaning, once for all
// programs.
#include "config/config.h"
#include "config/route_keys.h"
#include "config/section.h"

#include <vector>

namespace ssp::config {

/// What the main file and conf.d say together. Both daemons read all of it, so that a fault anywhere is
/// found by whichever starts first; each takes its part.
struct MainFile {
    HelperConfig helper;
    DeliveryConfig delivery;
    bool nist = false;                ///< profile = "nist"
    std::vector<WrittenRoute> routes; ///< as written; not yet those of `delivery`
};

/// Puts what one file says over what `config` holds: a later file wins key by key.
void read_main_file(const Table& table, MainFile& config, Findings& findings);

/// The rules that bind two keys, after the last file; then what a profile and one key say about another.
void settle(MainFile& config, Findings& findings);

} // namespace ssp::config
