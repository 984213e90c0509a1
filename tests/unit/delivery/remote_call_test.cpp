// How ssp-mfad follows a call that ssp-mfa-deliveryd makes for it.
#include "fake_peer.h"
#include "messages.h"
#include "support/cmocka.h"

using namespace ssp;
using namespace ssp::testing;

namespace {

/// A call that was accepted.
struct Accepted {
    Accepted()
    {
        auto sending = Started(world.delivery.deliver(voice_call()));
        peer.emplace(world.accept());
        number = peer->hear_deliver();
        peer->say(protocol::Delivered{number, protocol::Handover::accepted});
        CHECK(is(sending.end(world.loop), DeliveryOutcome::accepted));
    }
    CallState state() const { return world.delivery.call_state(reference); }
    void progress(protocol::CallProgress progress)
    {
        const auto before = state();
        peer->say(protocol::Called{number, progress});
        run_until(world.loop, [&] { return state() != before; });
    }

    World world;
    std::optional<FakePeer> peer;
    std::uint32_t number = 0;
    std::string reference = voice_call().reference;
};

void a_call_is_known_by_its_reference_from_state_to_state()
{
    Accepted call;
    CHECK(call.state() == CallState::unknown);
    call.progress(protocol::CallProgress::ringing);
    CHECK(call.state() == CallState::ringing);
    call.progress(protocol::CallProgress::no_answer);
    CHECK(call.state() == CallState::no_answer);
    CHECK(call.world.delivery.call_state("another") == CallState::unknown);
}

void a_call_may_have_a_state_when_it_is_accepted()
{
    World world;
    auto sending = Started(world.delivery.deliver(voice_call()));
    auto peer = world.accept();
    const auto number = peer.hear_deliver();
    peer.say(protocol::Called{number, protocol::CallProgress::busy});
    peer.say(protocol::Delivered{number, protocol::Handover::accepted});
    CHECK(is(sending.end(world.loop), DeliveryOutcome::accepted));
    CHECK(world.delivery.call_state(voice_call().reference) == CallState::busy);
    world.delivery.release(voice_call().reference); // it has ended
    check_the_next_request_works(world, peer);
}

void a_call_that_nobody_waits_for_is_released_once()
{
    Accepted call;
    call.progress(protocol::CallProgress::speaking);
    call.world.delivery.release(call.reference);
    CHECK(call.peer->hear_release() == call.number);
    CHECK(call.state() == CallState::unknown);
    call.world.delivery.release(call.reference);
    call.world.delivery.release("another");
    check_the_next_request_works(call.world, *call.peer); // it is what the peer hears next
}

void a_call_that_ended_needs_no_release()
{
    Accepted call;
    call.progress(protocol::CallProgress::played);
    call.world.delivery.release(call.reference);
    check_the_next_request_works(call.world, *call.peer);
}

void a_call_is_lost_with_its_connection()
{
    Accepted call;
    call.progress(protocol::CallProgress::ringing);
    call.peer->hang_up();
    run_until(call.world.loop, [&] { return call.state() == CallState::failed; });
}

void news_of_a_call_that_nobody_knows_is_nothing()
{
    Accepted call;
    call.peer->say(protocol::Called{call.number + 1000, protocol::CallProgress::busy});
    call.progress(protocol::CallProgress::busy);
    check_the_next_request_works(call.world, *call.peer);
}

void a_person_who_leaves_while_the_provider_is_asked_gives_the_request_up()
{
    World world;
    auto sending = Started(world.delivery.deliver(voice_call()));
    auto peer = world.accept();
    const auto number = peer.hear_deliver();
    sending.destroy();
    CHECK(peer.hear_release() == number);
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(a_call_is_known_by_its_reference_from_state_to_state),
        SENTENCE(a_call_may_have_a_state_when_it_is_accepted),
        SENTENCE(a_call_that_nobody_waits_for_is_released_once),
        SENTENCE(a_call_that_ended_needs_no_release),
        SENTENCE(a_call_is_lost_with_its_connection),
        SENTENCE(news_of_a_call_that_nobody_knows_is_nothing),
        SENTENCE(a_person_who_leaves_while_the_provider_is_asked_gives_the_request_up),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
