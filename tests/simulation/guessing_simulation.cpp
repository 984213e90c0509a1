// Attack-years with codes of three digits, so that what must not happen once in a thousand years of six
// digits can be counted: does a year's success follow the formula of docs/explanation/guessing.md, and is
// nothing ever compared beyond the budget? argv: years for each number of attackers (1000).
//
// The store is the real one, this program is linked once with each. Attackers have the password and act
// together: in each turn some of them take their next step at once. A step is what lies between two waits of
// the verifier: reserving a try, or comparing. The owner signs in every day, which is the attackers' best
// case: it ends every wait and enables what was disabled.
#include "contract/store_under_test.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <deque>
#include <random>

#include "support/cmocka.h"

using namespace ssp;
using namespace ssp::testing;

namespace {

constexpr int budget = 30; // thousandths of a chance, as 900 are millionths of one with six digits
constexpr int codes = 1000;
constexpr unsigned long seed = 20261124;
int years = 1000;

/// A way to guess. Its points are its chance, in thousandths, as with six digits in millionths.
struct Way {
    AuthenticatorKind kind;
    int points;
    int digits;
    int tries; ///< of one challenge; 0: there is none
};
constexpr std::array ways{Way{AuthenticatorKind::text_message, 1, 3, 3},
                          Way{AuthenticatorKind::authenticator_app, 3, 3, 0},
                          Way{AuthenticatorKind::voice_call, 10, 2, 2}};

/// Whether a try is counted before it is compared, as it must be, or after.
enum class Order { reserve_first, compare_first };

struct Attacker {
    std::string service; ///< each has one, so that their challenges do not void each other
    const Way* way = &ways[0];
    std::optional<ChallengeId> challenge;
    int next_guess = 0;
    int guesses_left = 0;
    bool may_compare = false;
    bool is_done = false;
};

/// One account, one year, some attackers.
class Year {
public:
    Year(int attackers, Order order, std::mt19937_64& chance)
        : store_(limits()), chance_(chance), order_(order)
    {
        owner_ = enrol(store_);
        store_.get(store_->bind(owner_.id, phone("+12055550123"), 0, entry("bound")));
        auto voice = phone("+12055550107");
        voice.kind = AuthenticatorKind::voice_call;
        store_.get(store_->bind(owner_.id, std::move(voice), 0, entry("bound")));
        for (const auto& authenticator : read(store_).authenticators)
            ids_[authenticator.kind] = authenticator.id;
        for (int i = 0; i < attackers; ++i)
            attackers_.emplace_back().service = "service-" + std::to_string(i);
    }

    /// To its end: a success, or nothing left to spend.
    void run()
    {
        const auto end = store_.clock.now() + std::chrono::days(365);
        while (!broken_in && points_compared < 10 * budget && store_.clock.now() < end) {
            std::vector<Attacker*> turn;
            for (auto& attacker : attackers_)
                if (!attacker.is_done)
                    turn.push_back(&attacker);
            if (turn.empty())
                return;
            std::ranges::shuffle(turn, chance_);
            turn.resize(1 + chance_() % turn.size());
            wait_until_ = {};
            is_disabled_ = false;
            bool something = compare(turn);
            something = reserve(turn) || something;
            if (!something)
                let_time_pass();
        }
    }

    bool broken_in = false;
    int points_compared = 0;

private:
    static GuessLimits limits()
    {
        GuessLimits limits;
        limits.yearly_points = limits.phone_off_points = budget;
        return limits;
    }

    TryCost cost_of(const Attacker& attacker)
    {
        TryCost cost;
        cost.points = attacker.way->points;
        cost.challenge = attacker.challenge;
        cost.phone = attacker.way->tries > 0;
        cost.authenticator = ids_.at(attacker.way->kind);
        return cost;
    }

    /// Chooses a way, and has a code sent for it.
    void prepare(Attacker& attacker)
    {
        if (attacker.challenge && attacker.guesses_left > 0)
            return;
        attacker.way = &ways[chance_() % ways.size()];
        attacker.challenge.reset();
        const int space = attacker.way->digits == 3 ? codes : codes / 10;
        attacker.next_guess = static_cast<int>(chance_() % static_cast<unsigned>(space));
        attacker.guesses_left = attacker.way->tries;
        if (attacker.way->tries == 0)
            return;
        NewChallenge challenge;
        for (auto& byte : challenge.id)
            byte = static_cast<unsigned char>(chance_());
        challenge.kind = attacker.way->kind;
        challenge.service = attacker.service;
        challenge.code = code(attacker, static_cast<int>(chance_() % static_cast<unsigned>(space)));
        challenge.max_tries = attacker.way->tries;
        challenge.expires_at = store_.clock.now() + std::chrono::days(400);
        challenge.expires_at_boot = store_.clock.boot_time() + std::chrono::days(400);
        attacker.challenge = challenge.id;
        store_.get(store_->open_challenge(owner_.id, std::move(challenge)));
    }

