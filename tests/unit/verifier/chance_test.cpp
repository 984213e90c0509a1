// Whoever signs in while the system's generator fails: at any draw, nobody is let in by it.
#include "sign_in_world.h"

#include "support/cmocka.h"

using namespace ssp;
using namespace ssp::testing;

namespace {

/// Draws as the world does, and fails once.
class ChanceThatFails final : public Random {
public:
    ChanceThatFails(Random& real, int fails_at) : real_(real), left_(fails_at) {}
    Result<void> fill(std::span<unsigned char> out) override
    {
        if (left_-- == 0)
            return Error{ErrorKind::internal, "planted: no randomness"};
        return real_.fill(out);
    }
    bool has_failed() const noexcept { return left_ < 0; }

private:
    Random& real_;
    int left_;
};

/// Signs in again and again in a world of its own, with the next draw failing each time, until none is left
/// to fail. Returns how many draws there were.
int draws_that_let_nobody_in(void (*prepare)(World&), Script (*script)(const World&))
{
    for (int fails_at = 0;; ++fails_at) {
        World world;
        prepare(world);
        const auto before = world.find();
        ChanceThatFails chance(world.random, fails_at);
        ScriptedClaimant person(script(world));
        const Ports ports{world.store, world.delivery, world.clock, chance, world.policy};
        const auto ended = run_now(sign_in(ports, world.connections, person, world.facts()));
        if (!chance.has_failed()) {
            CHECK(ended && *ended == Verdict::accepted);
            return fails_at;
        }
        CHECK(!ended || *ended != Verdict::accepted);
        CHECK(world.count("sign-in-accepted") == 0);
        CHECK(!world.find() || !world.has_live_challenge());
        CHECK(!world.has_trust());
        CHECK(!before || world.known().authenticators.size() == before->authenticators.size());
    }
}

void no_draw_of_a_sign_in_by_text_may_fail()
{
    const int draws = draws_that_let_nobody_in([](World& world) { world.bind_text(); },
                                               [](const World& world) -> Script {
                                                   return {"1", world.code_that_came(), "n"};
                                               });
    CHECK(draws >= 5); // reference, challenge, code, tag, message
}

void no_draw_of_a_sign_in_by_call_may_fail()
{
    const int draws = draws_that_let_nobody_in([](World& world) { world.bind_voice(); },
                                               [](const World& world) -> Script {
                                                   return {"1", world.code_that_came(), "n"};
                                               });
    CHECK(draws >= 5);
}

void no_draw_of_a_first_sign_in_may_fail()
{
    CHECK(draws_that_let_nobody_in([](World&) {},
                                   [](const World& world) -> Script {
                                       return {"1", "205 555 0123", world.code_that_came(),
                                               "n", "later",        "n"};
                                   }) >= 6);
    CHECK(draws_that_let_nobody_in([](World&) {},
                                   [](const World& world) -> Script {
                                       return {"3", world.code_of_shown_key(), "n", "later", "n"};
                                   }) >= 3);
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(no_draw_of_a_sign_in_by_text_may_fail),
        SENTENCE(no_draw_of_a_sign_in_by_call_may_fail),
        SENTENCE(no_draw_of_a_first_sign_in_may_fail),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
