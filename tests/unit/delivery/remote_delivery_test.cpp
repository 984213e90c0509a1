#include "delivery/remote_delivery.h"

#include <string>
#include <vector>

#include "fake_peer.h"

using namespace ssp;
using namespace ssp::testing;

namespace {

void nothing_is_connected_before_it_is_needed()
{
    const World world;
    CHECK(!world.somebody_connected());
}

void a_request_travels_whole_and_its_answer_comes_back()
{
    World world;
    auto judging = start_judge(world.delivery);
    auto peer = world.accept();
    peer.say(protocol::Judged{peer.hear_judge(), 1, "+12055550123", "", "US"});
    const auto judgement = judging.end(world.loop);
    CHECK(judgement && judgement->usable && judgement->e164.reveal() == "+12055550123");

    auto refusing = start_judge(world.delivery);
    peer.say(protocol::Judged{peer.hear_judge(), 0, "", "This number is too short.", ""});
    const auto refusal = refusing.end(world.loop);
    CHECK(refusal && !refusal->usable && refusal->e164.empty());
    CHECK_TEXT(refusal->reason, "This number is too short.");
}

void every_outcome_comes_back_as_it_is()
{
    World world;
    auto first = start_deliver(world.delivery);
    auto peer = world.accept();
    peer.say(protocol::Delivered{peer.hear_deliver(), protocol::Handover::queued});
    CHECK(is(first.end(world.loop), DeliveryOutcome::queued));
    for (int outcome = 1; outcome <= 7; ++outcome) {
        auto next = start_deliver(world.delivery);
        peer.say(protocol::Delivered{peer.hear_deliver(), static_cast<protocol::Handover>(outcome)});
        CHECK(is(next.end(world.loop), static_cast<DeliveryOutcome>(outcome)));
    }
}

void a_text_carries_no_digits_and_a_call_no_text()
{
    World world;
    auto message = voice_call();
    message.text = SecretString(std::string_view("K7 54321 is your code."));
    auto calling = Started(world.delivery.deliver(std::move(message)));
    auto peer = world.accept();
    peer.say(protocol::Delivered{peer.hear_deliver(), protocol::Handover::accepted});
    CHECK(is(calling.end(world.loop), DeliveryOutcome::accepted));
}

void answers_in_another_order_reach_their_own_requests()
{
    World world;
    auto first = start_deliver(world.delivery);
    auto second = start_judge(world.delivery);
    auto third = start_deliver(world.delivery);
    auto peer = world.accept();
    const auto first_number = peer.hear_deliver();
    const auto second_number = peer.hear_judge();
    const auto third_number = peer.hear_deliver();
    CHECK(first_number != second_number && second_number != third_number && third_number != first_number);
    peer.say(protocol::Delivered{third_number, protocol::Handover::retry});
    CHECK(is(third.end(world.loop), DeliveryOutcome::retry));
    CHECK(!first.finished() && !second.finished());
    peer.say(protocol::Judged{second_number, 1, "+12055550123", "", "US"});
    peer.say(protocol::Delivered{first_number, protocol::Handover::bad_number});
    CHECK(second.end(world.loop).has_value());
    CHECK(is(first.end(world.loop), DeliveryOutcome::bad_number));
    CHECK(!world.somebody_connected()); // one connection for all
}

void hundreds_are_in_flight_at_once()
{
    World world;
    std::vector<Started<DeliveryOutcome>> all;
    for (int i = 0; i < 250; ++i)
        all.push_back(start_deliver(world.delivery));
    auto peer = world.accept();
    std::vector<std::uint32_t> numbers;
    for (std::size_t i = 0; i < all.size(); ++i) {
        world.loop.run_once(std::chrono::milliseconds(0));
        numbers.push_back(peer.hear_deliver());
    }
    for (auto number = numbers.rbegin(); number != numbers.rend(); ++number)
        peer.say(protocol::Delivered{*number, protocol::Handover::accepted});
    for (auto& one : all)
        CHECK(is(one.end(world.loop), DeliveryOutcome::accepted));
}

void without_a_daemon_nothing_is_sent()
{
    const TemporaryDirectory directory;
    Loop loop;
    RemoteDelivery delivery(loop, directory.path("delivery.sock"), ::getuid());
    CHECK(is_unavailable(start_deliver(delivery).end(loop)));
    CHECK(is_unavailable(start_judge(delivery).end(loop)));
    {
        const auto nobody_accepts_any_more = listening_socket(directory.path("delivery.sock"));
    }
    CHECK(is_unavailable(start_deliver(delivery).end(loop)));
    RemoteDelivery far(loop, "/" + std::string(200, 'x'), ::getuid());
    CHECK(is_unavailable(start_deliver(far).end(loop)));
}

void a_socket_of_another_user_is_not_trusted()
{
    const TemporaryDirectory directory;
    const auto path = directory.path("delivery.sock");
    const bool root = ::getuid() == 0;
    if (root)
        CHECK(::chmod(directory.path().c_str(), 0777) == 0 && ::seteuid(65534) == 0);
    const auto listening = listening_socket(path);
    if (root)
        CHECK(::seteuid(0) == 0);
    const uid_t theirs = root ? 65534 : ::getuid();
    Loop loop;
    RemoteDelivery wary(loop, path, theirs + 1);
    const auto refused = start_deliver(wary).end(loop);
    CHECK(is_unavailable(refused));
    CHECK(refused.error().detail.find("is served by uid " + std::to_string(theirs)) != std::string::npos);
    RemoteDelivery right(loop, path, theirs);
    const auto waiting = start_deliver(right);
    CHECK(!waiting.finished());
}

void a_message_outside_the_limits_is_never_sent()
{
    World world;
    auto late = text_message();
    late.deadline = Seconds(301);
    auto long_text = text_message(std::string(641, 'x'));
    auto no_number = text_message();
    no_number.to = SecretString(std::string_view("205 555 0123"));
    CHECK(is_unavailable(Started(world.delivery.deliver(std::move(late))).end(world.loop)));
    CHECK(is_unavailable(Started(world.delivery.deliver(std::move(long_text))).end(world.loop)));
    CHECK(is_unavailable(Started(world.delivery.deliver(std::move(no_number))).end(world.loop)));
    CHECK(!world.somebody_connected());
}

void what_cannot_be_a_number_is_refused_without_asking()
{
    World world;
    for (const auto& typed : {std::string(), std::string(65, '5'), std::string(512, 'p')}) {
        auto judging = Started(world.delivery.judge_number(SecretString(typed), Channel::text_message, "US"));
        const auto judgement = judging.end(world.loop);
        CHECK(judgement && !judgement->usable && !judgement->reason.empty());
    }
    CHECK(!world.somebody_connected());
}

void a_person_who_leaves_touches_nobody_else()
{
    World world;
    auto leaving = start_deliver(world.delivery);
    auto staying = start_deliver(world.delivery);
    auto judging = start_judge(world.delivery);
    auto peer = world.accept();
    const auto left = peer.hear_deliver();
    const auto stays = peer.hear_deliver();
    const auto judged = peer.hear_judge();
    leaving.destroy();
    judging.destroy();
    peer.say(protocol::Delivered{left, protocol::Handover::accepted}); // late, for nobody
    peer.say(protocol::Judged{judged, 1, "+12055550123", "", "US"});
    peer.say(protocol::Delivered{stays, protocol::Handover::accepted});
    CHECK(is(staying.end(world.loop), DeliveryOutcome::accepted));
    check_the_next_request_works(world, peer);
}

void everybody_may_leave_when_the_peer_hangs_up()
{
    World world;
    std::vector<Started<DeliveryOutcome>> all;
    for (int i = 0; i < 10; ++i)
        all.push_back(start_deliver(world.delivery));
    auto peer = world.accept();
    peer.hang_up();
    for (auto& one : all)
        one.destroy();
    world.loop.run_once(std::chrono::milliseconds(10));
    check_the_next_request_connects_again(world);
}

Task<DeliveryOutcome> twice(RemoteDelivery& delivery)
{
    auto first = delivery.deliver(text_message());
    (void)co_await std::move(first).outcome();
    auto second = delivery.deliver(text_message());
    co_return co_await std::move(second);
}

void a_sign_in_may_try_again_the_moment_the_connection_breaks()
{
    World world;
    auto trying = Started(twice(world.delivery));
    auto other = start_deliver(world.delivery);
    auto peer = world.accept();
    CHECK(peer.hear_deliver() != peer.hear_deliver());
    peer.say_bytes(std::string_view("\0\0", 2));
    run_until(world.loop, [&] { return world.somebody_connected(); });
    auto next = world.accept();
    next.say(protocol::Delivered{next.hear_deliver(), protocol::Handover::accepted});
    CHECK(is(trying.end(world.loop), DeliveryOutcome::accepted));
    CHECK(is(other.end(world.loop), DeliveryOutcome::unknown));
    check_the_next_request_works(world, next);
}

void a_connection_that_died_unnoticed_is_made_again()
{
    World world;
    auto first = start_deliver(world.delivery);
    auto peer = world.accept();
    peer.say(protocol::Delivered{peer.hear_deliver(), protocol::Handover::accepted});
    CHECK(is(first.end(world.loop), DeliveryOutcome::accepted));
    peer.hang_up(); // and the loop does not turn before the next request
    check_the_next_request_connects_again(world);
}

void a_peer_that_never_answers_is_not_waited_for()
{
    World world;
    auto message = text_message();
    message.deadline = Seconds(1);
    auto delivering = Started(world.delivery.deliver(std::move(message)));
    auto judging = start_judge(world.delivery);
    auto peer = world.accept();
    const auto number = peer.hear_deliver();
    CHECK(peer.hear_judge() != number);
    CHECK(is(delivering.end(world.loop), DeliveryOutcome::unknown));
    CHECK(is_unavailable(judging.end(world.loop)));
    peer.say(protocol::Delivered{number, protocol::Handover::accepted}); // too late, but no lie
    check_the_next_request_works(world, peer);
}

void a_peer_that_does_not_read_costs_no_memory_without_end()
{
    World world;
    std::vector<Started<DeliveryOutcome>> all;
    for (int i = 0; i < 2000; ++i)
        all.push_back(start_deliver(world.delivery));
    auto peer = world.accept();
    run_until(world.loop, [&all] { return all.front().finished(); }); // the connection was given up
    CHECK(is(all.front().end(world.loop), DeliveryOutcome::unknown));
    CHECK(peer.is_left(world.loop) || world.somebody_connected());
}

void an_end_in_mid_flight_leaves_nothing_behind()
{
    const TemporaryDirectory directory;
    const auto path = directory.path("delivery.sock");
    const auto listening = listening_socket(path);
    Loop loop;
    {
        RemoteDelivery delivery(loop, path, ::getuid());
        auto waiting = start_deliver(delivery);
        UniqueFd peer(::accept4(listening.get(), nullptr, nullptr, SOCK_CLOEXEC));
        CHECK(::send(peer.get(), "\0\0", 2, MSG_NOSIGNAL) == 2);
        loop.run_once(std::chrono::milliseconds(10));
        waiting.destroy();
    }
    for (int i = 0; i < 3; ++i)
        loop.run_once(std::chrono::milliseconds(1));
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(nothing_is_connected_before_it_is_needed),
        SENTENCE(a_request_travels_whole_and_its_answer_comes_back),
        SENTENCE(every_outcome_comes_back_as_it_is),
        SENTENCE(a_text_carries_no_digits_and_a_call_no_text),
        SENTENCE(answers_in_another_order_reach_their_own_requests),
        SENTENCE(hundreds_are_in_flight_at_once),
        SENTENCE(without_a_daemon_nothing_is_sent),
        SENTENCE(a_socket_of_another_user_is_not_trusted),
        SENTENCE(a_message_outside_the_limits_is_never_sent),
        SENTENCE(what_cannot_be_a_number_is_refused_without_asking),
        SENTENCE(a_person_who_leaves_touches_nobody_else),
        SENTENCE(everybody_may_leave_when_the_peer_hangs_up),
        SENTENCE(a_sign_in_may_try_again_the_moment_the_connection_breaks),
        SENTENCE(a_connection_that_died_unnoticed_is_made_again),
        SENTENCE(a_peer_that_never_answers_is_not_waited_for),
        SENTENCE(a_peer_that_does_not_read_costs_no_memory_without_end),
        SENTENCE(an_end_in_mid_flight_leaves_nothing_behind),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
