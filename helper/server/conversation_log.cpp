#include "server/conversation_log.h"

#include "loop/journal.h"
#include "server/decision.h"

#include <fmt/format.h>
#include <utility>

namespace ssp {

void ConversationLog::ended(const Subject& subject, const Result<Verdict>& ended)
{
    const auto severity = ended ? Severity::info : severity_of(ended.error());
    if (subject.door == Door::self && severity == Severity::info)
        return;
    const auto uid = std::to_string(subject.uid);
    const auto* verdict = word(decision_of(ended));
    const auto message = fmt::format("{} {}", subject.event, verdict);
    if (ended)
        return journal(severity, message,
                       {{"event", subject.event},
                        {"user", subject.user},
                        {"uid", uid},
                        {"service", subject.service},
                        {"source", subject.source},
                        {"verb", subject.verb},
                        {"verdict", verdict}});
    journal(severity, message,
            {{"event", subject.event},
             {"user", subject.user},
             {"uid", uid},
             {"service", subject.service},
             {"source", subject.source},
             {"verb", subject.verb},
             {"verdict", verdict},
             {"error", word(ended.error().kind)},
             {"detail", ended.error().detail}});
}

void ConversationLog::broken_off(Door door, const Peer& peer, std::string_view why)
{
    const auto now = clock_.boot_time();
    if (now - minute_ >= Seconds(60)) {
        minute_ = now;
        noise_ = 0;
    }
    if (++noise_ > noise_per_minute) {
        ++unwritten_;
        return;
    }
    journal(Severity::warning, "conversation broken off",
            {{"event", "broken-off"},
             {"door", word(door)},
             {"uid", std::to_string(peer.uid)},
             {"pid", std::to_string(peer.pid)},
             {"why", why},
             {"unwritten", std::to_string(std::exchange(unwritten_, 0))}});
}

} // namespace ssp
