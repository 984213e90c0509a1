#include "verifier/telling.h"

#include "verifier/message_text.h"
#include "verifier/sending.h"

namespace ssp {

namespace {

/// The tag of what has no code: no prompt shows it.
constexpr const char* no_tag = "00";

const std::string& what_of(const NoticeWording& wording, News news)
{
    switch (news) {
    case News::enrolled:
    case News::added: return wording.added;
    case News::changed: return wording.changed;
    case News::reset: return wording.reset;
    case News::recovery_codes: return wording.recovery_codes;
    case News::guessing: return wording.guessing;
    case News::spent_code: break;
    }
    return wording.spent_code;
}

Task<DeliveryOutcome> send(Ports ports, SecretString number, NumberJudgement judged, SecretString text)
{
    if (!judged.usable || !judged.e164.equals(number.reveal()))
        co_return DeliveryOutcome::bad_number;
    auto reference = new_message_reference(ports.random);
    if (!reference)
        co_return reference.error();
    OutboundMessage message;
    message.to = std::move(number);
    message.text = std::move(text);
    message.tag = no_tag;
    message.reference = std::move(*reference);
    auto delivering = ports.delivery.deliver(std::move(message));
    co_return co_await delivering;
}

} // namespace

Task<DeliveryOutcome> tell_owner(Ports ports, Telling telling)
{
    const auto& policy = ports.policy;
    auto judging = ports.delivery.judge_number(telling.number.clone(), Channel::text_message, policy.region);
    auto judged = co_await judging;
    const auto& wording = wording_of(policy.wordings, language_for(policy, judged.region)).notices;
    auto text = notice_text(wording.notice, {what_of(wording, telling.news), telling.at, policy.organisation,
                                             policy.support_contact});
    auto sending = send(ports, std::move(telling.number), std::move(judged), std::move(text));
    co_return co_await sending;
}

Task<DeliveryOutcome> tell_administrator(Ports ports, AdministratorsNews news)
{
    const auto& policy = ports.policy;
    const bool granted = co_await ports.store.reserve_administrators_notice();
    if (!granted)
        co_return DeliveryOutcome::bad_number;
    SecretString number(policy.administrator);
    auto judging = ports.delivery.judge_number(number.clone(), Channel::text_message, policy.region);
    auto judged = co_await judging;
    const auto& wording = wording_of(policy.wordings, policy.language).notices;
    auto text = administrators_text(wording.administrator,
                                    {news.count, news.last_person, news.at, policy.organisation});
    auto sending = send(ports, std::move(number), std::move(judged), std::move(text));
    co_return co_await sending;
}

} // namespace ssp
