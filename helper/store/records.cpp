#include "store/records.h"

#include "store/standing.h"

#include <algorithm>
#include <tuple>

namespace ssp {

namespace {

bool has_passed(const Expiry& expiry, const Moment& now) noexcept
{
    return now.wall >= expiry.wall || (now.boot_id == expiry.boot_id && now.boot >= expiry.boot);
}

std::vector<Trust> in_order(const std::vector<TrustRecord>& known, const Standing& standing,
                            const Moment& now)
{
    std::vector<Trust> list;
    for (const auto& trust : known)
        list.push_back(shown(trust, is_live(trust, standing, now)));
    std::sort(list.begin(), list.end(), [](const Trust& a, const Trust& b) {
        return std::tuple(a.live, a.granted_at, a.id) > std::tuple(b.live, b.granted_at, b.id);
    });
    return list;
}

} // namespace

bool is_live(const ChallengeRecord& challenge, const Moment& now) noexcept
{
    return challenge.open && challenge.expiry.boot_id == now.boot_id && !has_passed(challenge.expiry, now);
}

bool is_live(const TrustRecord& trust, const Standing& standing, const Moment& now) noexcept
{
    return !trust.revoked && trust.epoch == standing.epoch && !has_passed(trust.expiry, now);
}

TrustRecord granted(const NewTrust& trust, const Standing& standing, const Moment& now)
{
    TrustRecord record;
    record.device = trust.device;
    record.label = trust.label;
    record.scope = trust.scope;
    record.granted_at = now.wall;
    record.last_used_at = now.wall;
    record.expiry = {trust.expires_at, now.boot + (trust.expires_at - now.wall), now.boot_id};
    record.epoch = standing.epoch;
    return record;
}

std::vector<TrustId> ended_by(const NewTrust& grant, const std::vector<TrustRecord>& known,
                              const Standing& standing, const Moment& now)
{
    std::vector<TrustId> ended;
    std::vector<const TrustRecord*> others;
    for (const auto& trust : known) {
        if (trust.scope != grant.scope || !is_live(trust, standing, now))
            continue;
        if (trust.device == grant.device)
            ended.push_back(trust.id);
        else
            others.push_back(&trust);
    }
    std::sort(others.begin(), others.end(), [](const TrustRecord* a, const TrustRecord* b) {
        return std::pair(a->granted_at, a->id) > std::pair(b->granted_at, b->id);
    });
    const auto stay = static_cast<std::size_t>(std::max(0, grant.max_devices - 1));
    for (std::size_t i = stay; i < others.size(); ++i)
        ended.push_back(others[i]->id);
    return ended;
}

std::vector<TrustId> crowded_out(const std::vector<TrustRecord>& known, const Standing& standing,
                                 const Moment& now)
{
    std::vector<TrustId> out;
    const auto list = in_order(known, standing, now);
    for (std::size_t i = most_trust_kept - 1; i < list.size(); ++i)
        out.push_back(list[i].id);
    return out;
}

std::vector<Trust> listed(const std::vector<TrustRecord>& known, const Standing& standing, const Moment& now)
{
    auto list = in_order(known, standing, now);
    if (list.size() > most_trust_kept)
        list.resize(most_trust_kept);
    return list;
}

Trust shown(const TrustRecord& trust, bool live)
{
    Trust out;
    out.id = trust.id;
    out.label = trust.label;
    out.scope = trust.scope;
    out.granted_at = trust.granted_at;
    out.expires_at = trust.expiry.wall;
    out.last_used_at = trust.last_used_at;
    out.live = live;
    return out;
}

Channel channel_of(AuthenticatorKind kind) noexcept
{
    return kind == AuthenticatorKind::voice_call ? Channel::voice_call : Channel::text_message;
}

void add_notice(std::vector<std::string>& notices, std::string sentence)
{
    constexpr std::size_t most_notices = 10;
    std::erase_if(notices, [&](const auto& old) { return say_the_same(old, sentence); });
    notices.push_back(std::move(sentence));
    if (notices.size() > most_notices)
        notices.erase(notices.begin());
}

} // namespace ssp
