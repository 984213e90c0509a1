#pragma once
// Which providers carry a message, in which order.
#include "config/config.h"
#include "verifier/ports.h"

#include <string_view>
#include <vector>

namespace ssp {

/// The [[routes]] of the configuration over its providers.
class Routes {
public:
    /// Every name in `routes` is one of `providers`, which carries the route's channel: the reader saw to it.
    Routes(const std::vector<RouteConfig>& routes, const std::vector<ProviderConfig>& providers);

    /// Places in the list of providers, the one to ask first in front. Those of the first route of `channel`
    /// that takes `region` (ISO 3166, of the number); none if there is a route of this channel but none for
    /// the region. Without any route of the channel: all that carry it, in the order of their names.
    std::vector<std::size_t> providers_for(Channel channel, std::string_view region) const;

private:
    struct Way {
        Channel channel;
        std::vector<std::string> regions; ///< empty: every region
        std::vector<std::size_t> providers;
    };
    std::vector<Way> ways_;
};

} // namespace ssp
