#include "verifier/attempt.h"

#include "verifier/answers.h"
#include "verifier/prompts.h"

#include <algorithm>
#include <utility>

namespace ssp {

namespace {

Seconds wait_until(std::optional<WallTime> until, WallTime now)
{
    return until && now < *until ? *until - now : Seconds(1);
}

/// A QR code fills the screen: nothing may push it off at the top.
bool fits_one_screen(const std::string& above, const std::string& question)
{
    static constexpr std::ptrdiff_t line_ends = 23;
    return std::count(above.begin(), above.end(), '\n') +
               std::count(question.begin(), question.end(), '\n') <=
           line_ends;
}

} // namespace

Attempt::Attempt(Ports ports, Claimant& claimant, SignInFacts facts, std::string reference)
    : ports(ports), claimant(claimant), facts(std::move(facts)), reference(std::move(reference)),
      tries_left(ports.policy.tries_per_sign_in), began_at(ports.clock.boot_time())
{
}

Task<std::optional<SecretString>> Attempt::ask(std::string question)
{
    while (!over_) {
        auto answer = co_await ask_once(question);
        if (!answer || !answer->empty())
            co_return answer;
        count_empty_answer();
    }
    co_return std::nullopt;
}

Task<std::optional<SecretString>> Attempt::ask_once(const std::string& question)
{
    if (!fits_one_screen(before_next_, question))
        before_next_.clear();
    Prompt prompt;
    prompt.text.reserve(before_next_.size() + question.size());
    prompt.text.append(before_next_).append(question);
    before_next_.clear();
    const auto typed = co_await claimant.ask(std::move(prompt));

    if (is_fake_of_sshd(typed)) {
        end(Verdict::rejected, "sshd lets this account not in", prompts::ended_without_code());
        co_return std::nullopt;
    }
    answers_left_ -= 1;
    if (answers_left_ < 0) {
        end(Verdict::rejected, "too many answers", prompts::ended_without_code());
        co_return std::nullopt;
    }
    co_return trimmed(typed);
}

void Attempt::count_empty_answer()
{
    empty_answers_left_ -= 1;
    if (empty_answers_left_ == 0)
        end(Verdict::rejected, "no answer", prompts::ended_without_answer());
    put_before_next(prompts::nothing_typed());
}

void Attempt::put_before_next(std::string_view text)
{
    if (text.empty())
        return;
    before_next_ += text;
    before_next_ += '\n';
}

void Attempt::puzzled_by_answer(std::string_view explanation)
{
    puzzles_left_ -= 1;
    if (puzzles_left_ == 0)
        end(Verdict::rejected, "answers that are no code", prompts::ended_without_code());
    put_before_next(explanation);
}

Task<TryAnswer> Attempt::reserve_try(SubscriberId subscriber, TryCost cost)
{
    const int points = cost.points;
    cost.most_since_success = most_points_since_success;
    const auto reservation = co_await ports.store.reserve_try(subscriber, cost);
    switch (reservation.answer) {
    case TryAnswer::granted:
        tries_left -= 1;
        is_last_of_authenticator_ = reservation.last_of_authenticator;
        points_spent_ += points;
        break;
    case TryAnswer::throttled:
        end(Verdict::locked, "throttled",
            prompts::throttled(wait_until(reservation.throttled_until, ports.clock.now())));
        break;
    case TryAnswer::locked: end(Verdict::locked, "locked by the desk", prompts::locked()); break;
    case TryAnswer::budget_spent:
    case TryAnswer::everybody_spent:
    case TryAnswer::authenticator_disabled:
    case TryAnswer::challenge_over: break;
    }
    co_return reservation.answer;
}

Task<void> Attempt::miss(SubscriberId subscriber, std::string method, RefusedCode refused, std::string what)
{
    auto row = entry("code-refused");
    row.method = std::move(method);
    row.detail = ", reference " + reference;
    co_await ports.store.refuse_code(subscriber, std::move(refused), row);
    if (is_last_of_authenticator_) {
        row.event = audit_event::authenticator_disabled;
        row.detail = "too many wrong codes in a row, reference " + reference;
        co_await ports.store.record(row);
        auto notice = prompts::disabled_notice(row.method, ports.policy.support_contact);
        co_await ports.store.add_notice(subscriber, notice);
    }
    if (tries_used_up())
        end(Verdict::locked, "tries used up", prompts::tries_used_up());
    else
        put_before_next(prompts::wrong_code(what, tries_left));
}

void Attempt::end(Verdict verdict, std::string detail, std::string_view text)
{
    over_ = true;
    verdict_ = verdict;
    detail_ = std::move(detail);
    if (!accepted_)
        claimant.tell(prompts::wrapped(text) + '\n' + help());
}

void Attempt::note_acceptance()
{
    accepted_ = true;
    tries_left = ports.policy.tries_per_sign_in;
    empty_answers_left_ = 2;
    puzzles_left_ = 3;
    points_spent_ = 0;
    before_next_.clear();
}

Task<SubscriberId> Attempt::must_still_stand()
{
    const auto person = co_await ports.store.find_subscriber(facts.person);
    if (!person || person->epoch != epoch)
        co_return Error{ErrorKind::not_permitted, "all trust was ended meanwhile"};
    co_return person->id;
}

Task<void> Attempt::record_refusal(std::string why)
{
    if (std::exchange(recorded_, true))
        co_return;
    auto row = entry("sign-in-refused");
    row.detail = (why.empty() ? detail_ : std::move(why)) + ", reference " + reference;
    co_await ports.store.record(std::move(row));
}

Task<Verdict> Attempt::turn_away(Verdict verdict, std::string detail, std::string text)
{
    over_ = true;
    verdict_ = verdict;
    detail_ = std::move(detail);
    co_await record_refusal();
    Prompt prompt;
    prompt.text = prompts::closing(text, help());
    co_await claimant.ask(std::move(prompt));
    co_return verdict;
}

AuditEntry Attempt::entry(std::string event) const
{
    AuditEntry entry;
    entry.event = std::move(event);
    entry.person = facts.person;
    entry.actor = "self";
    entry.service = facts.service;
    entry.source = facts.source;
    return entry;
}

std::optional<Seconds> Attempt::time_left() const
{
    // sshd counts from the connection on; the first factor was typed since.
    static constexpr Seconds before_the_first_question{30};
    const auto& policy = ports.policy;
    const bool is_ssh = std::ranges::find(policy.ssh_services, facts.service) != policy.ssh_services.end();
    Seconds whole{0};
    if (is_console_login())
        whole = policy.console_deadline;
    else if (is_ssh && policy.login_grace > Seconds(0))
        whole = policy.login_grace - before_the_first_question;
    else
        return std::nullopt;
    return whole - std::chrono::ceil<Seconds>(ports.clock.boot_time() - began_at);
}

std::string Attempt::help() const { return prompts::help(ports.policy.support_contact, reference); }

} // namespace ssp
