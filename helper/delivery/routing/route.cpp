#include "delivery/routing/route.h"

#include <algorithm>
#include <array>
#include <utility>

namespace ssp {

namespace {

bool carries(const ProviderConfig& provider, Channel channel)
{
    return channel == Channel::text_message ? provider.text_message : provider.voice_call;
}

} // namespace

Routes::Routes(const std::vector<RouteConfig>& routes, const std::vector<ProviderConfig>& providers)
{
    for (const auto& route : routes) {
        Way way{route.voice_call ? Channel::voice_call : Channel::text_message, route.regions, {}};
        for (const auto& name : route.providers) {
            const auto found = std::ranges::find(providers, name, &ProviderConfig::name);
            if (found != providers.end())
                way.providers.push_back(static_cast<std::size_t>(found - providers.begin()));
        }
        ways_.push_back(std::move(way));
    }
    for (const auto channel : std::array{Channel::text_message, Channel::voice_call}) {
        if (std::ranges::find(ways_, channel, &Way::channel) != ways_.end())
            continue;
        Way every{channel, {}, {}};
        for (std::size_t i = 0; i < providers.size(); ++i)
            if (carries(providers[i], channel))
                every.providers.push_back(i);
        ways_.push_back(std::move(every));
    }
}

std::vector<std::size_t> Routes::providers_for(Channel channel, std::string_view region) const
{
    const auto takes = [&](const Way& way) {
        return way.channel == channel &&
               (way.regions.empty() || std::ranges::find(way.regions, region) != way.regions.end());
    };
    const auto found = std::ranges::find_if(ways_, takes);
    return found == ways_.end() ? std::vector<std::size_t>() : found->providers;
}

} // namespace ssp
