#include "store/telling.h"

#include "store/transactions.h"

#include <algorithm>
#include <fmt/format.h>

namespace ssp {

namespace {

const Authenticator* find(const std::vector<Authenticator>& known, AuthenticatorKind kind)
{
    const auto found = std::ranges::find(known, kind, &Authenticator::kind);
    return found == known.end() ? nullptr : &*found;
}

} // namespace

SecretString number_to_tell(const std::vector<Authenticator>& known,
                            std::optional<AuthenticatorKind> guessed_at)
{
    const auto* text = find(known, AuthenticatorKind::text_message);
    const auto* guessed = guessed_at ? find(known, *guessed_at) : nullptr;
    const bool is_the_same_phone =
        guessed != nullptr && text != nullptr && guessed->secret.equals(text->secret.reveal());
    return text == nullptr || is_the_same_phone ? SecretString() : text->secret.clone();
}

bool is_attack(const Standing& standing, const GuessLimits& limits) noexcept
{
    return standing.points_since_success >= limits.notice_points ||
           standing.consecutive_failures > limits.deny;
}

Tidings tidings_of_binding(const std::vector<Authenticator>& before, AuthenticatorKind kind)
{
    Tidings tidings;
    tidings.kind = kind;
    tidings.number = number_to_tell(before, std::nullopt);
    if (!before.empty())
        tidings.news = find(before, kind) != nullptr ? News::changed : News::added;
    return tidings;
}

bool belongs_to_enrolment(const std::vector<Authenticator>& known, WallTime now) noexcept
{
    static constexpr Seconds an_enrolment = std::chrono::hours(1);
    return !known.empty() && now < known.front().bound_at + an_enrolment && known.front().bound_at <= now;
}

std::optional<AuditEntry> row_of(const Tidings& tidings, bool granted, const AuditEntry& about)
{
    const bool is_free = tidings.news == News::guessing || tidings.news == News::spent_code;
    if (!granted && is_free)
        return std::nullopt;
    auto row = about;
    row.event = granted ? audit_event::owner_told : audit_event::owner_not_told;
    const auto number = tidings.number.reveal();
    const auto whom = number.empty() ? std::string("the administrator")
                                     : fmt::format("the number ending {}", number.substr(number.size() - 2));
    row.detail = fmt::format("{}, {}{}, {}", word_of(tidings.news), granted ? "" : "held back from ", whom,
                             about.detail);
    return row;
}

namespace transactions {

namespace {

/// True if `was` is a code that this person has spent.
Result<bool> was_spent(Tables& rows, const Moment& now, SubscriberId person,
                       const std::vector<Authenticator>& known, const RefusedCode& refused)
{
    if (const auto* step = std::get_if<StepProof>(&refused.was)) {
        const auto app = std::ranges::find(known, step->authenticator, &Authenticator::id);
        return app != known.end() && step->step <= app->last_step;
    }
    if (const auto* code = std::get_if<SecretString>(&refused.was))
        return refused.guessed_at && rows.challenges.was_spent(person, *refused.guessed_at, *code, now.wall);
    if (const auto* secret = std::get_if<LookUpSecretProof>(&refused.was))
        return rows.authenticators.is_spent(person, secret->digest);
    return false;
}

} // namespace

Result<void> tell(Tables& rows, WallTime now, const SendLimits& limits, const SubscriberRow& person,
                  Tidings tidings, const AuditEntry& about)
{
    const auto sentence = ssp::sentence(tidings.news, tidings.kind, now, about.source);
    if (auto added = add_notice(rows, person.id, sentence); !added)
        return added.error();

    const auto whom = std::to_string(static_cast<std::int64_t>(person.id));
    const auto word = word_of(tidings.news);
    auto counts = rows.send_counts.load_notices(whom, word);
    if (!counts)
        return counts.error();
    const auto before = *counts;
    const bool granted =
        reserve_notice(*counts, limits_of(tidings.news, !tidings.number.empty()), now, limits);
    if (granted)
        rows.send_counts.save_notices(whom, word, before, *counts, now);
    if (const auto row = row_of(tidings, granted, about)) {
        if (auto written = rows.audit.append(*row, now); !written)
            return written.error();
        rows.for_journal.push_back(*row);
    }
    if (granted)
        rows.tellings.push_back({tidings.news, about.person, now, std::move(tidings.number)});
    return {};
}

Result<Done> refuse_code(Tables& rows, const Terms& terms, SubscriberId person, const RefusedCode& refused,
                         const AuditEntry& entry)
{
    const auto row = rows.subscribers.load(person);
    if (!row)
        return row.error();
    const auto known = rows.authenticators.all(*row);
    if (!known)
        return known.error();
    const auto spent = was_spent(rows, terms.now, person, *known, refused);
    if (!spent)
        return spent.error();

    auto written = entry;
    written.detail = (*spent ? "code used again" : "wrong code") + entry.detail;
    if (auto done = record(rows, terms.now.wall, written); !done)
        return done;
    if (known->empty()) // an enrolment: whoever types guesses at their own phone
        return Done{};
    const auto news = [&](News what) {
        return tell(rows, terms.now.wall, terms.sending, *row,
                    Tidings{what, std::nullopt, number_to_tell(*known, refused.guessed_at)}, written);
    };
    if (*spent)
        if (auto told = news(News::spent_code); !told)
            return told.error();
    if (is_attack(row->standing, terms.guessing))
        if (auto told = news(News::guessing); !told)
            return told.error();
    return Done{};
}

Result<bool> reserve_administrators_notice(Tables& rows, const Terms& terms)
{
    static constexpr const char* whom = "administrator";
    auto counts = rows.send_counts.load_notices(whom, "summary");
    if (!counts)
        return counts.error();
    const auto before = *counts;
    if (!reserve_notice(*counts, administrators_limits, terms.now.wall, terms.sending))
        return false;
    rows.send_counts.save_notices(whom, "summary", before, *counts, terms.now.wall);
    return true;
}

} // namespace transactions

} // namespace ssp
