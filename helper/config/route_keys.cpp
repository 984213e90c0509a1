#include "config/route_keys.h"

#include "config/nearest.h"
#include "config/text_rules.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace ssp::config {

namespace {

constexpr std::size_t most_routes = 32;
constexpr std::size_t most_providers = 16;

template <class List, class Item> bool contains(const List& list, const Item& item)
{
    return std::ranges::find(list, item) != std::end(list);
}

const char* channel_word(bool voice_call) { return voice_call ? "voice-call" : "text-message"; }

void must_have(const Section& section, const char* key, const Place& place, const std::string& table,
               Findings& findings)
{
    if (section.place(key) == nullptr)
        findings.problem(place, table + "." + key, "is missing");
}

/// Each item once.
void no_repetition(const std::vector<std::string>& items, const std::vector<Place>& places,
                   const std::string& key, Findings& findings)
{
    for (std::size_t i = 0; i < items.size(); ++i)
        if (std::ranges::find(items.begin(), items.begin() + static_cast<std::ptrdiff_t>(i), items[i]) !=
            items.begin() + static_cast<std::ptrdiff_t>(i))
            findings.problem(places[i], key, fmt::format("\"{}\" is named twice", items[i]));
}

WrittenRoute read_route(const Table& table, const Place& place, std::string key, Findings& findings)
{
    WrittenRoute written;
    written.key = std::move(key);
    Section section(&table, written.key, findings);
    auto& route = written.route;
    section.word("channel", route.voice_call, {{"text-message", false}, {"voice-call", true}});
    section.texts("regions", route.regions, 1, 64, rule::region);
    section.texts("providers", route.providers, 1, most_providers, rule::provider_name);
    must_have(section, "channel", place, written.key, findings);
    must_have(section, "providers", place, written.key, findings);
    written.region_places = section.places("regions");
    written.provider_places = section.places("providers");
    no_repetition(route.regions, written.region_places, written.key + ".regions", findings);
    no_repetition(route.providers, written.provider_places, written.key + ".providers", findings);
    return written;
}

/// Of one channel, in the order of the file.
void settle_channel(const std::vector<WrittenRoute>& routes, bool voice_call,
                    const std::vector<std::string>& allowed, Findings& findings)
{
    std::vector<std::string> taken;
    const WrittenRoute* last = nullptr;
    bool all_taken = false;
    for (const auto& written : routes) {
        const auto& route = written.route;
        if (route.voice_call != voice_call || written.provider_places.empty())
            continue;
        last = &written;
        if (all_taken)
            findings.problem(written.provider_places.front(), written.key,
                             "is never used; a route of this channel before it takes every region");
        for (std::size_t i = 0; i < route.regions.size(); ++i) {
            if (contains(taken, route.regions[i]))
                findings.problem(written.region_places[i], written.key + ".regions",
                                 fmt::format("\"{}\" is never used; a route of this channel before it has it",
                                             route.regions[i]));
            taken.push_back(route.regions[i]);
        }
        all_taken = all_taken || route.regions.empty();
    }
    if (last == nullptr || all_taken)
        return;
    for (const auto& region : allowed)
        if (!contains(taken, region))
            findings.problem(
                last->provider_places.front(), last->key,
                fmt::format("no route carries a {} to {}, which is in phones.regions; a last route "
                            "without regions takes what is left",
                            channel_word(voice_call), region));
}

} // namespace

void read_routes(Section& root, std::vector<WrittenRoute>& routes, Findings& findings)
{
    const auto tables = root.tables("routes", most_routes);
    const auto places = root.places("routes");
    if (tables.empty())
        return;
    routes.clear();
    for (std::size_t i = 0; i < tables.size(); ++i)
        routes.push_back(read_route(*tables[i], places[i], fmt::format("routes[{}]", i), findings));
}

void settle_routes(const std::vector<WrittenRoute>& routes, const std::vector<std::string>& allowed,
                   Findings& findings)
{
    for (const auto& written : routes)
        for (std::size_t i = 0; i < written.route.regions.size(); ++i)
            if (!contains(allowed, written.route.regions[i]))
                findings.problem(
                    written.region_places[i], written.key + ".regions",
                    fmt::format("is \"{}\"; allowed: one of phones.regions", written.route.regions[i]));
    for (const bool voice_call : std::array{false, true})
        settle_channel(routes, voice_call, allowed, findings);
}

void bind_routes(const std::vector<WrittenRoute>& routes, const std::vector<std::string>& names,
                 const std::vector<ProviderConfig>& providers, Findings& findings)
{
    for (const auto& written : routes) {
        const auto& route = written.route;
        for (std::size_t i = 0; i < route.providers.size(); ++i) {
            const auto& name = route.providers[i];
            const auto refuse = [&](std::string sentence) {
                findings.problem(written.provider_places[i], written.key + ".providers", std::move(sentence));
            };
            const auto found = std::ranges::find(providers, name, &ProviderConfig::name);
            if (!contains(names, name)) {
                const auto meant = nearest(name, names);
                refuse(fmt::format("there is no {}.toml in providers.d{}", name,
                                   meant.empty() ? "" : fmt::format("; did you mean \"{}\"?", meant)));
            } else if (found != providers.end() &&
                       !(route.voice_call ? found->voice_call : found->text_message)) {
                refuse(fmt::format("\"{}\" does not carry a {}; its channels do not name it", name,
                                   channel_word(route.voice_call)));
            }
        }
    }
}

} // namespace ssp::config
