#pragma once
// What an owner must hear of, inside the transaction of the act itself: a sentence for the next sign-in, one
// notice counted, one audit row, and a Telling that leaves the store when all of it is durable.
#include "store/standing.h"
#include "store/tables.h"

#include <optional>
#include <vector>

namespace ssp {

/// What one act tells of, before the limits have spoken.
struct Tidings {
    News news = News::enrolled;
    std::optional<AuthenticatorKind> kind; ///< of the authenticator that it is about
    SecretString number;                   ///< where it is told; empty: to the administrator
};

/// The number for text messages among `known`, which are the authenticators from before the act: so a number
/// that is just being bound is never told of itself, and the one that it replaces is. Empty when there is
/// none, or when it is the one that was guessed at. A call could tell nobody: its words are recorded.
SecretString number_to_tell(const std::vector<Authenticator>& known,
                            std::optional<AuthenticatorKind> guessed_at);

/// True when the wrong codes since the last success are more than slips: from GuessLimits::notice_points on,
/// or when tries go on after `deny` failures in a row, which takes two sign-ins at least.
bool is_attack(const Standing& standing, const GuessLimits& limits) noexcept;

/// What is told when an authenticator is bound that replaces one, or joins others, or is the first.
Tidings tidings_of_binding(const std::vector<Authenticator>& before, AuthenticatorKind kind);

/// True while the oldest of `known` was bound within the last hour: recovery codes that are made for the
/// first time then are part of an enrolment that was told already.
bool belongs_to_enrolment(const std::vector<Authenticator>& known, WallTime now) noexcept;

/// The audit row of what was told, or of what a limit held back; nothing for the limit of free news, which
/// an attacker reaches at will.
std::optional<AuditEntry> row_of(const Tidings& tidings, bool granted, const AuditEntry& about);

namespace transactions {

/// Errors: store_tampered. `about`: the audit entry of the act.
Result<void> tell(Tables& rows, WallTime now, const SendLimits& limits, const SubscriberRow& person,
                  Tidings tidings, const AuditEntry& about);

} // namespace transactions

} // namespace ssp
