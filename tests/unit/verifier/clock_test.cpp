// A clock that lies behind the audit trail: nobody signs in, everybody is told why, and root alone ends it.
#include "sign_in_world.h"
#include "verifier/requests.h"

#include "support/cmocka.h"

using namespace ssp;
using namespace ssp::testing;

namespace {

constexpr Seconds a_year = std::chrono::days(365);
constexpr std::string_view reason = "clock of this computer is wrong";

bool says(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

class KeptRows final : public Rows {
public:
    void add(Row row) override { rows.push_back(std::move(row)); }
    std::vector<Row> rows;
};

/// Somebody with an app, and a clock that was a year ahead.
struct WorldOfTheClock : World {
    WorldOfTheClock()
    {
        bind_app();
        if (verdict_of({app_code(), "y"}) != Verdict::accepted)
            throw std::runtime_error("not accepted");
        clock.set_wall(clock.now() + a_year);
        (void)run_now(store.record(AuditEntry{}));
        clock.set_wall(clock.now() - a_year);
        clock.advance(Seconds(60));
    }
    std::string ask(Requester requester, std::vector<std::string> words, Verdict expected)
    {
        ScriptedClaimant claimant({});
        KeptRows rows;
        const auto verdict = run_now(answer_request(ports(), claimant, rows, requester, std::move(words)));
        if (!verdict || *verdict != expected || rows.rows.size() != (expected == Verdict::accepted ? 1U : 0U))
            throw CheckFailed("answered wrongly: " + claimant.screen());
        return claimant.screen();
    }
};

const Requester desk{Role::support, 1500};
const Requester root{Role::administrator, 0};

void everybody_is_told_in_one_prompt_and_nobody_is_let_in()
{
    WorldOfTheClock world;
    const auto before = static_cast<std::ptrdiff_t>(world.store.audit().size());
    ScriptedClaimant trusted({""});
    const auto ended = world.sign_in(trusted);
    CHECK(!ended && ended.error().kind == ErrorKind::clock_set_back);
    CHECK(says(ended.error().detail, "ssp-mfa repair clock --reason=TEXT"));
    CHECK(trusted.asked().size() == 1 && says(trusted.asked()[0], reason));
    CHECK(says(trusted.asked()[0], "Portal Support 205 555 0100"));
    CHECK_TEXT(trusted.faults(), "");
    world.key = ssh_keys[1].plain;
    ScriptedClaimant other({""});
    CHECK(!world.sign_in(other) && says(other.screen(), reason));
    for (auto row = world.store.audit().begin() + before; row != world.store.audit().end(); ++row)
        CHECK(row->event != "sign-in-accepted");
    CHECK(world.delivery.messages.empty());
}

void a_clock_that_is_set_back_between_question_and_answer_is_noticed()
{
    World world;
    world.bind_app();
    world.clock.advance(Seconds(60));
    const auto code = world.app_code();
    ScriptedClaimant person({{"{code}", [&](const std::string&) {
                                  world.clock.set_wall(world.clock.now() - Seconds(181));
                                  return world.app_code();
                              }}});
    const auto ended = world.sign_in(person);
    CHECK(!ended && ended.error().kind == ErrorKind::clock_set_back);
    CHECK(says(person.screen(), reason));
}

void root_alone_repairs_the_clock_and_with_a_reason()
{
    WorldOfTheClock world;
    CHECK(says(world.ask(desk, {"repair", "clock", "--reason=x"}, Verdict::rejected), "for root alone"));
    CHECK(says(world.ask(root, {"repair", "clock"}, Verdict::rejected), "needs --reason=TEXT"));
    CHECK(says(world.ask(root, {"repair", "watch", "--reason=x"}, Verdict::rejected), "is not known here"));
    const auto other = world.ask({Role::self, 1001}, {"repair", "clock", "--reason=x"}, Verdict::rejected);
    CHECK(says(other, "is not known here"));
    world.ask(root, {"repair", "clock", "--reason=NTP was a year ahead"}, Verdict::accepted);
    const auto& row = world.store.audit().back();
    CHECK_TEXT(row.event + " " + row.actor, "clock-repaired root");
    CHECK(says(row.detail, "NTP was a year ahead"));
    CHECK(says(world.ask(root, {"repair", "clock", "--reason=x"}, Verdict::rejected), "is not behind"));
    CHECK(world.verdict_of({world.app_code(), "n"}) == Verdict::accepted);
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(everybody_is_told_in_one_prompt_and_nobody_is_let_in),
        SENTENCE(a_clock_that_is_set_back_between_question_and_answer_is_noticed),
        SENTENCE(root_alone_repairs_the_clock_and_with_a_reason),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
