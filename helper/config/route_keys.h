#pragma once
// [[routes]] of the main file: which providers carry a channel to which regions.
#include "config/config.h"
#include "config/section.h"

#include <string>
#include <vector>

namespace ssp::config {

/// A route and where its parts were written, for rules that need the rest of the configuration.
struct WrittenRoute {
    RouteConfig route;
    std::string key; ///< "routes[0]"
    std::vector<Place> region_places;
    std::vector<Place> provider_places;
};

/// Reads [[routes]] of one file; if it has any they replace those of earlier files.
void read_routes(Section& root, std::vector<WrittenRoute>& routes, Findings& findings);

/// After the last file: every region is one of `allowed` (phones.regions), no route is hidden by those
/// before it, and a channel that has routes has one for each allowed region.
void settle_routes(const std::vector<WrittenRoute>& routes, const std::vector<std::string>& allowed,
                   Findings& findings);

/// Once providers.d is read: every provider exists and carries the channel. `names`: of all files there,
/// those with faults too.
void bind_routes(const std::vector<WrittenRoute>& routes, const std::vector<std::string>& names,
                 const std::vector<ProviderConfig>& providers, Findings& findings);

} // namespace ssp::config
