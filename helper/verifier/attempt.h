#pragma once
// One attempt of one person: what its questions share, from the first of them to the verdict.
//
// An attempt is refused until a store has accepted it. It bears with two empty answers and three that make
// no sense; a try is counted in the store before it is judged, and its points are remembered here, so that
// a success in the same attempt can give them back.
#include "verifier/ports.h"
#include "verifier/sign_in.h"

#include <optional>
#include <string>
#include <string_view>

namespace ssp {

class Attempt {
public:
    /// All references outlive the attempt. `reference`: of new_reference(); the person reads it to the desk,
    /// and the audit trail has it.
    Attempt(Ports ports, Claimant& claimant, SignInFacts facts, std::string reference);

    const Ports ports;
    Claimant& claimant;
    const SignInFacts facts;
    const std::string reference;
    int tries_left;         ///< Policy::tries_per_sign_in at first; a caller may lower it
    BootTime began_at;      ///< now; earlier when sign-ins in this connection began earlier
    std::int64_t epoch = 0; ///< Subscriber::epoch when the attempt began, or the first way was bound
    std::optional<int> most_points_since_success; ///< TryCost::most_since_success of each try

    /// Asks `question` under whatever put_before_next() left. Returns the answer without the spaces around
    /// it; nothing when that ended the attempt: the second empty answer, sshd's stand-in for an answer, or
    /// more answers than anybody needs. Errors: as Claimant::ask().
    Task<std::optional<SecretString>> ask(std::string question);

    /// As ask(), once: an empty answer comes back as it is, and is the caller's to count.
    Task<std::optional<SecretString>> ask_once(const std::string& question);
    /// An empty answer that ask_once() gave: the second one ends the attempt.
    void count_empty_answer();

    /// Text that must be seen goes into the next question: sshd shows nothing before it.
    void put_before_next(std::string_view text);

    /// An answer that is no option and no code costs no try; the third ends the attempt. `explanation` is put
    /// before the next question.
    void puzzled_by_answer(std::string_view explanation);

    /// Counts one try durably; to be called before an answer is judged. Only when granted may it be judged.
    /// Throttled and locked end the attempt.
    Task<TryAnswer> reserve_try(SubscriberId subscriber, TryCost cost);

    /// A try that missed: audited, and told to the owner where that is due (Store::refuse_code()). `what`:
    /// put before the next question together with the tries that are left; the last one ends the attempt.
    Task<void> miss(SubscriberId subscriber, std::string method, RefusedCode refused, std::string what);

    /// The last try that was granted was the last one of its authenticator: after a miss nothing is compared
    /// with it any more. miss() has told the audit trail and the person's notices.
    bool is_last_of_authenticator() const noexcept { return is_last_of_authenticator_; }

    /// Ends the attempt in a refusal. `detail`: for the audit trail; `text`: told to the person. After
    /// note_acceptance() it only ends the questions that follow, and says nothing.
    void end(Verdict verdict, std::string detail, std::string_view text);

    /// Writes the audit row of the refusal, once. `why`: instead of what end() was told.
    Task<void> record_refusal(std::string why = {});

    /// Ends the attempt before it began: audited, then told inside one prompt, whose answer means nothing.
    Task<Verdict> turn_away(Verdict verdict, std::string detail, std::string text);

    /// The store has accepted: what follows is an offer, with patience and tries of its own.
    void note_acceptance();

    /// To be awaited before a person goes through the binding of a further authenticator. Errors:
    /// not_permitted when all trust of the person was ended since the attempt began (a reset, a lock, a
    /// changed password); as Store. What is kept beyond this sign-in names the epoch besides, for the
    /// store to refuse. Returns the person.
    Task<SubscriberId> must_still_stand();

    bool over() const noexcept { return over_; }
    Verdict verdict() const noexcept { return verdict_; }
    const std::string& detail() const noexcept { return detail_; }
    bool tries_used_up() const noexcept { return tries_left <= 0; }

    /// Points that tries of this attempt cost so far: what a success gives back.
    int points_spent() const noexcept { return points_spent_; }

    /// An audit entry about this person, by themselves, from here.
    AuditEntry entry(std::string event) const;

    /// True at login(1), which ends a sign-in after 60 seconds.
    bool is_console_login() const noexcept { return facts.service == "login"; }
    /// How long the program that asks will still wait for this sign-in: login(1), and sshd with its
    /// LoginGraceTime, which began before the first question. Nothing: as long as it takes.
    std::optional<Seconds> time_left() const;

    /// "Help: CONTACT, reference REFERENCE".
    std::string help() const;

private:
    int empty_answers_left_ = 2;
    int puzzles_left_ = 3;
    int answers_left_ = 40; ///< more than anybody needs
    int points_spent_ = 0;
    bool is_last_of_authenticator_ = false;
    std::string before_next_;
    bool accepted_ = false;
    bool recorded_ = false;
    bool over_ = false;
    Verdict verdict_ = Verdict::rejected;
    std::string detail_;
};

} // namespace ssp
