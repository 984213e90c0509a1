#include "config/provider_file.h"

#include "config/http_provider_file.h"
#include "config/sip_provider_file.h"
#include "config/text_rules.h"

#include <algorithm>
#include <string_view>

namespace ssp::config {

namespace {

bool is_channel(std::string_view text) { return text == "text-message" || text == "voice-call"; }
constexpr TextRule channel{is_channel, "text-message, voice-call"};

void only_with(Section& provider, const char* key, const char* kind)
{
    provider.refuse(key, std::string("allowed only with kind = \"") + kind + "\"");
}

} // namespace

std::string provider_name_of(std::string_view path)
{
    path.remove_prefix(path.rfind('/') + 1);
    return std::string(path.substr(0, path.size() - std::string_view(".toml").size()));
}

ProviderConfig read_provider_file(const Table& table, const std::string& path, bool demo, Findings& findings)
{
    ProviderConfig config;
    config.name = provider_name_of(path);
    if (!rule::provider_name.fits(config.name))
        findings.problem({path, 0, 0}, "", "the name must be 1 to 32 of a-z, 0-9 and -, then .toml");

    Section provider(&table, "", findings);
    const auto must_have = [&](const char* key) {
        if (!provider.has(key))
            findings.problem({path, 0, 0}, key, "is missing");
    };
    must_have("kind");
    must_have("channels");
    provider.word("kind", config.kind,
                  {{"outbox", ProviderKind::outbox},
                   {"command", ProviderKind::command},
                   {"sip", ProviderKind::sip},
                   {"http", ProviderKind::http}});
    std::vector<std::string> channels;
    provider.texts("channels", channels, 1, 2, channel);
    config.text_message = std::ranges::find(channels, "text-message") != channels.end();
    config.voice_call = std::ranges::find(channels, "voice-call") != channels.end();
    if (config.kind == ProviderKind::sip) {
        must_have("proxy");
        must_have("from");
        if (config.text_message)
            provider.refuse("channels", "a call cannot carry a text message; allowed: voice-call");
        read_sip_provider(provider, config.sip);
        return config;
    }
    if (provider.has("kind") && config.kind == ProviderKind::http) {
        if (config.text_message && config.voice_call)
            provider.refuse("channels", "a request fits one channel; write a file for each");
        config.http = read_http_provider(provider, path, config.voice_call, findings);
        return config;
    }
    provider.text("file", config.file, rule::absolute_path);
    provider.texts("argv", config.argv, 1, 32, rule::argument, false);
    provider.duration("deadline", config.deadline, Seconds(1), Seconds(60));

    if (!provider.has("kind"))
        return config;
    if (config.kind == ProviderKind::outbox) {
        must_have("file");
        only_with(provider, "argv", "command");
        only_with(provider, "deadline", "command");
        if (!demo)
            provider.refuse("kind", "an outbox shows codes to whoever reads its file; allowed only with "
                                    "demo = true in the main file");
    } else {
        must_have("argv");
        only_with(provider, "file", "outbox");
        if (!config.argv.empty() && !rule::absolute_path.fits(config.argv.front()))
            provider.refuse("argv", "the first item must be " + std::string(rule::absolute_path.allowed));
    }
    return config;
}

} // namespace ssp::config
