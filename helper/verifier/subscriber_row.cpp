#include "verifier/subscriber_row.h"

#include "verifier/request_words.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace ssp {

namespace {

struct KindName {
    AuthenticatorKind kind;
    std::string_view name;
};
constexpr auto kinds = std::to_array<KindName>({
    {AuthenticatorKind::text_message, "text_message"},
    {AuthenticatorKind::voice_call, "voice_call"},
    {AuthenticatorKind::authenticator_app, "authenticator_app"},
});

std::string authenticator_text(const Subscriber& subscriber, AuthenticatorKind kind)
{
    const auto found = std::ranges::find(subscriber.authenticators, kind, &Authenticator::kind);
    if (found == subscriber.authenticators.end())
        return "no";
    return masked(*found) + ", since " + time_text(found->bound_at).substr(0, 10) +
           (found->disabled ? ", off after too many wrong codes" : "");
}

} // namespace

Rows::Row subscriber_row(const Subscriber& subscriber, const std::vector<Trust>& trusts, WallTime now)
{
    const auto devices = std::ranges::count_if(trusts, &Trust::live);
    const bool has_to_wait = subscriber.throttled_until && *subscriber.throttled_until > now;
    Rows::Row row{{"name", subscriber.identity.name}, {"uid", std::to_string(subscriber.identity.uid)}};
    for (const auto& [kind, name] : kinds)
        row.emplace_back(name, authenticator_text(subscriber, kind));
    row.emplace_back("recovery_codes_left", std::to_string(subscriber.look_up_secrets_left));
    row.emplace_back("remembered_devices", std::to_string(devices));
    row.emplace_back("locked", subscriber.locked_by_desk ? "yes" : "no");
    row.emplace_back("wait_until", has_to_wait ? time_text(*subscriber.throttled_until) : "");
    return row;
}

Rows::Row device_row(const Trust& trust)
{
    return {{"id", std::to_string(static_cast<std::int64_t>(trust.id))},
            {"device", trust.label},
            {"for", trust.scope},
            {"since", time_text(trust.granted_at)},
            {"until", time_text(trust.expires_at)},
            {"last_used", time_text(trust.last_used_at)}};
}

} // namespace ssp
