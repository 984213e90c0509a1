// Coroutines, not inline: clang 14 cannot place those when UBSan looks at the types of functions.
#include "conversation_scene.h"

namespace ssp::testing {

Task<Verdict> ask_twice(Claimant& claimant, Trace& trace)
{
    const Running running(trace);
    claimant.tell("Hello.");
    Prompt first;
    first.text = "Passcode: ";
    first.echo = false;
    auto one = co_await claimant.ask(std::move(first));
    trace.answers.emplace_back(one.reveal());
    Prompt second;
    second.text = "Again: ";
    auto two = co_await claimant.ask(std::move(second));
    trace.answers.emplace_back(two.reveal());
    co_return one.reveal() == "right" && two.reveal() == "right" ? Verdict::accepted : Verdict::rejected;
}

Task<Verdict> wait_at_the_gate(Claimant&, Trace& trace)
{
    const Running running(trace);
    co_await trace.gate;
    co_return Verdict::accepted;
}

Task<Verdict> say_a_control_character(Claimant& claimant, Trace& trace)
{
    const Running running(trace);
    claimant.tell("\x1b[31m");
    Prompt prompt;
    prompt.text = "Code: ";
    auto typed = co_await claimant.ask(std::move(prompt));
    co_return Verdict::accepted;
}

Task<Verdict> say_a_control_character_and_accept(Claimant& claimant, Trace&)
{
    claimant.tell("\x1b[31m");
    co_return Verdict::accepted;
}

Task<Verdict> talk_without_end(Claimant& claimant, Trace& trace)
{
    const Running running(trace);
    for (int i = 0; i < 100; ++i)
        claimant.tell(std::string(8000, 'x'));
    Prompt prompt;
    prompt.text = "Code: ";
    auto typed = co_await claimant.ask(std::move(prompt));
    co_return Verdict::accepted;
}

Task<Verdict> fail_with(ErrorKind kind)
{
    Error error;
    error.kind = kind;
    error.detail = "planted";
    co_return std::move(error);
}

Task<Verdict> list_two_rows(Rows& rows)
{
    rows.add({{"name", "alice"}, {"locked", "no"}});
    rows.add({{"device", ""}});
    co_return Verdict::accepted;
}

Task<DeliveryOutcome> told() { co_return DeliveryOutcome::accepted; }

} // namespace ssp::testing
