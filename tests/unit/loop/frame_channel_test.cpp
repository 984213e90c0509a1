#include "loop/frame_channel.h"

#include "protocol/frame.h"

#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <sys/socket.h>
#include <utility>

#include "support/cmocka.h"

using namespace ssp;

namespace {

std::string framed(std::string_view payload)
{
    std::string frame(protocol::frame_head_bytes, '\0');
    frame += payload;
    protocol::seal_frame(frame, payload.size());
    return frame;
}

/// A channel and the peer at its other end.
struct Ends {
    Ends()
    {
        int ends[2] = {-1, -1};
        CHECK(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
        peer = UniqueFd(ends[1]);
        const int small = 4096; // of what the channel sends, so that it has to queue
        CHECK(::setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof small) == 0);
        channel.emplace(loop, UniqueFd(ends[0]),
                        FrameChannel::Callbacks{[this](std::span<const char> payload) {
                                                    frames.emplace_back(payload.data(), payload.size());
                                                    if (on_frame)
                                                        on_frame();
                                                },
                                                [this] { ++closed; }});
    }
    void turn(int times = 10)
    {
        for (int i = 0; i < times; ++i)
            loop.run_once(std::chrono::milliseconds(0));
    }
    bool write(std::string_view bytes)
    {
        return ::send(peer.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
               static_cast<ssize_t>(bytes.size());
    }
    std::string read_all()
    {
        std::string all;
        char bytes[65536];
        for (ssize_t got = 0; (got = ::recv(peer.get(), bytes, sizeof bytes, MSG_DONTWAIT)) > 0;)
            all.append(bytes, static_cast<std::size_t>(got));
        return all;
    }

    Loop loop;
    UniqueFd peer;
    std::optional<FrameChannel> channel;
    std::vector<std::string> frames;
    std::function<void()> on_frame;
    int closed = 0;
};

} // namespace

static void a_frame_arrives_byte_by_byte()
{
    Ends ends;
    const auto bytes = framed("hello") + framed("world!");
    for (const char c : bytes) {
        CHECK(ends.write({&c, 1}));
        ends.turn(2);
    }
    CHECK(ends.frames == (std::vector<std::string>{"hello", "world!"}));
    CHECK(ends.closed == 0);
}

static void many_frames_in_one_write_arrive_in_order()
{
    Ends ends;
    std::string bytes;
    for (int i = 0; i < 500; ++i)
        bytes += framed("frame " + std::to_string(i));
    CHECK(ends.write(bytes));
    ends.turn();
    CHECK(ends.frames.size() == 500);
    CHECK_TEXT(ends.frames.back(), "frame 499");
}

static void the_largest_frame_arrives_and_one_byte_more_ends_the_channel()
{
    Ends ends;
    const std::string largest(protocol::max_payload_bytes, 'x');
    CHECK(ends.write(framed(largest)));
    ends.turn();
    CHECK(ends.frames.size() == 1 && ends.frames.front() == largest);
    CHECK(ends.write(std::string_view("\x01\x40", 2))); // 16385
    ends.turn();
    CHECK(ends.closed == 1 && !ends.channel->is_open());
}

static void a_length_of_zero_ends_the_channel_and_what_follows_is_not_read()
{
    Ends ends;
    CHECK(ends.write(framed("good") + std::string(2, '\0') + framed("bad")));
    ends.turn();
    CHECK(ends.frames == std::vector<std::string>{"good"});
    CHECK(ends.closed == 1);
}

static void closed_is_told_once_when_the_peer_hangs_up()
{
    Ends ends;
    CHECK(ends.write(framed("half").substr(0, 3)));
    ends.turn();
    ends.peer.reset();
    ends.turn(50);
    CHECK(ends.closed == 1 && ends.frames.empty());
}

static void frames_that_came_before_the_hang_up_are_handled_first()
{
    Ends ends;
    CHECK(ends.write(framed("last words")));
    ends.peer.reset();
    ends.turn(50);
    CHECK(ends.frames == std::vector<std::string>{"last words"});
    CHECK(ends.closed == 1);
}

static void a_flood_does_not_keep_the_loop_from_others()
{
    Ends flooding;
    Ends other;
    const auto flood = framed(std::string(1000, 'f'));
    int other_turns = 0;
    for (int i = 0; i < 200; ++i) {
        while (flooding.write(flood)) {
        }
        flooding.turn(1);
        CHECK(other.write(framed("x")));
        other.turn(1);
        other_turns += static_cast<int>(other.frames.size());
        other.frames.clear();
    }
    CHECK(other_turns == 200);
    // One read a turn: at most one largest frame's worth of them.
    CHECK(flooding.frames.size() <= 200 * (protocol::max_frame_bytes / flood.size() + 1));
}

static void a_peer_that_never_reads_ends_only_its_own_channel()
{
    Ends ends;
    const auto frame = framed(std::string(8000, 'x'));
    int sent = 0;
    while (ends.channel->send(frame))
        CHECK(++sent < 10000);
    CHECK(!ends.channel->is_open());
    CHECK(!ends.channel->send(frame));
    CHECK(ends.closed == 0); // on a later turn, not from inside send()
    ends.turn();
    CHECK(ends.closed == 1);
}

static void what_did_not_fit_is_sent_when_the_peer_reads()
{
    Ends ends;
    std::string expected;
    for (int i = 0; i < 7; ++i) {
        const auto frame = framed(std::string(8000, static_cast<char>('a' + i)));
        CHECK(ends.channel->send(frame));
        expected += frame;
    }
    auto got = ends.read_all();
    CHECK(got.size() < expected.size());
    for (int i = 0; i < 1000 && got.size() < expected.size(); ++i) {
        ends.turn(1);
        got += ends.read_all();
    }
    CHECK(got == expected);
    CHECK(ends.channel->is_open() && ends.closed == 0);
}

static void finish_sends_everything_and_then_closes()
{
    Ends ends;
    const auto frame = framed(std::string(8000, 'x'));
    std::string expected;
    for (int i = 0; i < 7; ++i) {
        CHECK(ends.channel->send(frame));
        expected += frame;
    }
    ends.channel->finish();
    CHECK(!ends.channel->send(frame));
    std::string got;
    for (int i = 0; i < 1000 && ends.closed == 0; ++i) {
        got += ends.read_all();
        ends.turn(1);
    }
    got += ends.read_all();
    CHECK(got == expected);
    CHECK(ends.closed == 1);
}

static void close_does_not_wait_for_a_peer_that_does_not_read()
{
    Ends ends;
    const auto frame = framed(std::string(16000, 'x'));
    for (int i = 0; i < 16 && ends.channel->send(frame); ++i) {
    }
    ends.channel->finish();
    ends.channel->close();
    ends.channel->close();
    ends.turn();
    CHECK(ends.closed == 1);
}

static void a_callback_may_send_and_finish()
{
    Ends ends;
    const auto reply = framed("reply");
    ends.on_frame = [&] {
        ends.channel->send(reply);
        ends.channel->finish();
    };
    CHECK(ends.write(framed("one") + framed("two")));
    ends.turn();
    CHECK(ends.frames == std::vector<std::string>{"one"});
    CHECK_TEXT(ends.read_all(), reply);
    CHECK(ends.closed == 1);
}

static void a_callback_may_close()
{
    Ends ends;
    ends.on_frame = [&] { ends.channel->close(); };
    CHECK(ends.write(framed("one").substr(0, 2)));
    ends.turn();
    CHECK(ends.write(framed("one").substr(2) + framed("two")));
    ends.turn();
    CHECK(ends.frames == std::vector<std::string>{"one"});
    CHECK(ends.closed == 1);
}

static void nobody_is_called_after_the_channel_is_gone()
{
    Ends ends;
    ends.channel->close(); // closed() is due on the next turn
    ends.channel.reset();
    ends.turn();
    CHECK(ends.closed == 0);
    Ends reading;
    CHECK(reading.write(framed("one")));
    reading.channel.reset();
    reading.turn();
    CHECK(reading.frames.empty() && reading.closed == 0);
}

static void descriptors_that_a_peer_passes_are_not_kept_and_end_the_channel()
{
    constexpr std::size_t most = 253; // SCM_MAX_FD
    Ends ends;
    const auto frame = framed("with descriptors");
    char control[CMSG_SPACE(sizeof(int) * most)]{};
    iovec part{const_cast<char*>(frame.data()), frame.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    auto* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int) * most);
    for (std::size_t i = 0; i < most; ++i) {
        const int fd = ends.peer.get();
        std::memcpy(CMSG_DATA(header) + i * sizeof fd, &fd, sizeof fd);
    }
    const UniqueFd before(::dup(0));
    const int lowest = before.get();
    CHECK(::sendmsg(ends.peer.get(), &message, MSG_NOSIGNAL) > 0);
    ends.turn();
    CHECK(ends.frames.empty() && ends.closed == 1 && !ends.channel->is_open());
    const UniqueFd after(::dup(0));
    CHECK(after.get() == lowest + 1);
}

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(a_frame_arrives_byte_by_byte),
        SENTENCE(many_frames_in_one_write_arrive_in_order),
        SENTENCE(the_largest_frame_arrives_and_one_byte_more_ends_the_channel),
        SENTENCE(a_length_of_zero_ends_the_channel_and_what_follows_is_not_read),
        SENTENCE(closed_is_told_once_when_the_peer_hangs_up),
        SENTENCE(frames_that_came_before_the_hang_up_are_handled_first),
        SENTENCE(a_flood_does_not_keep_the_loop_from_others),
        SENTENCE(a_peer_that_never_reads_ends_only_its_own_channel),
        SENTENCE(what_did_not_fit_is_sent_when_the_peer_reads),
        SENTENCE(finish_sends_everything_and_then_closes),
        SENTENCE(close_does_not_wait_for_a_peer_that_does_not_read),
        SENTENCE(a_callback_may_send_and_finish),
        SENTENCE(a_callback_may_close),
        SENTENCE(nobody_is_called_after_the_channel_is_gone),
        SENTENCE(descriptors_that_a_peer_passes_are_not_kept_and_end_the_channel),
    };
    return cmocka_run_group_tests_name("frame channel", tests, nullptr, nullptr);
}
