#include "verifier/sending.h"

#include "verifier/message_text.h"
#include "verifier/out_of_band.h"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace ssp {

namespace {

/// Left of a sign-in once its message went out.
constexpr Seconds time_to_type{10};

struct Drawn {
    NewChallenge challenge;
    OutboundMessage message;
};

/// A letter and a digit that no one confuses: "K7".
Result<std::string> new_tag(Random& random)
{
    auto letter = random.text(1, "ABCDEFGHJKMNPQRTUVWXYZ");
    if (!letter)
        return letter.error();
    auto digit = random.text(1, "23456789");
    if (!digit)
        return digit.error();
    return std::string(letter->reveal()) + std::string(digit->reveal());
}

Result<Drawn> draw(const Attempt& attempt, const Destination& to, const std::string& language)
{
    const auto& [store, delivery, clock, random, policy] = attempt.ports;
    Drawn drawn;
    if (auto filled = random.fill(drawn.challenge.id); !filled)
        return filled.error();
    auto code = random.decimal_code(to.digits);
    if (!code)
        return code.error();
    auto tag = new_tag(random);
    if (!tag)
        return tag.error();
    auto reference = new_message_reference(random);
    if (!reference)
        return reference.error();

    drawn.message.channel = to.channel();
    drawn.message.to = to.number.clone();
    drawn.message.tag = std::move(*tag);
    drawn.message.reference = std::move(*reference);
    drawn.message.language = language;
    if (const auto left = attempt.time_left())
        drawn.message.deadline = std::clamp(*left - time_to_type, Seconds(1), drawn.message.deadline);
    if (to.kind == AuthenticatorKind::voice_call) {
        drawn.message.digits = code->clone();
    } else {
        const MessageParts parts{drawn.message.tag, *code,        policy.organisation, policy.support_contact,
                                 policy.code_life,  policy.origin};
        drawn.message.text = message_text(wording_of(policy.wordings, language), parts);
    }

    drawn.challenge.kind = to.kind;
    drawn.challenge.service = attempt.facts.service;
    drawn.challenge.code = std::move(*code);
    drawn.challenge.max_tries = to.tries_per_challenge;
    drawn.challenge.expires_at = clock.now() + policy.code_life;
    drawn.challenge.expires_at_boot = clock.boot_time() + policy.code_life;
    return drawn;
}

std::string why_not_sent(const Attempt& attempt, const SendReservation& reservation)
{
    const auto now = attempt.ports.clock.now();
    switch (reservation.answer) {
    case SendAnswer::too_soon:
        return prompts::wait_before_next(reservation.wait_until ? *reservation.wait_until - now : Seconds(1));
    case SendAnswer::exhausted: return prompts::sent_too_often();
    case SendAnswer::held_back: return prompts::sending_is_held_back();
    case SendAnswer::granted:
    case SendAnswer::locked: break;
    }
    return prompts::sending_is_off();
}

/// Empty when a code may arrive.
std::string trouble_of(const Result<DeliveryOutcome>& outcome, const Destination& to)
{
    if (!outcome)
        return prompts::could_not_send(to.shown());
    switch (*outcome) {
    case DeliveryOutcome::accepted:
    case DeliveryOutcome::queued: return {};
    case DeliveryOutcome::bad_number: return prompts::number_does_not_take(to.shown());
    case DeliveryOutcome::unknown: return prompts::unclear_whether_sent(to.kind);
    case DeliveryOutcome::retry:
    case DeliveryOutcome::credentials:
    case DeliveryOutcome::configuration: break;
    }
    return prompts::could_not_send(to.shown());
}

/// Counts one message; nothing may be sent unless it is granted.
Task<SendReservation> reserve(const Attempt& attempt, const Destination& to, std::string region)
{
    SendRequest request;
    request.points = guess_points(to.digits);
    request.channel = to.channel();
    request.number = to.number.clone();
    request.source = attempt.facts.source;
    request.foreign = region != attempt.ports.policy.region;
    request.region = std::move(region);
    auto entry = attempt.entry("");
    entry.method = method_of(to.kind);
    entry.detail =
        fmt::format("number ending {}, reference {}", prompts::ending(to.number), attempt.reference);
    return attempt.ports.store.reserve_send(to.subscriber, std::move(request), std::move(entry));
}

} // namespace

int digits_of(const Policy& policy, AuthenticatorKind phone) noexcept
{
    return phone == AuthenticatorKind::voice_call ? policy.voice_digits : text_digits;
}

Result<std::string> new_message_reference(Random& random)
{
    auto text = random.text(32, "0123456789abcdef");
    if (!text)
        return text.error();
    return std::string(text->reveal());
}

const std::string& language_for(const Policy& policy, const std::string& region)
{
    const auto found = policy.region_languages.find(region);
    return found == policy.region_languages.end() ? policy.language : found->second;
}

LiveChallenge::LiveChallenge(LiveChallenge&& other) noexcept
    : store_(std::exchange(other.store_, nullptr)), subscriber_(other.subscriber_), id_(other.id_),
      never_sent_(other.never_sent_)
{
}

LiveChallenge& LiveChallenge::operator=(LiveChallenge&& other) noexcept
{
    if (this != &other) {
        void_now();
        store_ = std::exchange(other.store_, nullptr);
        subscriber_ = other.subscriber_;
        id_ = other.id_;
        never_sent_ = other.never_sent_;
    }
    return *this;
}

void LiveChallenge::void_now() noexcept
{
    if (store_ == nullptr)
        return;
    const auto task = std::exchange(store_, nullptr)->void_challenge(subscriber_, id_, never_sent_);
    task.handle().resume();
}

Task<Sent> send_code(Attempt& attempt, const Destination& to, LiveCall& before)
{
    auto& store = attempt.ports.store;
    Sent sent;
    const auto& home = attempt.ports.policy.region;
    auto judging = attempt.ports.delivery.judge_number(to.number.clone(), to.channel(), home);
    const auto judged = co_await std::move(judging).outcome();
    if (!judged || !judged->usable) {
        sent.shown = judged ? prompts::number_does_not_take(to.shown()) : prompts::could_not_send(to.shown());
        co_return sent;
    }
    const auto reservation = co_await reserve(attempt, to, judged->region);
    if (reservation.answer != SendAnswer::granted) {
        sent.shown = why_not_sent(attempt, reservation);
        sent.old_is_good = true;
        co_return sent;
    }
    auto drawn = draw(attempt, to, language_for(attempt.ports.policy, judged->region));
    if (!drawn)
        co_return drawn.error();
    drawn->challenge.send = reservation.receipt;

    before.hang_up();
    LiveChallenge live(store, to.subscriber, drawn->challenge.id);
    co_await store.open_challenge(to.subscriber, std::move(drawn->challenge));
    const auto tag = drawn->message.tag;
    const auto reference = drawn->message.reference;
    const auto outcome = co_await attempt.ports.delivery.deliver(std::move(drawn->message)).outcome();
    sent.shown = trouble_of(outcome, to);
    if (!sent.shown.empty()) {
        if (!outcome || *outcome != DeliveryOutcome::unknown)
            live.note_never_sent();
        co_return sent;
    }
    sent.shown = prompts::code_is_on_its_way(to.shown(), tag, to.digits, attempt.ports.policy.code_life);
    sent.challenge.emplace(std::move(live));
    if (to.channel() == Channel::voice_call)
        sent.call = LiveCall(attempt.ports.delivery, reference);
    co_return sent;
}

} // namespace ssp
