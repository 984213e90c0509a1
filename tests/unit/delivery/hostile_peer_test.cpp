// What a RemoteDelivery makes of a peer that breaks its word.
#include "delivery/remote_delivery.h"

#include <array>
#include <functional>
#include <string>

#include "fake_peer.h"

using namespace ssp;
using namespace ssp::testing;

namespace {

/// A peer that `breaks` its word while a delivery and a judgement are in flight.
void check_that_it_ends_the_connection(
    const std::function<void(FakePeer&, std::uint32_t deliver, std::uint32_t judge)>& breaks)
{
    World world;
    auto delivering = start_deliver(world.delivery);
    auto judging = start_judge(world.delivery);
    auto peer = world.accept();
    const auto deliver_number = peer.hear_deliver();
    const auto judge_number = peer.hear_judge();
    breaks(peer, deliver_number, judge_number);
    CHECK(is(delivering.end(world.loop), DeliveryOutcome::unknown));
    CHECK(is_unavailable(judging.end(world.loop)));
    check_the_next_request_connects_again(world);
}

void a_peer_that_hangs_up_leaves_deliveries_unknown()
{
    check_that_it_ends_the_connection([](FakePeer& peer, std::uint32_t, std::uint32_t) { peer.hang_up(); });
    check_that_it_ends_the_connection([](FakePeer& peer, std::uint32_t, std::uint32_t) {
        peer.say_bytes(std::string_view("\x0c\x00\x52", 3)); // in the middle of a frame
        peer.hang_up();
    });
}

void garbage_ends_the_connection()
{
    for (const std::string_view garbage :
         {std::string_view("\0\0", 2), std::string_view("\xff\xff"),
          std::string_view("HTTP/1.1 200 OK\r\n\r\n"), std::string_view("\x01\x00\x51", 3),
          std::string_view("\x03\x00\x52\x00\x00", 5)})
        check_that_it_ends_the_connection([garbage](FakePeer& peer, std::uint32_t, std::uint32_t) {
            peer.say_bytes(garbage);
            if (protocol::first_frame(garbage).state == protocol::FrameState::incomplete)
                peer.say_bytes(std::string(20000, 'x'));
        });
}

void an_answer_to_a_question_never_asked_ends_the_connection()
{
    check_that_it_ends_the_connection([](FakePeer& peer, std::uint32_t, std::uint32_t judge) {
        peer.say(protocol::Delivered{judge + 1, protocol::Handover::accepted});
    });
    check_that_it_ends_the_connection([](FakePeer& peer, std::uint32_t, std::uint32_t) {
        peer.say(protocol::Delivered{0, protocol::Handover::accepted});
    });
}

void an_answer_of_the_other_kind_ends_the_connection()
{
    check_that_it_ends_the_connection([](FakePeer& peer, std::uint32_t, std::uint32_t judge) {
        peer.say(protocol::Delivered{judge, protocol::Handover::accepted});
    });
    check_that_it_ends_the_connection([](FakePeer& peer, std::uint32_t deliver, std::uint32_t) {
        peer.say(protocol::Judged{deliver, 1, "+19002345678", "", "US"});
    });
}

void a_request_sent_back_ends_the_connection()
{
    check_that_it_ends_the_connection([](FakePeer& peer, std::uint32_t deliver, std::uint32_t) {
        peer.say(protocol::Judge{deliver, protocol::Carriage::text_message, "US", "205"});
    });
}

void what_stands_behind_a_broken_frame_is_not_believed()
{
    check_that_it_ends_the_connection([](FakePeer& peer, std::uint32_t deliver, std::uint32_t judge) {
        std::array<char, protocol::max_delivery_frame_bytes> frame{};
        const auto length =
            protocol::encode(protocol::Delivered{deliver, protocol::Handover::accepted}, frame);
        std::array<char, protocol::max_delivery_frame_bytes> lie{};
        const auto lie_length =
            protocol::encode(protocol::Delivered{judge + 9, protocol::Handover::accepted}, lie);
        peer.say_bytes(std::string(lie.data(), lie_length) + std::string(frame.data(), length));
    });
}

void a_second_answer_is_nothing()
{
    World world;
    auto first = start_deliver(world.delivery);
    auto peer = world.accept();
    const auto number = peer.hear_deliver();
    peer.say(protocol::Delivered{number, protocol::Handover::retry});
    peer.say(protocol::Delivered{number, protocol::Handover::accepted});
    CHECK(is(first.end(world.loop), DeliveryOutcome::retry));
    check_the_next_request_works(world, peer);
}

void an_answer_in_single_bytes_is_read()
{
    World world;
    auto first = start_deliver(world.delivery);
    auto peer = world.accept();
    std::array<char, protocol::max_delivery_frame_bytes> frame{};
    const auto length =
        protocol::encode(protocol::Delivered{peer.hear_deliver(), protocol::Handover::accepted}, frame);
    for (std::size_t i = 0; i < length; ++i) {
        peer.say_bytes({&frame[i], 1});
        CHECK(!first.finished());
        world.loop.run_once(std::chrono::milliseconds(10));
    }
    CHECK(is(first.end(world.loop), DeliveryOutcome::accepted));
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(a_peer_that_hangs_up_leaves_deliveries_unknown),
        SENTENCE(garbage_ends_the_connection),
        SENTENCE(an_answer_to_a_question_never_asked_ends_the_connection),
        SENTENCE(an_answer_of_the_other_kind_ends_the_connection),
        SENTENCE(a_request_sent_back_ends_the_connection),
        SENTENCE(what_stands_behind_a_broken_frame_is_not_believed),
        SENTENCE(a_second_answer_is_nothing),
        SENTENCE(an_answer_in_single_bytes_is_read),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
