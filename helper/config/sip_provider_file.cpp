#include "config/sip_provider_file.h"

#include "config/text_rules.h"

#include <algorithm>
#include <string_view>

namespace ssp::config {

namespace {

bool is_letter_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/// A beginning of letters, digits and `others`, at least one; the rest of it stays in `text`.
bool take_word(std::string_view& text, std::string_view others)
{
    const auto end = std::ranges::find_if(text, [others](char c) {
        return !is_letter_or_digit(c) && others.find(c) == std::string_view::npos;
    });
    const auto length = static_cast<std::size_t>(end - text.begin());
    text.remove_prefix(length);
    return length > 0;
}

bool take(std::string_view& text, std::string_view prefix)
{
    const bool found = text.starts_with(prefix);
    if (found)
        text.remove_prefix(prefix.size());
    return found;
}

/// "host", "host:5061", "192.0.2.7", "[2001:db8::7]:5060".
bool take_host(std::string_view& text)
{
    const bool bracket = take(text, "[");
    if (!take_word(text, bracket ? ".:" : ".-") || (bracket && !take(text, "]")))
        return false;
    if (!take(text, ":"))
        return true;
    int port = 0;
    for (int digits = 0; digits < 5 && !text.empty() && text.front() >= '0' && text.front() <= '9';
         ++digits) {
        port = port * 10 + (text.front() - '0');
        text.remove_prefix(1);
    }
    return port >= 1 && port <= 65535;
}

bool take_scheme(std::string_view& text) { return take(text, "sips:") || take(text, "sip:"); }

bool is_proxy(std::string_view text)
{
    if (text.size() > 255 || !take_scheme(text) || !take_host(text))
        return false;
    return text.empty() || text == ";transport=udp" || text == ";transport=tcp" || text == ";transport=tls";
}

bool is_caller(std::string_view text)
{
    if (text.size() > 255 || !take_scheme(text) || !take_word(text, "+-_.!~*'()"))
        return false;
    return take(text, "@") && take_host(text) && text.empty();
}

bool is_digest_user(std::string_view text)
{
    return !text.empty() && text.size() <= 64 &&
           std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f && c != '"' && c != '\\'; });
}

constexpr TextRule proxy{is_proxy, "a server as \"sips:sbc.example.org\" or "
                                   "\"sip:192.0.2.7:5060;transport=udp\" (or tcp, tls)"};
constexpr TextRule caller{is_caller, "a caller as \"sip:+12055550100@example.org\""};
constexpr TextRule digest_user{is_digest_user, "1 to 64 printable ASCII characters, no space, \" or \\"};

bool is_tls(const std::string& server)
{
    return server.starts_with("sips:") || server.ends_with(";transport=tls");
}

} // namespace

void read_sip_provider(Section& provider, SipProviderConfig& config)
{
    config.program = SSP_CALL_PROGRAM;
    provider.text("proxy", config.proxy, proxy);
    provider.text("from", config.from, caller);
    provider.text("user", config.user, digest_user);
    provider.secret("password", config.password);
    provider.flag("register", config.register_first);
    provider.text("ca_file", config.ca_file, rule::absolute_path);
    config.srtp = is_tls(config.proxy) ? MediaSecurity::required : MediaSecurity::off;
    provider.word("srtp", config.srtp,
                  {{"off", MediaSecurity::off},
                   {"optional", MediaSecurity::optional},
                   {"required", MediaSecurity::required}});
    provider.flag("confirm_key", config.confirm_key);
    provider.duration("ring_timeout", config.ring_timeout, Seconds(5), Seconds(60));
    provider.text("recordings", config.recordings, rule::absolute_path);
    provider.number("max_calls", config.max_calls, 1, 64);
    provider.text("program", config.program, rule::absolute_path);

    if (!provider.has("password"))
        provider.refuse("user", "needs a password");
    if (!provider.has("user")) {
        provider.refuse("password", "needs a user");
        if (config.register_first)
            provider.refuse("register", "needs a user and a password");
    }
    if (!config.proxy.empty() && !is_tls(config.proxy)) {
        provider.refuse("ca_file", "has no use: the proxy is not asked for TLS (sips:, or transport=tls)");
        if (config.srtp != MediaSecurity::off)
            provider.refuse("srtp", "needs TLS to the proxy (sips:, or transport=tls): without it the key of "
                                    "the sound travels in clear");
    }
}

} // namespace ssp::config