    static SecretString code(const Attacker& attacker, int number)
    {
        const auto text = std::to_string(codes + number);
        return SecretString(text.substr(text.size() - static_cast<std::size_t>(attacker.way->digits)));
    }

    /// All of them at once. True if one was granted.
    bool reserve(const std::vector<Attacker*>& turn)
    {
        std::vector<Attacker*> asking;
        std::deque<RootTask<TryReservation>> asked;
        for (auto* attacker : turn) {
            if (attacker->may_compare)
                continue;
            prepare(*attacker);
            if (order_ == Order::compare_first) {
                attacker->may_compare = could_afford(*attacker);
                continue;
            }
            asking.push_back(attacker);
            asked.emplace_back(store_->reserve_try(owner_.id, cost_of(*attacker))).start([] {});
        }
        for (std::size_t i = 0; i < asked.size(); ++i) {
            while (!asked[i].finished())
                store_.turn();
            const auto answer = asked[i].take();
            CHECK(answer);
            take(*asking[i], *answer);
        }
        return std::ranges::any_of(turn, &Attacker::may_compare);
    }

    void take(Attacker& attacker, const TryReservation& reservation)
    {
        attacker.may_compare = reservation.answer == TryAnswer::granted;
        if (reservation.answer == TryAnswer::throttled)
            wait_until_ = reservation.throttled_until;
        is_disabled_ = is_disabled_ || reservation.answer == TryAnswer::authenticator_disabled;
        if (reservation.answer == TryAnswer::budget_spent) {
            attacker.is_done = attacker.way->points == 1;
            attacker.guesses_left = 0; // another way may be cheaper
        }
    }

    /// What check-then-act would look at.
    bool could_afford(Attacker& attacker)
    {
        const auto owner = read(store_);
        if (owner.guess_points + attacker.way->points > budget) {
            attacker.is_done = attacker.way->points == 1;
            attacker.guesses_left = 0;
            return false;
        }
        if (owner.throttled_until && store_.clock.now() < *owner.throttled_until)
            wait_until_ = owner.throttled_until;
        else
            for (const auto& authenticator : owner.authenticators)
                is_disabled_ =
                    is_disabled_ || (authenticator.kind == attacker.way->kind && authenticator.disabled);
        return !wait_until_ && !is_disabled_;
    }

    /// True if somebody compared.
    bool compare(const std::vector<Attacker*>& turn)
    {
        bool somebody = false;
        for (auto* attacker : turn) {
            if (!std::exchange(attacker->may_compare, false))
                continue;
            somebody = true;
            points_compared += attacker->way->points;
            const bool right = is_right(*attacker);
            attacker->guesses_left -= 1;
            attacker->next_guess += 1;
            if (order_ == Order::compare_first)
                store_.get(store_->reserve_try(owner_.id, cost_of(*attacker)));
            broken_in = broken_in || right;
        }
        return somebody;
    }

    bool is_right(Attacker& attacker)
    {
        if (attacker.way->tries == 0) // one of three steps
            return static_cast<int>(chance_() % codes) < 3;
        const int space = attacker.way->digits == 3 ? codes : codes / 10;
        auto guess = code(attacker, attacker.next_guess % space);
        return store_.get(store_->matches(owner_.id, *attacker.challenge, std::move(guess)));
    }

