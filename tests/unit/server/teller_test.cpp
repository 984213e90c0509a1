#include "server/teller.h"

#include "support/run_on_loop.h"

#include "support/cmocka.h"

using namespace ssp;
using namespace ssp::testing;

namespace {

/// Waits until it is let go.
struct Gateway {
    bool await_ready() const noexcept { return open; }
    void await_suspend(std::coroutine_handle<> sender) { waiting.push_back(sender); }
    void await_resume() const noexcept {}
    void let_go()
    {
        open = true;
        for (const auto sender : std::exchange(waiting, {}))
            sender.resume();
    }
    bool open = false;
    std::vector<std::coroutine_handle<>> waiting;
};

Task<Verdict> nothing() { co_return Verdict::rejected; }

Task<DeliveryOutcome> carry(Gateway& gateway)
{
    co_await gateway;
    co_return DeliveryOutcome::accepted;
}

class Recorder final : public Dialogues {
public:
    Task<Verdict> begin(protocol::Phase, Claimant&, SignInFacts) override { return nothing(); }
    Task<Verdict> request(Claimant&, Rows&, Requester, std::vector<std::string>) override
    {
        return nothing();
    }
    Task<DeliveryOutcome> tell_owner(Telling telling) override
    {
        owners.push_back(telling.person.name);
        return carry(gateway);
    }
    Task<DeliveryOutcome> tell_administrator(AdministratorsNews news) override
    {
        summaries.push_back(news);
        return carry(gateway);
    }
    const Policy& policy() const noexcept override { return rules; }

    Policy rules;
    Gateway gateway;
    std::vector<std::string> owners;
    std::vector<AdministratorsNews> summaries;
};

struct House {
    explicit House(std::chrono::milliseconds gathered = std::chrono::hours(1)) : teller(loop, gathered)
    {
        dialogues->rules.administrator = "+12055550100";
        teller.use(dialogues);
    }
    void tell(std::string name, std::string_view number = "+12055550123")
    {
        teller.tell({News::added, {1001, std::move(name)}, WallTime(Seconds(1)), SecretString(number)});
    }
    Loop loop;
    std::shared_ptr<Recorder> dialogues = std::make_shared<Recorder>();
    Teller teller;
};

void a_gateway_that_does_not_answer_delays_no_other_owner_up_to_sixteen()
{
    House house;
    for (int i = 0; i < 20; ++i)
        house.tell("p" + std::to_string(i));
    CHECK(house.dialogues->owners.size() == 16);
    house.dialogues->gateway.let_go();
    run_until(house.loop, [&] { return house.dialogues->owners.size() == 20; });
    CHECK_TEXT(house.dialogues->owners.back(), "p19");
}

void a_teller_that_goes_lets_go_of_what_is_under_way()
{
    House house;
    house.tell("alice");
    house.dialogues->gateway.waiting.clear(); // nobody resumes what is destroyed
}

void the_administrator_hears_of_the_first_at_once_and_of_the_others_in_one_summary()
{
    House house(std::chrono::milliseconds(300));
    house.dialogues->gateway.open = true;
    for (int i = 0; i < 50; ++i)
        house.tell("p" + std::to_string(i), "");
    CHECK(house.dialogues->summaries.size() == 1);
    CHECK(house.dialogues->summaries[0].count == 1 && house.dialogues->summaries[0].last_person == "p0");
    run_until(house.loop, [&] { return house.dialogues->summaries.size() == 2; });
    CHECK(house.dialogues->summaries[1].count == 49 && house.dialogues->summaries[1].last_person == "p49");
    CHECK(house.dialogues->owners.empty());
}

void without_an_administrator_s_number_nothing_is_sent()
{
    House house;
    house.dialogues->rules.administrator.clear();
    house.tell("alice", "");
    CHECK(house.dialogues->summaries.empty());
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(a_gateway_that_does_not_answer_delays_no_other_owner_up_to_sixteen),
        SENTENCE(a_teller_that_goes_lets_go_of_what_is_under_way),
        SENTENCE(the_administrator_hears_of_the_first_at_once_and_of_the_others_in_one_summary),
        SENTENCE(without_an_administrator_s_number_nothing_is_sent),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