    /// To the end of the wait, or to the owner's next sign-in.
    void let_time_pass()
    {
        if (wait_until_ && store_.clock.now() < *wait_until_ && *wait_until_ < next_sign_in_) {
            store_.clock.advance(*wait_until_ - store_.clock.now());
            return;
        }
        if (store_.clock.now() < next_sign_in_)
            store_.clock.advance(next_sign_in_ - store_.clock.now());
        next_sign_in_ = store_.clock.now() + std::chrono::hours(24);
        for (const auto kind : {AuthenticatorKind::text_message, AuthenticatorKind::voice_call}) {
            NewChallenge challenge;
            challenge.id = challenge_id(static_cast<unsigned char>(kind));
            challenge.kind = kind;
            challenge.service = "of the owner";
            challenge.expires_at = store_.clock.now() + Seconds(300);
            challenge.expires_at_boot = store_.clock.boot_time() + Seconds(300);
            const auto id = challenge.id;
            store_.get(store_->open_challenge(owner_.id, std::move(challenge)));
            CHECK(store_.get(store_->accept(owner_.id, ChallengeProof{id}, 0, entry("accepted"))));
        }
        CHECK(store_.get(store_->accept(owner_.id, StepProof{owner_.app, ++step_}, 0, entry("accepted"))));
    }

    StoreUnderTest store_;
    std::mt19937_64& chance_;
    Order order_;
    Enrolled owner_;
    std::map<AuthenticatorKind, AuthenticatorId> ids_;
    std::vector<Attacker> attackers_;
    std::optional<WallTime> wait_until_;
    bool is_disabled_ = false;
    WallTime next_sign_in_ = store_.clock.now() + std::chrono::hours(24);
    std::int64_t step_ = 1000;
};

struct Figures {
    int broken_in = 0;
    int most_points = 0;
    int beyond_budget = 0;   ///< years
    int short_of_budget = 0; ///< years without a success that spent less than everything
};

Figures simulate(int attackers, Order order, int how_many)
{
    std::mt19937_64 chance(seed + static_cast<unsigned long>(attackers));
    Figures figures;
    for (int i = 0; i < how_many; ++i) {
        Year year(attackers, order, chance);
        year.run();
        figures.broken_in += year.broken_in ? 1 : 0;
        figures.most_points = std::max(figures.most_points, year.points_compared);
        figures.beyond_budget += year.points_compared > budget ? 1 : 0;
        if (i > 0 && i % 5000 == 0)
            std::fprintf(stderr, "# %d of %d years of %d attackers\n", i, how_many, attackers);
        figures.short_of_budget += !year.broken_in && year.points_compared < budget ? 1 : 0;
    }
    return figures;
}

/// How far the successes are from what the formula says, in standard deviations.
double sigmas(const Figures& figures, int how_many)
{
    const double p = 1 - std::pow(1 - 1.0 / codes, budget);
    const double deviation = std::sqrt(p * (1 - p) * how_many);
    const double away = (figures.broken_in - p * how_many) / deviation;
    std::fprintf(stderr,
                 "figure: %d years: %d successes, %.4f %%, formula %.4f %%, %+.2f sigma; at most %d points\n",
                 how_many, figures.broken_in, 100.0 * figures.broken_in / how_many, 100 * p, away,
                 figures.most_points);
    return away;
}

void check_years_of(int attackers)
{
    const auto figures = simulate(attackers, Order::reserve_first, years);
    CHECK(std::abs(sigmas(figures, years)) < 3);
    CHECK(figures.beyond_budget == 0);
    CHECK(figures.short_of_budget == 0);
}

void one_attacker_succeeds_as_often_as_the_formula_says() { check_years_of(1); }
void eight_attackers_at_once_succeed_no_oftener() { check_years_of(8); }
void sixty_four_attackers_at_once_succeed_no_oftener() { check_years_of(64); }

/// The negative control: these years must not pass for sound ones.
void comparing_before_counting_is_noticed()
{
    const int few = std::max(20, years / 10);
    for (const int attackers : {8, 64}) {
        const auto figures = simulate(attackers, Order::compare_first, few);
        const double away = sigmas(figures, few);
        CHECK(figures.beyond_budget > few / 2);
        CHECK(attackers == 8 || few < 100 || away > 3);
    }
}

} // namespace

int main(int argc, char** argv)
{
    if (argc > 1)
        std::from_chars(argv[1], argv[1] + std::strlen(argv[1]), years);
    const CMUnitTest tests[] = {
        SENTENCE(one_attacker_succeeds_as_often_as_the_formula_says),
        SENTENCE(eight_attackers_at_once_succeed_no_oftener),
        SENTENCE(sixty_four_attackers_at_once_succeed_no_oftener),
        SENTENCE(comparing_before_counting_is_noticed),
    };
    return cmocka_run_group_tests_name("guessing simulation", tests, nullptr, nullptr);
}
